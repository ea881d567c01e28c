#include <zstd.h>

#include "memlog/input/packed.h"
#include "memlog/input/stream_source.h"

namespace memlog::input {

namespace {

// zstd, any number of frames. A block that is cut off gives nothing: they are up to 128 KiB.
class ZstdSource : public StreamSource {
 public:
  explicit ZstdSource(std::unique_ptr<Source> raw) : StreamSource(std::move(raw), "zstd"), stream_(ZSTD_createDStream()) {
    if (stream_ == nullptr) throw Error("cannot decompress zstd: no memory");
  }

 protected:
  bool step(const char* in, std::size_t& in_size, char* out, std::size_t& out_size) override {
    ZSTD_inBuffer from{in, in_size, 0};
    ZSTD_outBuffer to{out, out_size, 0};
    const std::size_t left = ZSTD_decompressStream(stream_.get(), &to, &from);
    in_size = from.pos;
    out_size = to.pos;
    if (ZSTD_isError(left) == 0) return left == 0;
    fail(ZSTD_getErrorName(left));
    return false;
  }

 private:
  struct Free {
    void operator()(ZSTD_DStream* stream) const { ZSTD_freeDStream(stream); }
  };
  std::unique_ptr<ZSTD_DStream, Free> stream_;
};

}  // namespace

std::unique_ptr<Source> unzstded(std::unique_ptr<Source> raw) { return std::make_unique<ZstdSource>(std::move(raw)); }

}  // namespace memlog::input
