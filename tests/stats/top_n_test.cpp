#include "memlog/stats/top_n.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstdint>

using namespace memlog;

TEST_CASE("top_n: the largest, largest first, of equal ones the earlier") {
  TopN<int> top(3);
  const double values[] = {5, 9, 1, 9, 7, 9, 8};
  for (int i = 0; i < 7; ++i) top.add(values[i], i);
  CHECK(top.sorted() == std::vector<int>{1, 3, 5});
}

TEST_CASE("top_n: fewer values than places, and no place at all") {
  TopN<int> top(10);
  top.add(2, 0);
  top.add(3, 1);
  CHECK(top.sorted() == std::vector<int>{1, 0});
  TopN<int> none(0);
  CHECK_FALSE(none.wants(1e9));
  none.add(1, 0);
  CHECK(none.sorted().empty());
}

TEST_CASE("top_n: the same as sorting everything") {
  std::uint32_t state = 1;
  std::vector<std::pair<double, int>> all;
  TopN<int> top(25);
  for (int i = 0; i < 5000; ++i) {
    state = state * 1664525u + 1013904223u;
    const double value = static_cast<double>(state >> 24);
    all.emplace_back(value, i);
    top.add(value, i);
  }
  std::stable_sort(all.begin(), all.end(), [](const auto& a, const auto& b) { return a.first > b.first; });
  std::vector<int> want;
  for (int i = 0; i < 25; ++i) want.push_back(all[static_cast<std::size_t>(i)].second);
  CHECK(top.sorted() == want);
}
