#pragma once

#include <cstddef>
#include <string_view>

namespace memlog {

// The character at the front of `text` (UTF-8, RFC 3629). Returns how many bytes it has, and its code point in
// `code_point`; 0 where the first byte begins none: a stray or missing continuation, a form longer than needed, a
// surrogate, or a value above U+10FFFF. `text` is not empty.
inline std::size_t next_character(std::string_view text, char32_t& code_point) {
  const auto byte = [&](std::size_t at) { return static_cast<unsigned char>(text[at]); };
  const unsigned char first = byte(0);
  if (first < 0x80) {
    code_point = first;
    return 1;
  }
  const std::size_t length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
  if (first < 0xc2 || first > 0xf4 || text.size() < length) return 0;
  char32_t c = first & (0x7fu >> length);
  for (std::size_t at = 1; at < length; ++at) {
    if ((byte(at) & 0xc0u) != 0x80) return 0;
    c = c << 6 | (byte(at) & 0x3fu);
  }
  constexpr char32_t kSmallest[] = {0, 0, 0x80, 0x800, 0x10000};
  if (c < kSmallest[length] || (c >= 0xd800 && c < 0xe000) || c > 0x10ffff) return 0;
  code_point = c;
  return length;
}

}  // namespace memlog
