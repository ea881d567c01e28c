#pragma once

#include <cstddef>

namespace memlog {

// Text in which `0` stands for a digit and `_` for a digit or a blank before it, for a check of many bytes at once: `text -
// low` is not above `range`, where blanks that may be there have been made zeros.
template <std::size_t N>
struct ColumnPattern {
  alignas(N) unsigned char low[N] = {};
  alignas(N) unsigned char range[N] = {};
  constexpr explicit ColumnPattern(const char* text) {
    for (std::size_t i = 0; i < N; ++i) {
      const char c = text[i];
      const bool digit = c == '0' || c == '_';
      low[i] = digit ? '0' : static_cast<unsigned char>(c);
      range[i] = digit ? 9 : 0;
    }
  }
};

}  // namespace memlog
