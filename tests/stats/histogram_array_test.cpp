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
  Histogram added;
  Histogram counted;
  Histogram begun;                                 // counts what is new as well
  std::uint64_t values = 0;
  std::uint64_t sum = 0;
  std::uint64_t begun_values = 0;
  std::uint64_t begun_sum = 0;
  std::size_t began = 0;
  for (std::uint32_t i = 0; i < 200'000; ++i) {
    const std::uint32_t tenths = 2000 + i * i % 997 * (i % 1000 == 0 ? 7 : 1) % 4000;
    added.add_tenths(tenths);
    const auto counters = counted.counters();
    if (tenths < counters.size() && Histogram::has_room(counters[tenths])) {
      ++counters[tenths];
      ++values;
      sum += tenths;
    } else {
      counted.add_tenths(tenths);
    }
    const auto others = begun.counters();
    const std::uint16_t least = begun.may_begin() > began ? 0 : 1;
    if (tenths < others.size() && Histogram::has_room(others[tenths], least)) {
      began += others[tenths] == 0 ? 1 : 0;
      ++others[tenths];
      ++begun_values;
      begun_sum += tenths;
    } else {
      begun.counted(0, 0, began);
      began = 0;
      begun.add_tenths(tenths);
    }
  }
  CHECK(values > 150'000);
  CHECK(begun_values > values);
  begun.counted(begun_values, begun_sum, began);
  CHECK(begun.count() == added.count());
  CHECK(begun.mean() == added.mean());
  CHECK(begun.quantiles({0.0, 0.1, 0.5, 0.95, 1.0}) == added.quantiles({0.0, 0.1, 0.5, 0.95, 1.0}));
  counted.counted(values, sum);
  CHECK(counted.count() == added.count());
  CHECK(counted.mean() == added.mean());
  CHECK(counted.quantiles({0.0, 0.1, 0.5, 0.95, 1.0}) == added.quantiles({0.0, 0.1, 0.5, 0.95, 1.0}));
}
