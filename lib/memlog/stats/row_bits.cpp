#include "memlog/stats/row_bits.h"

namespace memlog::stats {

std::size_t RowBits::place(std::size_t n) const {
  std::size_t word = 0;
  for (std::size_t set = 0; n >= (set = static_cast<std::size_t>(std::popcount(words_[word]))); ++word) n -= set;
  std::uint64_t left = words_[word];
  for (; n > 0; --n) left &= left - 1;
  return word * kWord + static_cast<std::size_t>(std::countr_zero(left));
}

}  // namespace memlog::stats
