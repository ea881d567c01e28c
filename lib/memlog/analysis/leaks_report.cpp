#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "memlog/analysis/leaks.h"
#include "memlog/analysis/record.h"
#include "memlog/format/format.h"

namespace memlog {

namespace {

// Ten significant digits: more are noise of the arithmetic, fewer would lose small probabilities.
Value number(double value) {
  if (!is_known(value) || value == 0.0) return Value(value);
  const double scale = std::pow(10.0, 10 - std::ceil(std::log10(std::fabs(value))));
  return Value(std::isfinite(scale) ? std::round(value * scale) / scale : value);
}

}  // namespace

Timestamp Leaks::time_at(double t) const {
  Timestamp time = sample_time_;
  if (!is_known(t)) return {};
  // Whole seconds: the place on the axis is a measurement, not a line of the log.
  time.ns = static_cast<std::int64_t>(std::llround(clock_.log_time(t))) * kNanosPerSecond;
  time.digits = 0;
  return time;
}

std::string Leaks::name_of_series(const stats::LeakResult& result, const ReadResult& read) const {
  if (!result.series) return "all processes together";
  const std::string name = read.names.processes.display(book_.series()[*result.series].process());
  return name.empty() ? "the process" : name;
}

Value Leaks::segments_value(const stats::LeakResult& result) const {
  Value::List list;
  for (const auto& segment : result.segments) {
    list.emplace_back(Value::Object{{"start", Value(time_at(segment.start))},
                                    {"end", Value(time_at(segment.end))},
                                    {"samples", segment.samples},
                                    {"started_by", segment.after_restart ? "restart" : "first_sample"}});
  }
  return list;
}

Value Leaks::culprits_value(const stats::LeakResult& result, const ReadResult& read) const {
  Value::List list;
  for (const stats::Culprit& culprit : result.culprits) {
    list.emplace_back(Value::Object{{"task", std::string(read.names.names.text(culprit.task))},
                                    {"runs", culprit.runs},
                                    {"kept_mb_per_run", number(culprit.kept_mb_per_run)},
                                    {"kept_mb", number(culprit.kept_mb)},
                                    {"share", number(culprit.share)},
                                    {"evidence", number(culprit.evidence)},
                                    {"certain", culprit.certain}});
  }
  return list;
}

std::vector<Correlate> Leaks::correlates(const stats::LeakResult& result) const {
  if (!result.series || (result.verdict != stats::Verdict::leak && result.verdict != stats::Verdict::below_threshold)) return {};
  const stats::LeakSeries& series = book_.series()[*result.series];
  return counters_.growing_with_memory(series.process(), series.segments());
}

Value Leaks::correlates_value(const stats::LeakResult& result, const ReadResult& read) const {
  Value::List list;
  for (const Correlate& correlate : correlates(result)) {
    list.emplace_back(Value::Object{{"metric", std::string(read.names.names.text(correlate.metric))},
                                    {"growth_per_hour", number(correlate.growth_per_hour)},
                                    {"correlation", number(correlate.correlation)},
                                    {"first", correlate.first},
                                    {"last", correlate.last}});
  }
  return list;
}

Value Leaks::series_value(const stats::LeakResult& result, const ReadResult& read) const {
  const std::string process = result.series ? read.names.processes.display(book_.series()[*result.series].process()) : std::string();
  Value::List models;
  for (const auto& model : result.models) models.emplace_back(Value::Object{{"model", model.model}, {"weight", number(model.weight)}});
  Value classic;
  if (result.classic) {
    const stats::ClassicFigures& figures = *result.classic;
    classic = Value::Object{{"growth_rate_mb_per_hour", number(figures.growth_rate_mb_per_hour)},
                            {"growing_share", number(figures.growing_share)},
                            {"confidence", stats::name_of(figures.confidence)},
                            {"leak_detected", figures.leak_detected},
                            {"total_growth_mb", number(figures.total_growth_mb)},
                            {"duration_hours", number(figures.duration_hours)},
                            {"start_mb", figures.start_mb},
                            {"end_mb", figures.end_mb},
                            {"samples", figures.samples},
                            {"enough_data", figures.enough_data}};
  }
  const Limit limit = limit_of(result);
  return Value::Object{
      {"name", result.series ? text_or_null(process) : Value("all processes together")},
      {"process", text_or_null(process)},
      {"verdict", stats::name_of(result.verdict)},
      {"reason", text_or_null(stats::name_of(result.reason))},
      {"daily_cycle", result.daily_cycle},
      {"confidence", stats::name_of(result.confidence)},
      {"leak_probability", number(result.leak_probability)},
      {"growth_probability", number(result.growth_probability)},
      {"p_value", number(result.p_value)},
      {"slope_mb_per_hour", number(result.slope_mb_per_hour)},
      {"slope_low_mb_per_hour", number(result.slope_low_mb_per_hour)},
      {"slope_high_mb_per_hour", number(result.slope_high_mb_per_hour)},
      {"model", text_or_null(result.model)},
      {"models", std::move(models)},
      {"autocorrelation", number(result.autocorrelation)},
      {"samples", result.samples},
      {"floor_samples", static_cast<std::uint64_t>(result.floor_samples)},
      {"bins", static_cast<std::uint64_t>(result.bins)},
      {"bin_hours", number(result.bin_hours)},
      {"resolution", result.bins == 0 ? Value() : Value(result.troughs ? "troughs" : "bins")},
      {"first_time", Value(time_at(result.first_t))},
      {"last_time", Value(time_at(result.last_t))},
      {"duration_hours", number(result.duration_hours)},
      {"segments", segments_value(result)},
      {"onset", Value(time_at(result.onset_t))},
      {"floor_start_mb", number(result.floor_start_mb)},
      {"floor_end_mb", number(result.floor_end_mb)},
      {"growth_mb", number(result.growth_mb)},
      {"culprits", culprits_value(result, read)},
      {"limit_mb", rounded(limit.mb, 1)},
      {"limit_source", text_or_null(limit.source)},
      {"hours_to_limit", number(result.hours_to_limit)},
      {"hours_to_limit_low", number(result.hours_to_limit_low)},
      {"hours_to_limit_high", number(result.hours_to_limit_high)},
      {"limit_at", Value(time_at(result.limit_t))},
      {"hours_to_limit_peaks", number(result.hours_to_limit_peaks)},
      {"least_squares_mb_per_hour", number(result.line_mb_per_hour)},
      {"least_squares_segments_mb_per_hour", number(result.segments_mb_per_hour)},
      {"correlates", correlates_value(result, read)},
      {"classic", std::move(classic)},
  };
}

Limit Leaks::limit_of(const stats::LeakResult& result) const {
  if (!in_mb()) return {};
  return result.series ? limit_.limit_of(book_.series()[*result.series].process()) : limit_.limit();
}

Report Leaks::report(const ReadResult& read) {
  stats::LeakOptions options;
  options.method = options_.method;
  options.threshold_mb_per_hour = options_.threshold_mb_per_hour;
  options.min_duration_hours = options_.min_duration_s / 3600.0;
  options.min_samples = options_.min_samples;
  options.limit_of = [this](ProcessId process) { return in_mb() ? limit_.limit_of(process).mb : kMissing; };
  const stats::LeakReport answer = stats::analyse_leaks(book_.series(), options);
  leaks_ = answer.verdict() == stats::Verdict::leak;

  Report report;
  report.schema = "memlog.leaks/1";
  report.entries = "series";
  Value::List list;
  for (const stats::LeakResult& result : answer.series) list.emplace_back(series_value(result, read));
  report.fields = {{"metric", options_.metric},
                   {"method", options_.method == stats::Method::robust ? "robust" : "classic"},
                   {"threshold_mb_per_hour", options.threshold_mb_per_hour},
                   {"min_duration_hours", options.min_duration_hours},
                   {"min_samples", static_cast<std::uint64_t>(options.min_samples)},
                   {"verdict", stats::name_of(answer.verdict())},
                   {"series", std::move(list)}};
  // The worst first; the others only where they say something.
  if (answer.answer) tell(report, answer.series[*answer.answer], read);
  for (std::size_t i = 0; i < answer.series.size(); ++i) {
    if (i != answer.answer) tell(report, answer.series[i], read);
  }
  if (answer.series.empty()) report.blocks.emplace_back(Paragraph{in_mb() ? std::string("NOT ENOUGH DATA: no sample with a time") : "NOT ENOUGH DATA: no sample with '" + options_.metric + "'"});
  report.blocks.emplace_back(Paragraph{coverage_text(read), Tone::dim});
  return report;
}

}  // namespace memlog
