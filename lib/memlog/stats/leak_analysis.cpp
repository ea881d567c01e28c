#include "memlog/stats/leak_analysis.h"

#include <algorithm>
#include <cmath>

#include "memlog/stats/floor_bins.h"
#include "memlog/stats/floor_curve.h"
#include "memlog/stats/leak_constants.h"
#include "memlog/stats/leak_verdict.h"
#include "memlog/stats/task_counts.h"

namespace memlog::stats {
namespace {

std::vector<RunColumn> run_columns(SeriesGroup group, const FloorSet& floor, const FloorBins& bins) {
  std::vector<RunColumn> out;
  if (!floor.tagged) return out;
  for (const std::uint32_t task : frequent_tasks(group)) {
    std::vector<RunCounter> counters;
    for (const LeakSeries* series : group) counters.emplace_back(*series, task);
    RunColumn& column = out.emplace_back(RunColumn{task, {}});
    for (const FloorBin& bin : bins.bins) {
      column.count.push_back(counters[floor.strata[bin.stratum].series].before(floor.start + bin.t_hours * 3600.0));
    }
  }
  return out;
}

void add_average(LeakResult& out, const Average& average, double start) {
  out.leak_probability = average.leak_probability;
  out.growth_probability = average.growth_probability;
  out.p_value = average.p_value;
  out.slope_mb_per_hour = average.slope;
  out.slope_low_mb_per_hour = average.slope_low;
  out.slope_high_mb_per_hour = average.slope_high;
  out.onset_t = start + average.onset_hours * 3600.0;
  out.model = name_of(average.heaviest().candidate.shape.of);
  out.autocorrelation = average.heaviest().candidate.fit.phi_reml;
  for (const ClassWeight& c : average.classes) {
    if (c.weight >= kShownWeight) out.models.push_back({name_of(c.shape), c.weight});
  }
}

void add_bins(LeakResult& out, const FloorBins& bins, const FloorCurve& curve, double start) {
  out.bins = bins.bins.size();
  out.bin_hours = bins.width;
  out.troughs = bins.troughs;
  out.floor_start_mb = curve.start_mb();
  out.floor_end_mb = curve.end_mb();
  out.growth_mb = curve.end_mb() - curve.start_mb();
  for (std::size_t i = 0; i < bins.bins.size(); ++i) {
    const FloorBin& bin = bins.bins[i];
    out.floor.push_back({start + bin.t_hours * 3600.0, bin.mb, curve.values()[i], bin.stratum});
  }
}

// When the floor, or the usual peaks above it, are at the limit; 0 where they already are.
void add_limit(LeakResult& out, double limit_mb, double usual_peak_mb, double last_t) {
  const double room = limit_mb - out.floor_end_mb;
  const auto hours = [](double mb, double slope) { return slope > 0.0 ? std::max(0.0, mb) / slope : kUnknown; };
  if (!std::isfinite(room) || !(out.slope_mb_per_hour > 0.0)) return;
  out.hours_to_limit = hours(room, out.slope_mb_per_hour);
  out.hours_to_limit_low = hours(room, out.slope_high_mb_per_hour);
  out.hours_to_limit_high = hours(room, out.slope_low_mb_per_hour);
  if (std::isfinite(usual_peak_mb)) out.hours_to_limit_peaks = hours(room - usual_peak_mb, out.slope_mb_per_hour);
  out.limit_t = last_t + out.hours_to_limit * 3600.0;
}

// The robust analysis of one group; leaves the result as it is where the floor cannot be seen.
void analyse_group(SeriesGroup group, const LeakOptions& options, std::size_t chances, LeakResult& out) {
  const FloorSet floor = collect_floor(group);
  out.floor_samples = floor.samples.size();
  if (floor.samples.size() < kMinFloorSamples) return;
  const std::optional<FloorBins> bins = best_resolution(floor);
  if (!bins) return;
  ShapeFrame frame(*bins, run_columns(group, floor, *bins));
  std::vector<Candidate> candidates = fit_shapes(frame);
  if (candidates.empty()) return;
  const Average average = average_shapes(frame, std::move(candidates), options.threshold_mb_per_hour);
  out.verdict = decide(average, chances);
  out.reason = reason_for(out.verdict, average);
  out.daily_cycle = deciding_class(out.verdict, average).daily;
  out.confidence = confidence_in(out.verdict, average);
  add_average(out, average, floor.start);
  double last_t = group.front()->last_up_t();
  for (const LeakSeries* series : group) last_t = std::max(last_t, series->last_up_t());
  const FloorCurve curve(frame, average, (last_t - floor.start) / 3600.0);
  add_bins(out, *bins, curve, floor.start);
  if (out.verdict == Verdict::no_leak) return;
  // The levels of several processes have nothing to do with the limit of one.
  if (group.size() == 1) add_limit(out, options.limit_for(group.front()->process()), curve.usual_peak_mb(*group.front(), floor), last_t);
  if (std::optional<Culprit> culprit = find_culprit(group)) {
    if (curve.grown_mb() > 0.0) culprit->share = culprit->kept_mb / curve.grown_mb();
    out.culprits.push_back(*culprit);
  }
}

LeakResult describe(const LeakSeries& series, std::size_t place, const LeakOptions& options) {
  LeakResult out;
  out.series = place;
  out.samples = series.samples();
  out.first_t = series.first_t();
  out.last_t = series.last_t();
  out.duration_hours = series.duration_hours();
  out.segments.assign(series.segments().begin(), series.segments().end());
  out.line_mb_per_hour = series.line_mb_per_hour();
  out.segments_mb_per_hour = series.segments_mb_per_hour();
  out.classic = series.classic().figures(
      {options.threshold_mb_per_hour, options.min_duration_hours, options.min_samples});
  return out;
}

LeakResult describe_all(SeriesGroup group) {
  LeakResult out;
  out.first_t = group.front()->first_t();
  out.last_t = group.front()->last_t();
  for (const LeakSeries* series : group) {
    out.samples += series->samples();
    out.first_t = std::min(out.first_t, series->first_t());
    out.last_t = std::max(out.last_t, series->last_t());
  }
  out.duration_hours = (out.last_t - out.first_t) / 3600.0;
  return out;
}

bool enough(const LeakResult& result, const LeakOptions& options) {
  return result.samples >= options.min_samples && result.duration_hours >= options.min_duration_hours;
}

void answer_classic(LeakResult& out) {
  if (!out.classic->enough_data) return;
  out.slope_mb_per_hour = out.classic->growth_rate_mb_per_hour;
  out.confidence = out.classic->confidence;
  out.verdict = out.classic->leak_detected ? Verdict::leak : Verdict::no_leak;
}

// Of the processes with enough data, those with most samples: each costs some milliseconds.
std::vector<std::size_t> worth_analysing(const std::vector<LeakResult>& results, const LeakOptions& options) {
  std::vector<std::size_t> out;
  for (std::size_t i = 0; i < results.size(); ++i) {
    if (enough(results[i], options)) out.push_back(i);
  }
  const auto larger = [&](std::size_t a, std::size_t b) { return results[a].samples > results[b].samples; };
  std::stable_sort(out.begin(), out.end(), larger);
  return out;
}

void choose_answer(LeakReport& report) {
  const auto slope = [](const LeakResult& r) { return std::isnan(r.slope_mb_per_hour) ? 0.0 : r.slope_mb_per_hour; };
  for (std::size_t i = 0; i < report.series.size(); ++i) {
    const LeakResult& r = report.series[i];
    const LeakResult& worst = report.series[report.answer.value_or(i)];
    const bool worse = r.verdict != worst.verdict ? r.verdict > worst.verdict : slope(r) > slope(worst);
    if (!report.answer || worse) report.answer = i;
  }
}

void analyse_robustly(SeriesGroup group, const LeakOptions& options, LeakReport& report) {
  const std::vector<std::size_t> worth = worth_analysing(report.series, options);
  for (std::size_t k = 0; k < worth.size(); ++k) {
    LeakResult& result = report.series[worth[k]];
    if (k < kMaxOwnAnalyses) {
      analyse_group(group.subspan(worth[k], 1), options, std::min(worth.size(), kMaxOwnAnalyses), result);
    } else {
      result.reason = Reason::too_many_processes;
    }
  }
  if (group.size() < 2) return;
  LeakResult all = describe_all(group);
  if (enough(all, options)) analyse_group(group, options, 1, all);
  report.series.push_back(std::move(all));
}

}  // namespace

LeakReport analyse_leaks(std::span<const LeakSeries> series, const LeakOptions& options) {
  LeakReport report;
  std::vector<const LeakSeries*> group;
  for (std::size_t i = 0; i < series.size(); ++i) {
    if (series[i].samples() == 0) continue;    // known by its restarts or runs only
    group.push_back(&series[i]);
    report.series.push_back(describe(series[i], i, options));
  }
  if (options.method == Method::classic) {
    for (LeakResult& result : report.series) answer_classic(result);
  } else {
    analyse_robustly(group, options, report);
  }
  choose_answer(report);
  return report;
}

}  // namespace memlog::stats
