#include "memlog/report/char_width.h"

#include <algorithm>
#include <iterator>

namespace memlog {

namespace {

// Characters from `first` to before the next range's are `width` columns wide.
struct WidthRange {
  char32_t first;
  unsigned char width;
};

constexpr WidthRange kWidths[] = {
#include "memlog/report/char_widths.inc"
};

}  // namespace

int char_width(char32_t code_point) {
  const auto after = std::upper_bound(std::begin(kWidths), std::end(kWidths), code_point,
                                      [](char32_t c, const WidthRange& range) { return c < range.first; });
  return std::prev(after)->width;
}

}  // namespace memlog
