#include "memlog/stats/histogram.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

#include "memlog/base/decimal.h"

using namespace memlog;

TEST_CASE("histogram: quantiles interpolate as numpy does") {
  Histogram h;
  for (const double value : {1.0, 2.0, 3.0, 4.0}) h.add(value);
  CHECK(h.quantile(0) == 1.0);
  CHECK(h.quantile(0.5) == doctest::Approx(2.5));
  CHECK(h.quantile(0.95) == doctest::Approx(3.85));
  CHECK(h.quantile(1) == 4.0);
  CHECK(h.mean() == doctest::Approx(2.5));
  CHECK(h.count() == 4);
}

TEST_CASE("histogram: nothing has no quantiles, one value has only itself") {
  Histogram h;
  CHECK_FALSE(is_known(h.quantile(0.5)));
  CHECK_FALSE(is_known(h.mean()));
  h.add(kMissing);
  CHECK(h.count() == 0);
  h.add(598.4);
  CHECK(h.quantile(0) == 598.4);
  CHECK(h.quantile(0.5) == 598.4);
  CHECK(h.quantile(1) == 598.4);
}

TEST_CASE("histogram: exact for many values as logs print them, in any order") {
  std::vector<double> values;
  std::uint32_t state = 7;
  for (int i = 0; i < 20'000; ++i) {
    state = state * 1664525u + 1013904223u;
    values.push_back(static_cast<double>(state % 40'000) / 10.0);
  }
  Histogram forward;
  Histogram backward;
  for (const double value : values) forward.add(value);
  for (auto it = values.rbegin(); it != values.rend(); ++it) backward.add(*it);
  std::sort(values.begin(), values.end());
  for (const double q : {0.0, 0.05, 0.5, 0.9, 0.95, 0.99, 1.0}) {
    CAPTURE(q);
    const double position = q * static_cast<double>(values.size() - 1);
    const auto below = static_cast<std::size_t>(position);
    const double next = values[std::min(below + 1, values.size() - 1)];
    const double want = values[below] + (position - std::floor(position)) * (next - values[below]);
    CHECK(forward.quantile(q) == doctest::Approx(want).epsilon(1e-9));
    CHECK(forward.quantile(q) == backward.quantile(q));
  }
  CHECK(forward.mean() == backward.mean());
}

TEST_CASE("histogram: more distinct values than it holds widen the steps, memory stays bounded") {
  Histogram h;
  const int n = 200'000;
  for (int i = 0; i < n; ++i) h.add(static_cast<double>(i) / 100.0);
  CHECK(h.count() == n);
  CHECK(h.quantile(0.5) == doctest::Approx(1000.0).epsilon(1e-3));
  CHECK(h.mean() == doctest::Approx(999.995).epsilon(1e-6));
}

TEST_CASE("histogram: negative and absurd values do no harm") {
  Histogram h;
  h.add(-1.4);
  h.add(1e300);
  CHECK(h.quantile(0) == doctest::Approx(-1.4));
  CHECK(std::isfinite(h.mean()));
}

TEST_CASE("histogram: a value that comes more often than its counter can hold") {
  Histogram table;      // of few values, with two decimals
  Histogram array;      // of many, with one
  for (int i = 0; i < 300; ++i) array.add(100.0 + i / 10.0);
  const std::uint64_t often = (1ULL << 24) + 1000;
  for (std::uint64_t i = 0; i < often; ++i) {
    table.add(7.25);
    array.add_tenths(2000);
  }
  for (int i = 0; i < 500; ++i) table.add(1.25);
  CHECK(table.count() == often + 500);
  CHECK(table.quantile(0.5) == 7.25);
  CHECK(table.quantile(500.0 / static_cast<double>(often + 499)) == 7.25);
  CHECK(table.quantile(499.0 / static_cast<double>(often + 499)) == 1.25);
  CHECK(array.count() == often + 300);
  CHECK(array.quantile(0.5) == 200.0);
  CHECK(array.quantile(299.0 / static_cast<double>(often + 299)) == doctest::Approx(129.9));
}
