#include <bzlib.h>

#include <algorithm>

#include "memlog/input/packed.h"
#include "memlog/input/stream_source.h"

namespace memlog::input {

namespace {

// bzip2, any number of streams. A block that is cut off gives nothing: they are up to 900 KB of text.
class Bzip2Source : public StreamSource {
 public:
  explicit Bzip2Source(std::unique_ptr<Source> raw) : StreamSource(std::move(raw), "bzip2") { begin(); }
  ~Bzip2Source() override {
    if (open_) BZ2_bzDecompressEnd(&stream_);
  }
  Bzip2Source(const Bzip2Source&) = delete;
  Bzip2Source& operator=(const Bzip2Source&) = delete;

 protected:
  bool step(const char* in, std::size_t& in_size, char* out, std::size_t& out_size) override {
    if (!open_) begin();
    // The library takes no const, and leaves it alone.
    stream_.next_in = const_cast<char*>(in);
    stream_.avail_in = static_cast<unsigned>(in_size);
    stream_.next_out = out;
    const auto room = static_cast<unsigned>(std::min<std::size_t>(out_size, 1U << 30));
    stream_.avail_out = room;
    const int status = BZ2_bzDecompress(&stream_);
    in_size -= stream_.avail_in;
    out_size = room - stream_.avail_out;
    if (status == BZ_STREAM_END) {
      BZ2_bzDecompressEnd(&stream_);
      open_ = false;
      return true;
    }
    if (status != BZ_OK) fail("cannot be read");
    return false;
  }

 private:
  void begin() {
    stream_ = {};
    if (BZ2_bzDecompressInit(&stream_, 0, 0) != BZ_OK) throw Error("cannot decompress bzip2: no memory");
    open_ = true;
  }

  bz_stream stream_{};
  bool open_ = false;
};

}  // namespace

std::unique_ptr<Source> unbzip2ed(std::unique_ptr<Source> raw) { return std::make_unique<Bzip2Source>(std::move(raw)); }

}  // namespace memlog::input
