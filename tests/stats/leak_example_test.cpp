#include <doctest/doctest.h>

#include <cmath>

#include "memlog/stats/leak_analysis.h"
#include "worked_example.h"

using namespace memlog::stats;

namespace {

LeakReport analyse_example(LeakOptions options) {
  LeakBook book;
  for (std::size_t i = 0; i < worked_example::kRssMb.size(); ++i) {
    book.add(0, {.t = worked_example::seconds(i), .rss_mb = worked_example::kRssMb[i], .state = SampleState::idle});
  }
  return analyse_leaks(book.series(), options);
}

bool near(double got, double want, double absolute) { return std::fabs(got - want) <= absolute; }

}  // namespace

TEST_CASE("leaks: the worked example, number by number") {
  const LeakReport report = analyse_example({.limit_mb = 512.0});
  REQUIRE(report.series.size() == 1);
  const LeakResult& r = report.series[0];
  CHECK(r.verdict == Verdict::leak);
  CHECK(r.reason == Reason::steady_growth);
  CHECK(r.confidence == Confidence::high);
  CHECK_FALSE(r.daily_cycle);
  CHECK(near(r.leak_probability, 0.9996, 6e-5));
  CHECK(near(r.growth_probability, 0.99999, 6e-6));
  CHECK(near(r.p_value, 7.711e-6, 6e-10));
  CHECK(near(r.slope_mb_per_hour, 19.5520, 6e-5));
  CHECK(near(r.slope_low_mb_per_hour, 13.8007, 6e-5));
  CHECK(near(r.slope_high_mb_per_hour, 25.3033, 6e-5));
  CHECK(r.model == "linear");
  REQUIRE(r.models.size() == 4);    // onset has less than 0.01
  CHECK(r.models[0].model == "linear");
  CHECK(near(r.models[0].weight, 0.7260, 6e-5));
  CHECK(r.models[1].model == "two-slope");
  CHECK(near(r.models[1].weight, 0.1013, 6e-5));
  CHECK(r.models[2].model == "steps1+linear");
  CHECK(near(r.models[2].weight, 0.0971, 6e-5));
  CHECK(r.models[3].model == "steps2+linear");
  CHECK(near(r.models[3].weight, 0.0687, 6e-5));
  CHECK(r.autocorrelation == 0.5);
  CHECK(r.samples == 36);
  CHECK(r.floor_samples == 36);
  CHECK(r.bins == 36);
  CHECK(r.floor.size() == 36);
  CHECK(near(r.bin_hours, 0.0833, 6e-5));
  CHECK_FALSE(r.troughs);
  CHECK(near(r.duration_hours, 2.9167, 6e-5));
  CHECK(std::isnan(r.onset_t));
  CHECK(near(r.floor_start_mb, 198.3356, 6e-5));
  CHECK(near(r.floor_end_mb, 253.1995, 6e-5));
  CHECK(near(r.growth_mb, 54.864, 6e-4));
  CHECK(near(r.hours_to_limit, 13.2365, 6e-5));
  CHECK(near(r.hours_to_limit_low, 10.228, 6e-4));
  CHECK(near(r.hours_to_limit_high, 18.7527, 6e-5));
  CHECK(near(r.hours_to_limit_peaks, 13.0487, 6e-5));
  CHECK(near(r.limit_t, 35 * 300.0 + 13.2365 * 3600.0, 0.3));
  CHECK(r.culprits.empty());
  REQUIRE(r.segments.size() == 1);
  CHECK(r.segments[0].samples == 36);
  CHECK_FALSE(r.segments[0].after_restart);
}

TEST_CASE("leaks: the worked example by the classic rule") {
  const LeakReport report = analyse_example({.method = Method::classic});
  REQUIRE(report.series.size() == 1);
  const LeakResult& r = report.series[0];
  CHECK(r.verdict == Verdict::leak);
  REQUIRE(r.classic);
  CHECK(near(r.classic->growth_rate_mb_per_hour, 19.0629, 6e-5));
  CHECK(near(r.classic->growing_share, 24.0 / 35.0, 1e-12));
  CHECK(r.classic->confidence == Confidence::medium);
  CHECK(near(r.classic->total_growth_mb, 55.6, 1e-9));
  CHECK(near(r.classic->start_mb, 199.7, 1e-12));
  CHECK(near(r.classic->end_mb, 255.3, 1e-12));
  CHECK(r.slope_mb_per_hour == r.classic->growth_rate_mb_per_hour);
  CHECK(std::isnan(r.leak_probability));
}
