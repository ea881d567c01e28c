#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace memlog {

// `1 spike`, `2 spikes`: a number with its noun, for people. `many` where an s does not make the plural.
inline std::string counted(std::uint64_t n, std::string_view one, std::string_view many = {}) {
  std::string text = std::to_string(n) + " ";
  if (n == 1 || many.empty()) text += one;
  else text += many;
  if (n != 1 && many.empty()) text += 's';
  return text;
}

}  // namespace memlog
