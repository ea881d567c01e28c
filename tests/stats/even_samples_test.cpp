#include "memlog/stats/even_samples.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstdint>

using memlog::stats::EvenSamples;

TEST_CASE("even samples: all of few, evenly spread ones of many") {
  EvenSamples store;
  for (int i = 0; i < 128; ++i) store.add(i / 10.0);
  REQUIRE(store.values().size() == 128);
  CHECK(store.values()[127] == 12.7);
  for (int i = 128; i < 1000; ++i) store.add(i / 10.0);
  CHECK(store.count() == 1000);
  const std::vector<double> kept = store.values();
  CHECK(kept.size() <= EvenSamples::kMost);
  CHECK(kept.size() > EvenSamples::kMost / 2 - 2);
  for (std::size_t i = 1; i < kept.size(); ++i) CHECK(kept[i] - kept[i - 1] == doctest::Approx(kept[1] - kept[0]));
  CHECK(kept.front() == 0.0);
}

TEST_CASE("even samples: four decimals, and fewer beside what is very large") {
  EvenSamples store;
  for (const double value : {598.4, 0.0001, 199'999.9999, -3.25}) store.add(value);
  CHECK(store.values() == std::vector<double>{598.4, 0.0001, 199'999.9999, -3.25});
  store.add(1'500'000.5);
  const std::vector<double> wide = store.values();
  CHECK(wide[0] == doctest::Approx(598.4));
  CHECK(wide[2] == doctest::Approx(200'000.0));
  CHECK(wide[3] == doctest::Approx(-3.25));
  CHECK(wide[4] == 1'500'000.5);
  store.add(1e300);
  CHECK(store.values().size() == 6);
  store.add(1.0);
  CHECK(store.count() == 7);
}

TEST_CASE("even samples: those that would not be kept need not be told") {
  EvenSamples told;
  EvenSamples skipped;
  for (int i = 0; i < 5000;) {
    const auto skip = std::min<std::uint64_t>(skipped.may_skip(), static_cast<std::uint64_t>(5000 - i));
    skipped.skip(skip);
    for (std::uint64_t k = 0; k < skip; ++k) told.add(i++ / 10.0);
    if (i == 5000) break;
    told.add(i / 10.0);
    skipped.add(i++ / 10.0);
  }
  CHECK(skipped.values() == told.values());
  CHECK(skipped.count() == told.count());
  CHECK(told.values().size() > 50);
}
