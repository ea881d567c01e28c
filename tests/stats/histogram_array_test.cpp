#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "memlog/base/decimal.h"
#include "memlog/stats/histogram.h"

using namespace memlog;

namespace {

// Type 7 by definition.
double quantile(std::vector<double> values, double q) {
  std::sort(values.begin(), values.end());
  const double position = q * static_cast<double>(values.size() - 1);
  const auto below = static_cast<std::size_t>(position);
  const double share = position - static_cast<double>(below);
  return share == 0.0 ? values[below] : values[below] + share * (values[below + 1] - values[below]);
}

void check(const std::vector<double>& values) {
  Histogram histogram;
  double sum = 0;
  for (const double value : values) {
    histogram.add(value);
    sum += value;
  }
  CHECK(histogram.count() == values.size());
  CHECK(histogram.mean() == doctest::Approx(sum / static_cast<double>(values.size())));
  for (const double q : {0.0, 0.1, 0.5, 0.95, 1.0}) CHECK(histogram.quantile(q) == doctest::Approx(quantile(values, q)).epsilon(1e-12));
}

}  // namespace

TEST_CASE("histogram: values with one decimal, close together or far apart") {
  std::vector<double> close;
  for (int i = 0; i < 20000; ++i) close.push_back((2000 + i * 7919 % 5000) / 10.0);
  check(close);
  std::vector<double> far = close;
  for (int i = 0; i < 300; ++i) far.push_back(6000.0 + i * 900.1);
  check(far);
  std::vector<double> mixed = close;
  for (int i = 0; i < 3000; ++i) mixed.push_back(i * 0.37 - 20);
  check(mixed);
}

TEST_CASE("histogram: one value more often than a small counter holds") {
  std::vector<double> values;
  for (int i = 0; i < 4000; ++i) values.push_back(i / 10.0);
  for (int i = 0; i < 200000; ++i) values.push_back(150.5);
  check(values);
}

TEST_CASE("histogram: counters that are counted up by others give the same as values that are added") {
  for (const bool far : {false, true}) {
    Histogram added;
    Histogram counted;
    std::uint64_t by_others = 0;
    for (std::uint32_t i = 0; i < 400'000; ++i) {
      // One value overflows its counter; with one that has no place in the array no other may begin to count there.
      const std::uint32_t tenths = far && i == 30'000 ? 90'000 : i % 4 == 0 ? 2345 : 2000 + i * i % 997 * (i % 1000 == 0 ? 7 : 1) % 4000;
      added.add_tenths(tenths);
      const auto counters = counted.counters();
      if (tenths < counters.size() && Histogram::has_room(counters[tenths], counted.least_counter())) {
        ++counters[tenths];
        ++by_others;
      } else {
        counted.add_tenths(tenths);
      }
      if (i % 100'000 == 7) CHECK(counted.count() == i + 1);
    }
    CHECK(by_others > 300'000);
    CHECK(counted.least_counter() == (far ? 1 : 0));
    CHECK(counted.count() == 400'000);
    CHECK(counted.count() == added.count());
    CHECK(counted.mean() == added.mean());
    CHECK(counted.quantiles({0.0, 0.1, 0.5, 0.95, 1.0}) == added.quantiles({0.0, 0.1, 0.5, 0.95, 1.0}));
    std::string packed;
    counted.take_packed(packed);
    CHECK(counted.count() == 400'000);
    CHECK(counted.mean() == added.mean());
    counted.add_packed(packed);
    CHECK(counted.count() == 400'000);
    CHECK(counted.mean() == added.mean());
    CHECK(counted.quantiles({0.0, 0.1, 0.5, 0.95, 1.0}) == added.quantiles({0.0, 0.1, 0.5, 0.95, 1.0}));
  }
}

TEST_CASE("histogram: more different tenths than there may be steps make the steps wider, once") {
  for (const std::uint32_t most : {65'536u, 65'537u, 70'000u}) {
    CAPTURE(most);
    Histogram tenths;
    Histogram values;
    for (std::uint32_t i = 1; i <= most; ++i) {
      tenths.add_tenths(i);
      values.add(i / 10.0);
    }
    CHECK(tenths.count() == most);
    CHECK(tenths.quantiles({0.0, 0.5, 0.95, 1.0}) == values.quantiles({0.0, 0.5, 0.95, 1.0}));
    CHECK(tenths.quantile(1.0) == doctest::Approx(most / 10.0).epsilon(1e-3));
    CHECK(tenths.quantile(0.95) == doctest::Approx(most * 0.095).epsilon(1e-3));
  }
}

TEST_CASE("histogram: the mean keeps decimals that its steps do not have") {
  Histogram histogram;
  double sum = 0;
  for (int i = 0; i < 5000; ++i) {
    const double value = i % 200 + 0.1 + (i % 7) * 0.0007;
    histogram.add(value);
    sum += value;
  }
  CHECK(histogram.count() == 5000);
  CHECK(histogram.mean() == doctest::Approx(sum / 5000).epsilon(1e-9));
}
