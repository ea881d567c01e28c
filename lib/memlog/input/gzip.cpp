#include <zlib.h>

#include <array>
#include <cstring>

#include "memlog/base/error.h"
#include "memlog/input/packed.h"

namespace memlog::input {

namespace {

// gzip, any number of members one after the other.
class GzipSource : public Source {
 public:
  explicit GzipSource(std::unique_ptr<Source> raw) : raw_(std::move(raw)) {
    constexpr int kGzipOnly = 16 + MAX_WBITS;
    if (inflateInit2(&stream_, kGzipOnly) != Z_OK) throw Error("cannot decompress gzip: no memory");
  }
  ~GzipSource() override { inflateEnd(&stream_); }
  GzipSource(const GzipSource&) = delete;
  GzipSource& operator=(const GzipSource&) = delete;

  std::size_t read(char* to, std::size_t n) override {
    if (ended_) return 0;
    if (!failed_.empty()) throw Error(failed_, "what stood before it was read");
    stream_.next_out = reinterpret_cast<Bytef*>(to);
    stream_.avail_out = static_cast<uInt>(n);
    while (stream_.avail_out == n) {
      if (stream_.avail_in == 0) refill();
      if (between_) {
        if (!next_member()) return 0;
        if (stream_.avail_in == 0) continue;
      }
      if (at_end_ && stream_.avail_in == 0) return give(n - stream_.avail_out, "it ends in the middle");
      const int status = inflate(&stream_, Z_NO_FLUSH);
      const std::size_t got = n - stream_.avail_out;
      if (status == Z_STREAM_END) between_ = true;
      else if (status != Z_OK && status != Z_BUF_ERROR) return give(got, stream_.msg != nullptr ? stream_.msg : "cannot be read");
    }
    return n - stream_.avail_out;
  }
  std::uint64_t bytes_read() const override { return raw_->bytes_read(); }
  void park() override { raw_->park(); }
  std::string compression() const override { return "gzip"; }

 private:
  void refill() {
    const std::size_t got = raw_->read(in_.data(), in_.size());
    at_end_ = got == 0;
    stream_.next_in = reinterpret_cast<Bytef*>(in_.data());
    stream_.avail_in = static_cast<uInt>(got);
  }

  // Behind a member another one follows, or padding of zeros, or nothing. False at the end.
  bool next_member() {
    while (stream_.avail_in > 0 && *stream_.next_in == 0) {
      ++stream_.next_in;
      --stream_.avail_in;
    }
    if (stream_.avail_in == 0 && !at_end_) return true;
    if (at_end_ && stream_.avail_in == 0) {
      ended_ = true;
      return false;
    }
    inflateReset(&stream_);
    between_ = false;
    return true;
  }

  // What came before the damage is given first, the damage told at the next call.
  std::size_t give(std::size_t got, const char* what) {
    failed_ = "damaged gzip data at byte " + std::to_string(raw_->bytes_read() - stream_.avail_in) + ": " + what;
    if (got > 0) return got;
    throw Error(failed_, "what stood before it was read");
  }

  std::unique_ptr<Source> raw_;
  std::array<char, 32 * 1024> in_;
  z_stream stream_{};
  std::string failed_;
  bool at_end_ = false;
  bool between_ = false;
  bool ended_ = false;
};

}  // namespace

std::unique_ptr<Source> gunzipped(std::unique_ptr<Source> raw) { return std::make_unique<GzipSource>(std::move(raw)); }

}  // namespace memlog::input
