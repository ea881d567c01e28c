#include <doctest/doctest.h>

#include <cmath>
#include <vector>

#include "memlog/stats/quantile.h"

using namespace memlog::stats;

TEST_CASE("quantile: interpolates like numpy.quantile, type 7") {
  const std::vector<double> values = {3.1, 0.2, 9.7, 4.4, 4.4, 7.25, 1.0};
  CHECK(quantile(values, 0.0) == 0.2);
  CHECK(quantile(values, 0.2) == doctest::Approx(1.42).epsilon(1e-14));
  CHECK(quantile(values, 0.3) == doctest::Approx(2.68).epsilon(1e-14));
  CHECK(quantile(values, 0.5) == 4.4);
  CHECK(quantile(values, 0.95) == doctest::Approx(8.965).epsilon(1e-14));
  CHECK(quantile(values, 1.0) == 9.7);
}

TEST_CASE("quantile: one value is every quantile, none is none, and q is clamped") {
  CHECK(quantile({5.5}, 0.3) == 5.5);
  CHECK(std::isnan(quantile({}, 0.3)));
  CHECK(quantile({1.0, 2.0}, -3.0) == 1.0);
  CHECK(quantile({1.0, 2.0}, 7.0) == 2.0);
}

TEST_CASE("quantile: an even number has the mean of the middle two as its median") {
  std::vector<double> values = {4.0, 1.0, 3.0, 2.0};
  CHECK(median_in_place(values) == 2.5);
}

TEST_CASE("quantile: the robust deviation does not see outliers") {
  CHECK(robust_deviation({1.0, 2.0, 3.0, 4.0, 1000.0}) == doctest::Approx(1.4826));
  CHECK(robust_deviation({7.0, 7.0, 7.0}) == 0.0);
}
