#include <doctest/doctest.h>

#include <array>
#include <cmath>

#include "memlog/stats/linear_fit.h"

using namespace memlog::stats;

TEST_CASE("linear fit: slope and intercept agree with numpy.polyfit") {
  const std::array t = {0.0, 300.0, 610.0, 890.0, 1200.0, 1530.0};
  const std::array y = {200.1, 203.4, 201.9, 206.6, 205.2, 209.9};
  RunningLine line;
  for (std::size_t i = 0; i < t.size(); ++i) line.add(t[i], y[i]);
  CHECK(line.slope() == doctest::Approx(5.56023406e-03).epsilon(1e-9));
  CHECK(line.intercept() == doctest::Approx(200.318690).epsilon(1e-8));
  CHECK(line.value_at(610.0) == doctest::Approx(200.318690 + 610.0 * 5.56023406e-03).epsilon(1e-8));
  CHECK(line.count() == 6);
}

TEST_CASE("linear fit: seconds since 1970 cost no digits") {
  RunningLine near_zero;
  RunningLine far_away;
  for (int i = 0; i < 1000; ++i) {
    const double y = 100.0 + 0.001 * i + ((i * 7919) % 13) * 0.1;
    near_zero.add(i, y);
    far_away.add(1.7e9 + i, y);
  }
  CHECK(far_away.slope() == doctest::Approx(near_zero.slope()).epsilon(1e-9));
}

TEST_CASE("linear fit: one time has no slope") {
  RunningLine line;
  CHECK(std::isnan(line.slope()));
  line.add(5.0, 1.0);
  line.add(5.0, 2.0);
  CHECK(std::isnan(line.slope()));
}

TEST_CASE("linear fit: segments have levels of their own, as least squares with a dummy for each") {
  const std::array t = {0.0, 100.0, 200.0, 300.0, 1000.0, 1100.0, 1210.0, 1300.0};
  const std::array y = {10.0, 12.0, 13.5, 16.0, 3.0, 4.5, 7.0, 8.0};
  SegmentedLine line;
  for (std::size_t i = 0; i < t.size(); ++i) {
    if (i == 4) line.new_segment();
    line.add(t[i], y[i]);
  }
  CHECK(line.slope() == doctest::Approx(0.01843928).epsilon(1e-6));
}
