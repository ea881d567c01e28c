#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>

namespace memlog::stats {

// Some readings of a row, a bit for each.
class RowBits {
 public:
  static constexpr std::size_t kWord = 64;
  static constexpr std::size_t kMost = 1024;

  // 64 readings from 64 * word on.
  void set_word(std::size_t word, std::uint64_t bits) { words_[word] = bits; }

  std::size_t count() const {
    std::size_t sum = 0;
    for (const std::uint64_t word : words_) sum += static_cast<std::size_t>(std::popcount(word));
    return sum;
  }

  // The place in the row of the n-th that is set, from 0; there must be as many.
  std::size_t place(std::size_t n) const;

 private:
  std::array<std::uint64_t, kMost / kWord> words_{};
};

}  // namespace memlog::stats
