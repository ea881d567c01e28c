#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

#include "leak_data.h"
#include "memlog/stats/floor_bins.h"
#include "memlog/stats/leak_analysis.h"
#include "memlog/stats/model_average.h"

using namespace memlog::stats;

namespace {

// To a millionth, as the implementations differ in rounding only; `floor` is where smaller numbers stop to matter.
bool same(double got, double want, double floor) {
  return std::fabs(got - want) <= 1e-6 * std::max({std::fabs(got), std::fabs(want), floor});
}

const LeakResult* result_of(const LeakReport& report, const std::string& process) {
  for (const LeakResult& r : report.series) {
    if (process == "all" ? !r.series : (r.series && std::to_string(*r.series) == process)) return &r;
  }
  return nullptr;
}

void check_result(const leak_data::Expected& e, const LeakResult& r, double start) {
  CHECK(name_of(r.verdict) == e.words.at("verdict"));
  CHECK(static_cast<double>(r.floor_samples) == e.number("samples"));
  CHECK(static_cast<double>(r.bins) == e.number("bins"));
  CHECK(same(r.bin_hours, e.number("bin_hours"), 1e-6));
  CHECK(r.troughs == (e.number("troughs") == 1.0));
  CHECK(r.model == e.words.at("model"));
  CHECK(r.autocorrelation == e.number("phi_reml"));
  CHECK(same(r.leak_probability, e.number("leak_probability"), 1e-6));
  CHECK(same(r.growth_probability, e.number("growth_probability"), 1e-6));
  CHECK(same(r.p_value, e.number("p_value"), 1e-6));
  CHECK(same(r.slope_mb_per_hour, e.number("slope"), 1e-2));
  CHECK(same(r.slope_low_mb_per_hour, e.number("low"), 1e-2));
  CHECK(same(r.slope_high_mb_per_hour, e.number("high"), 1e-2));
  CHECK(same(r.floor_end_mb, e.number("floor_end_mb"), 1e-2));
  CHECK(std::isnan(r.onset_t) != e.known("onset_hours"));
  if (e.known("onset_hours")) CHECK(same((r.onset_t - start) / 3600.0, e.number("onset_hours"), 1e-2));
  CHECK(r.models.size() == e.weights.size());
  for (const ModelWeight& m : r.models) {
    CAPTURE(m.model);
    REQUIRE(e.weights.contains(m.model));
    CHECK(same(m.weight, e.weights.at(m.model), 1e-3));
  }
}

void check_culprit(const leak_data::Expected& e, const LeakResult& r) {
  const bool certain = !r.culprits.empty() && r.culprits[0].certain;
  REQUIRE(certain == e.known("culprit"));
  if (!certain) return;
  CHECK(r.culprits[0].task == e.number("culprit"));
  CHECK(same(r.culprits[0].kept_mb_per_run, e.number("kept_mb_per_run"), 1e-3));
  CHECK(r.culprits[0].kept_mb == r.culprits[0].kept_mb_per_run * static_cast<double>(r.culprits[0].runs));
}

// The steps on their own, for logs without marked runs.
void check_steps(const leak_data::Expected& e, const LeakSeries& series) {
  const LeakSeries* const group[] = {&series};
  const FloorSet floor = collect_floor(group);
  if (floor.tagged) return;
  const auto bins = best_resolution(floor);
  REQUIRE(bins);
  ShapeFrame frame(*bins, {});
  const Average average = average_shapes(frame, fit_shapes(frame), 10.0);
  CHECK(static_cast<double>(average.kept.size()) == e.number("kept"));
  const Weighed& best = average.heaviest();
  CHECK(best.candidate.fit.phi_ml == e.number("phi_ml"));
  CHECK(best.candidate.fit.df == e.number("df"));
  CHECK(same(best.candidate.bic, e.number("bic"), 1e-2));
  CHECK(same(best.slope.estimate, e.number("estimate"), 1e-6));
  CHECK(same(best.slope.error, e.number("error"), 1e-6));
}

}  // namespace

TEST_CASE("leaks: every step agrees with an independent Python implementation on twenty logs") {
  const std::vector<leak_data::Expected> expected = leak_data::read_expected();
  REQUIRE(expected.size() == 28);
  for (const leak_data::Expected& e : expected) {
    CAPTURE(e.log);
    CAPTURE(e.process);
    const leak_data::Log log = leak_data::read_log(e.log);
    REQUIRE_FALSE(log.book.series().empty());
    const LeakReport report = analyse_leaks(log.book.series(), {.limit_mb = e.number("limit_mb")});
    const LeakResult* result = result_of(report, e.process);
    REQUIRE(result != nullptr);
    double start = result->series ? log.book.series()[*result->series].first_up_t() : INFINITY;
    for (const LeakSeries& s : log.book.series()) start = result->series ? start : std::min(start, s.first_up_t());
    check_result(e, *result, start);
    check_culprit(e, *result);
    if (result->series) check_steps(e, log.book.series()[*result->series]);
  }
}

TEST_CASE("leaks: onset and limit are printed in the log's own time") {
  const leak_data::Log log = leak_data::read_log("leak_dst");
  const LeakReport report = analyse_leaks(log.book.series(), {.limit_mb = 2048.0});
  CHECK(log.clock.changes() == 1);
  const double limit_t = report.series[0].limit_t;
  CHECK(limit_t - log.clock.log_time(limit_t) == 3600.0);
  CHECK(log.clock.log_time(0.0) == 0.0);
}

TEST_CASE("leaks: the answer is the worst verdict, then the steepest series") {
  const leak_data::Log log = leak_data::read_log("leak_worker");
  const LeakReport report = analyse_leaks(log.book.series(), {});
  REQUIRE(report.answer);
  CHECK(report.verdict() == Verdict::leak);
  CHECK(report.series[*report.answer].series == 2);
  CHECK(report.series.size() == 4);
  CHECK_FALSE(report.series[3].classic);
  CHECK(std::isnan(report.series[3].hours_to_limit));
}
