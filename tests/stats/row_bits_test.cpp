#include <doctest/doctest.h>

#include <cstdint>
#include <vector>

#include "memlog/stats/row_bits.h"

using namespace memlog::stats;

TEST_CASE("row bits: the n-th reading that is set is found in whatever word it stands") {
  const std::uint64_t words[] = {0, 1, ~std::uint64_t{0}, std::uint64_t{1} << 63, 0, 0xf0f0, 0, std::uint64_t{1} << 63};
  RowBits bits;
  std::vector<std::size_t> set;
  for (std::size_t word = 0; word < 8; ++word) {
    bits.set_word(word, words[word]);
    for (std::size_t i = 0; i < 64; ++i) {
      if ((words[word] >> i & 1) != 0) set.push_back(word * 64 + i);
    }
  }
  REQUIRE(bits.count() == set.size());
  for (std::size_t n = 0; n < set.size(); ++n) CHECK(bits.place(n) == set[n]);
}

TEST_CASE("row bits: of a new row none is set") { CHECK(RowBits().count() == 0); }
