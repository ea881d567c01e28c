#include <lzma.h>

#include <array>

#include "memlog/base/error.h"
#include "memlog/input/packed.h"

namespace memlog::input {

namespace {

class XzSource : public Source {
 public:
  explicit XzSource(std::unique_ptr<Source> raw) : raw_(std::move(raw)) {
    // More than the largest of xz's own presets needs; an archive that asks for more is made to exhaust us.
    constexpr std::uint64_t kMostMemory = 128ull << 20;
    if (lzma_stream_decoder(&stream_, kMostMemory, LZMA_CONCATENATED) != LZMA_OK) throw Error("cannot decompress xz: no memory");
  }
  ~XzSource() override { lzma_end(&stream_); }
  XzSource(const XzSource&) = delete;
  XzSource& operator=(const XzSource&) = delete;

  std::size_t read(char* to, std::size_t n) override {
    if (ended_) return 0;
    if (!failed_.empty()) throw Error(failed_, "what stood before it was read");
    stream_.next_out = reinterpret_cast<std::uint8_t*>(to);
    stream_.avail_out = n;
    while (stream_.avail_out == n) {
      if (stream_.avail_in == 0 && !at_end_) {
        const std::size_t got = raw_->read(in_.data(), in_.size());
        at_end_ = got == 0;
        stream_.next_in = reinterpret_cast<const std::uint8_t*>(in_.data());
        stream_.avail_in = got;
      }
      const lzma_ret status = lzma_code(&stream_, at_end_ ? LZMA_FINISH : LZMA_RUN);
      const std::size_t got = n - stream_.avail_out;
      if (status == LZMA_STREAM_END) {
        ended_ = true;
        return got;
      }
      if (status == LZMA_OK) continue;
      const char* what = status == LZMA_BUF_ERROR ? "it ends in the middle" : status == LZMA_MEMLIMIT_ERROR ? "it needs too much memory" : "cannot be read";
      failed_ = "damaged xz data at byte " + std::to_string(raw_->bytes_read() - stream_.avail_in) + ": " + what;
      if (got > 0) return got;
      throw Error(failed_, "what stood before it was read");
    }
    return n - stream_.avail_out;
  }
  std::uint64_t bytes_read() const override { return raw_->bytes_read(); }
  void park() override { raw_->park(); }
  std::string compression() const override { return "xz"; }

 private:
  std::unique_ptr<Source> raw_;
  std::array<char, 32 * 1024> in_;
  lzma_stream stream_ = LZMA_STREAM_INIT;
  std::string failed_;
  bool at_end_ = false;
  bool ended_ = false;
};

}  // namespace

std::unique_ptr<Source> unxzed(std::unique_ptr<Source> raw) { return std::make_unique<XzSource>(std::move(raw)); }

}  // namespace memlog::input
