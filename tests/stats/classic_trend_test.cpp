#include <doctest/doctest.h>

#include <cmath>

#include "memlog/stats/classic_trend.h"

using namespace memlog::stats;

namespace {

// Samples every 5 minutes; each group of `period` has `rising` rising steps.
ClassicTrend trend(int samples, int rising, int period, double step_mb) {
  ClassicTrend out;
  double mb = 100.0;
  for (int i = 0; i < samples; ++i) {
    if (i > 0 && (i - 1) % period < rising) mb += step_mb;
    out.add(300.0 * i, mb);
  }
  return out;
}

}  // namespace

TEST_CASE("classic: rate from the ends, share of strictly rising steps") {
  const ClassicFigures f = trend(25, 3, 4, 2.0).figures({});
  CHECK(f.enough_data);
  CHECK(f.samples == 25);
  CHECK(f.duration_hours == 2.0);
  CHECK(f.total_growth_mb == 36.0);
  CHECK(f.growth_rate_mb_per_hour == 18.0);
  CHECK(f.growing_share == 0.75);
  CHECK(f.confidence == Confidence::medium);
  CHECK(f.leak_detected);
}

TEST_CASE("classic: shares of exactly 0.8 and 0.6 are not above them") {
  CHECK(trend(26, 4, 5, 2.0).figures({}).confidence == Confidence::medium);
  const ClassicFigures low = trend(26, 3, 5, 2.0).figures({});
  CHECK(low.growing_share == 0.6);
  CHECK(low.confidence == Confidence::low);
  CHECK_FALSE(low.leak_detected);
  CHECK(trend(25, 1, 1, 2.0).figures({}).confidence == Confidence::high);
}

TEST_CASE("classic: exactly the threshold is a leak, below it is not") {
  CHECK(trend(25, 1, 1, 20.0 / 24.0).figures({.threshold_mb_per_hour = 9.999}).leak_detected);
  CHECK_FALSE(trend(25, 1, 1, 0.8).figures({}).leak_detected);
}

TEST_CASE("classic: fewer than 24 samples or less than two hours say nothing") {
  const ClassicFigures few = trend(23, 1, 1, 2.0).figures({});
  CHECK_FALSE(few.enough_data);
  CHECK(std::isnan(few.growth_rate_mb_per_hour));
  CHECK_FALSE(few.leak_detected);
  CHECK(few.samples == 23);
  CHECK_FALSE(trend(24, 1, 1, 2.0).figures({}).enough_data);    // 1 h 55 min
  CHECK(trend(25, 1, 1, 2.0).figures({}).enough_data);
  CHECK_FALSE(ClassicTrend{}.figures({}).enough_data);
}
