#pragma once

#include <array>
#include <memory>
#include <string>
#include <utility>

#include "memlog/base/error.h"
#include "memlog/input/source.h"

namespace memlog::input {

// A compressed stream around another source: what all libraries' loops have in common. What was decompressed before a
// damaged place is given first, the damage told at the next call.
class StreamSource : public Source {
 public:
  StreamSource(std::unique_ptr<Source> raw, std::string compression) : raw_(std::move(raw)), compression_(std::move(compression)) {}

  std::size_t read(char* to, std::size_t n) final {
    std::size_t got = 0;
    while (got == 0 && n > 0 && !ended_) {
      if (!failed_.empty()) throw Error(failed_, "what stood before it was read");
      if (used_ == filled_ && !at_end_) {
        filled_ = raw_->read(in_.data(), in_.size());
        used_ = 0;
        at_end_ = filled_ == 0;
      }
      if (used_ == filled_ && at_end_ && between_) {
        ended_ = true;
        break;
      }
      std::size_t in = filled_ - used_;
      got = n;
      between_ = step(in_.data() + used_, in, to, got);
      used_ += in;
      if (failed_.empty() && at_end_ && used_ == filled_ && got == 0 && !between_) fail("it ends in the middle");
    }
    return got;
  }
  std::uint64_t bytes_read() const override { return raw_->bytes_read(); }
  void park() override { raw_->park(); }
  std::string compression() const override { return compression_; }

 protected:
  // Decompresses from `in`, which has `in_size` bytes (none at the end of the source), to `out`, which has room for
  // `out_size`; both become what was used. True when the stream may end here.
  virtual bool step(const char* in, std::size_t& in_size, char* out, std::size_t& out_size) = 0;

  void fail(const std::string& what) { failed_ = "damaged " + compression_ + " data at byte " + std::to_string(raw_->bytes_read() - (filled_ - used_)) + ": " + what; }

 private:
  std::unique_ptr<Source> raw_;
  std::string compression_;
  std::array<char, 32 * 1024> in_;
  std::size_t used_ = 0;
  std::size_t filled_ = 0;
  std::string failed_;
  bool at_end_ = false;
  bool between_ = false;
  bool ended_ = false;
};

}  // namespace memlog::input
