#include "memlog/stats/mann_whitney.h"

#include <doctest/doctest.h>

#include <vector>

#include "memlog/stats/even_samples.h"

using namespace memlog::stats;

// The figures are those of scipy.stats.mannwhitneyu 1.10, of the method that is named; with ties, of an enumeration of
// all divisions of the midranks.
TEST_CASE("mann-whitney: exact for small samples") {
  const MannWhitney apart = mann_whitney(std::vector<double>{1, 2, 3}, std::vector<double>{4, 5, 6});
  CHECK(apart.exact);
  CHECK(apart.u == 0.0);
  CHECK(apart.p_value == doctest::Approx(0.1));
  CHECK(mann_whitney(std::vector<double>{1.1, 2.2, 3.3, 4.4, 5.5}, std::vector<double>{2, 3, 4, 6, 7, 8}).p_value == doctest::Approx(0.32900432900432897));
  CHECK(mann_whitney(std::vector<double>{498.4, 510, 505, 520}, std::vector<double>{530, 541, 499, 560, 571}).p_value == doctest::Approx(0.1111111111111111));
  const std::vector<double> a{0, 1, 2, 3, 4, 5, 6, 7};
  const std::vector<double> b{3.5, 4.5, 5.5, 6.5, 7.5, 8.5, 9.5, 10.5, 11.5};
  CHECK(mann_whitney(a, b).p_value == doctest::Approx(0.011106540518305223));
  CHECK(mann_whitney(b, a).p_value == doctest::Approx(0.011106540518305223));
  CHECK(mann_whitney(b, a).u == 62.0);
}

TEST_CASE("mann-whitney: ties count half and the p-value stays exact") {
  CHECK(mann_whitney(std::vector<double>{1, 2, 2, 3}, std::vector<double>{2, 3, 4, 4, 5}).p_value == doctest::Approx(0.0873015873015873));
  CHECK(mann_whitney(std::vector<double>{5, 5, 5}, std::vector<double>{5, 5, 6}).p_value == doctest::Approx(1.0));
  CHECK(mann_whitney(std::vector<double>{5, 5}, std::vector<double>{5, 5}).p_value == doctest::Approx(1.0));
}

TEST_CASE("mann-whitney: one value a side says nothing, an empty side nothing either") {
  CHECK(mann_whitney(std::vector<double>{1}, std::vector<double>{100}).p_value == doctest::Approx(1.0));
  CHECK(mann_whitney({}, std::vector<double>{1, 2}).p_value == 1.0);
}

TEST_CASE("mann-whitney: the normal approximation where all divisions are too many, with both corrections") {
  std::vector<double> a;
  std::vector<double> b;
  for (int i = 0; i < 60; ++i) a.push_back(i);
  for (int i = 0; i < 55; ++i) b.push_back(i + 7.5);
  const MannWhitney result = mann_whitney(a, b);
  CHECK_FALSE(result.exact);
  CHECK(result.u == 1378.0);
  CHECK(result.p_value == doctest::Approx(0.12848379227750423));
  const std::vector<double> same(60, 7.0);
  CHECK(mann_whitney(same, same).p_value == 1.0);
}

TEST_CASE("mann-whitney: exact with few on one side, however many are on the other") {
  // All three above all hundred: two of the C(103, 3) divisions are as far from the middle.
  std::vector<double> many;
  for (int i = 0; i < 100; ++i) many.push_back(i);
  const MannWhitney above = mann_whitney(std::vector<double>{200, 201, 202}, many);
  CHECK(above.exact);
  CHECK(above.p_value == doctest::Approx(2.0 / 176851.0).epsilon(1e-9));
  CHECK(mann_whitney(many, std::vector<double>{200, 201, 202}).p_value == doctest::Approx(above.p_value).epsilon(1e-9));
  // One value at rank k of 101: 2 k of 101 divisions.
  CHECK(mann_whitney(std::vector<double>{1.5}, many).p_value == doctest::Approx(6.0 / 101.0));
}

TEST_CASE("mann-whitney: what p-value samples of a size can have at all") {
  CHECK(least_p_value(3, 3) == doctest::Approx(0.1));
  CHECK(least_p_value(4, 4) == doctest::Approx(2.0 / 70));
  CHECK(least_p_value(1, 1) == 1.0);
  CHECK(least_p_value(0, 9) == 1.0);
  CHECK(least_p_value(100, 100) < 1e-11);
}

TEST_CASE("even samples: all values while there is room, then every second, evenly spread") {
  EvenSamples few;
  for (int i = 0; i < 100; ++i) few.add(i);
  CHECK(few.values().size() == 100);
  EvenSamples many;
  for (int i = 0; i < 1000; ++i) many.add(i);
  CHECK(many.count() == 1000);
  CHECK(many.values().size() <= EvenSamples::kMost);
  CHECK(many.values().size() > EvenSamples::kMost / 2 - 2);
  for (std::size_t i = 0; i < many.values().size(); ++i) CHECK(many.values()[i] == static_cast<double>(8 * i));
}
