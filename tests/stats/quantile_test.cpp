#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <functional>
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

TEST_CASE("quantile: the nth smallest of any order, with smaller ones before and larger ones behind it") {
  std::uint32_t state = 5;
  const auto random = [&](std::uint32_t below) { return (state = state * 1664525 + 1013904223) / 65536 % below; };
  const std::vector<std::function<double(std::size_t)>> orders = {
      [&](std::size_t) { return random(60'000) / 10.0; },
      [&](std::size_t) { return double(random(4)); },
      [](std::size_t) { return 12.5; },
      [](std::size_t i) { return double(i); },
      [](std::size_t i) { return -double(i); },
      [](std::size_t i) { return double(i < 500 ? i : 1000 - i); },
      [](std::size_t i) { return double(i % 97); },
      [](std::size_t i) { return i % 100 == 0 ? -1e300 : i % 3 == 0 ? 0.0 : -0.0; },
  };
  for (std::size_t order = 0; order < orders.size(); ++order) {
    CAPTURE(order);
    for (const std::size_t size : {1u, 2u, 24u, 25u, 40u, 1000u}) {
      CAPTURE(size);
      std::vector<double> values(size);
      for (std::size_t i = 0; i < size; ++i) values[i] = orders[order](i);
      std::vector<double> sorted = values;
      std::sort(sorted.begin(), sorted.end());
      for (const std::size_t nth : {std::size_t{0}, size / 3, size / 2, size - 1}) {
        std::vector<double> moved = values;
        CHECK(select_in_place(moved, nth) == sorted[nth]);
        CHECK(moved[nth] == sorted[nth]);
        const auto middle = moved.begin() + static_cast<std::ptrdiff_t>(nth);
        CHECK(std::all_of(moved.begin(), middle, [&](double v) { return v <= sorted[nth]; }));
        CHECK(std::all_of(middle, moved.end(), [&](double v) { return v >= sorted[nth]; }));
        std::sort(moved.begin(), moved.end());
        CHECK(moved == sorted);
      }
    }
  }
}
