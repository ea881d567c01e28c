#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string_view>

namespace memlog {

// Whole lines of one input, UTF-8, in a buffer that is handed back and filled again. The last line of an input may
// lack its newline.
struct Chunk {
  struct Free {
    void operator()(char* p) const { std::free(p); }
  };
  // A line longer than this is not read: it counts as malformed.
  static constexpr std::size_t kLongestLine = 4 << 20;

  using Buffer = std::unique_ptr<char[], Free>;  // a large one begins at a page

  Buffer buffer;
  std::size_t capacity = 0;
  std::size_t begin = 0;           // the text is buffer[begin, end)
  std::size_t end = 0;
  std::uint64_t first_line = 1;    // the number that the first line is given
  std::uint64_t file_end = 0;      // bytes of the file on disk up to here
  std::uint64_t skipped_lines = 0; // lines too long to be held, which stood before this text; counted as malformed
  std::uint64_t skipped_after = 0; // and behind it
  bool repaired = false;           // text that had gone through a wrong encoding was brought back

  std::string_view text() const { return {buffer.get() + begin, end - begin}; }
};

}  // namespace memlog
