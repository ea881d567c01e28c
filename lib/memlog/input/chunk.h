#pragma once

#include <cstdint>
#include <memory>
#include <string_view>

namespace memlog {

// Whole lines of one input, UTF-8, in a buffer that is handed back and filled again. The last line of an input may
// lack its newline.
struct Chunk {
  std::unique_ptr<char[]> buffer;
  std::size_t capacity = 0;
  std::size_t begin = 0;           // the text is buffer[begin, end)
  std::size_t end = 0;
  std::uint64_t first_line = 1;    // number of the first line in its input
  std::uint64_t skipped_lines = 0; // lines too long to be held, which stood before this text; counted as malformed
  bool repaired = false;           // text that had gone through a wrong encoding was brought back

  std::string_view text() const { return {buffer.get() + begin, end - begin}; }
};

}  // namespace memlog
