#pragma once

#include <algorithm>
#include <cstdio>
#include <string>
#include <string_view>

#include "memlog/base/utf8.h"

namespace memlog::test {

// Python's backslashreplace, as its standard error writes what it cannot encode.
inline std::string backslash_replaced(const std::string& text) {
  std::string out;
  for (std::string_view rest = text; !rest.empty();) {
    char32_t c = 0;
    const std::size_t n = next_character(rest, c);
    char escape[12];
    if (n <= 1) out += rest.front();
    else out.append(escape, static_cast<std::size_t>(std::snprintf(escape, sizeof escape, c < 0x100 ? "\\x%02x" : c < 0x10000 ? "\\u%04x" : "\\U%08x", static_cast<unsigned>(c))));
    rest.remove_prefix(std::max<std::size_t>(n, 1));
  }
  return out;
}

}  // namespace memlog::test
