#include "memlog/report/packed_text.h"

#include <zstd.h>

#include "memlog/base/error.h"

namespace memlog {

std::string PackedText::text() const {
  std::string out(size, '\0');
  const std::size_t got = ZSTD_decompress(out.data(), out.size(), bytes, packed_size);
  if (ZSTD_isError(got) != 0 || got != size) throw Error("the program's own page is damaged");
  return out;
}

}  // namespace memlog
