#include <lz4frame.h>

#include "memlog/input/packed.h"
#include "memlog/input/stream_source.h"

namespace memlog::input {

namespace {

// lz4, any number of frames. A block that is cut off gives nothing: they are 64 KiB to 4 MiB.
class Lz4Source : public StreamSource {
 public:
  explicit Lz4Source(std::unique_ptr<Source> raw) : StreamSource(std::move(raw), "lz4") {
    LZ4F_dctx* context = nullptr;
    if (LZ4F_isError(LZ4F_createDecompressionContext(&context, LZ4F_VERSION)) != 0) throw Error("cannot decompress lz4: no memory");
    context_.reset(context);
  }

 protected:
  bool step(const char* in, std::size_t& in_size, char* out, std::size_t& out_size) override {
    const std::size_t left = LZ4F_decompress(context_.get(), out, &out_size, in, &in_size, nullptr);
    if (LZ4F_isError(left) == 0) return left == 0;
    out_size = 0;
    fail(LZ4F_getErrorName(left));
    return false;
  }

 private:
  struct Free {
    void operator()(LZ4F_dctx* context) const { LZ4F_freeDecompressionContext(context); }
  };
  std::unique_ptr<LZ4F_dctx, Free> context_;
};

}  // namespace

std::unique_ptr<Source> unlz4ed(std::unique_ptr<Source> raw) { return std::make_unique<Lz4Source>(std::move(raw)); }

}  // namespace memlog::input
