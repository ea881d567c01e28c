#pragma once

#include <cstddef>
#include <string>

namespace memlog {

// A text that the build has packed with zstd, to be carried in the program.
struct PackedText {
  const unsigned char* bytes;
  std::size_t packed_size;
  std::size_t size;  // of the text, in bytes

  // The text. Throws Error where the bytes are not what the build wrote.
  std::string text() const;
};

}  // namespace memlog
