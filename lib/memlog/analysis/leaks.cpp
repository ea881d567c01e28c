#include "memlog/analysis/leaks.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

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

Leaks::Leaks(const Options& options)
    : options_(options), limit_(options.limit_mb), tracker_([](const Run&) {}), daily_(find_format("daily")), celery_(find_format("celery")) {}

// Whether a run is open decides, in logs that mark runs.
stats::SampleState Leaks::marked_state(EventKind kind, ProcessId process, NameId task, bool celery) {
  using stats::SampleState;
  const bool open = !tracker_.open_runs(process).empty();
  if (kind == EventKind::task_start) return SampleState::run_start;
  if (kind == EventKind::task_end || kind == EventKind::task_failed) return SampleState::run_end;
  if (celery) return open || kind == EventKind::checkpoint ? SampleState::in_task : SampleState::idle;
  if (task >= task_labels_.size()) task_labels_.resize(task + 1);
  if (open && (task != idle_ || idle_ == kNoName)) task_labels_[task] = 1;
  // A log may begin in the middle of a run: its label tells.
  return open || task_labels_[task] != 0 ? SampleState::in_task : SampleState::idle;
}

stats::SampleState Leaks::state_of(const Event& event) {
  using stats::SampleState;
  if (event.is(flag::kBoot) || event.is(flag::kShutdown)) return SampleState::aside;
  if (event.format == daily_ || event.format == celery_) return marked_state(event.kind, event.process, event.task, event.format == celery_);
  // Elsewhere only some operations are marked. Readings by the clock show the floor fairly; those that an event caused,
  // a login or an alert, were taken because memory had just risen.
  if (event.process >= has_clock_.size()) has_clock_.resize(event.process + 1);
  if (event.task == periodic_ && periodic_ != kNoName) {
    has_clock_[event.process] = true;
    return SampleState::unknown;
  }
  const bool ends = event.kind == EventKind::task_end || event.kind == EventKind::task_failed;
  return ends || has_clock_[event.process] ? SampleState::aside : SampleState::unknown;
}

void Leaks::add_sample(const Event& event, double t, const EventBatch& batch) {
  stats::Reading reading;
  reading.t = t;
  reading.rss_mb = value_of(event, batch);
  reading.state = state_of(event);
  reading.sessions = batch.metric_of(event, name::kSessions);
  reading.active_dls = batch.metric_of(event, name::kActiveDownloads);
  reading.source = (static_cast<std::uint64_t>(event.input) << 48) | (event.line & 0xffffffffffffULL);
  if (event.kind == EventKind::task_start) book_.run_started(event.process, event.task, t);
  if (is_known(reading.rss_mb)) book_.add(event.process, reading);
  if (options_.metric != "rss") return;
  for (std::uint32_t i = 0; i < event.metrics_count; ++i) {
    const Metric& metric = batch.metrics[event.metrics_begin + i];
    counters_.add(event.process, metric.name, t, event.rss_mb, metric.value);
  }
}

// As fold() does with the event of such a line.
void Leaks::fold_reading(const BareReading& bare, std::uint64_t line_offset) {
  limit_.fold(bare);
  const auto t = clock_.repair(seconds_of(bare.ns));
  if (!t) return;
  stats::Reading reading;
  reading.t = *t;
  reading.rss_mb = bare.rss_mb();
  reading.state = marked_state(bare.kind, bare.process, bare.task, bare.format == celery_);
  reading.source = line_offset + bare.line;
  if (bare.kind == EventKind::task_start) book_.run_started(bare.process, bare.task, *t);
  book_.add(bare.process, reading);
  if (bare.kind == EventKind::sample || bare.kind == EventKind::checkpoint) return;    // no run of the tracker starts or ends
  const bool ends = bare.kind == EventKind::task_end || bare.kind == EventKind::task_failed;
  const std::vector<Run>& open = tracker_.open_runs(bare.process);
  const NameId ended = ends && !open.empty() ? open.back().task : kNoName;
  tracker_.fold(bare, line_offset);
  if (ended != kNoName) book_.run_ended(bare.process, ended, *t);
}

double Leaks::value_of(const Event& event, const EventBatch& batch) const {
  if (options_.metric == "rss") return event.rss_mb;
  if (options_.metric == "vms") return event.vms_mb;
  if (options_.metric == "container") return event.container_mb;
  return metric_ == kNoName ? kMissing : batch.metric_of(event, metric_);
}

// Where the log has no times, the user's interval supplies them: readings are numbered.
std::optional<double> Leaks::axis_time(const Event& event) {
  if (event.time.known()) return clock_.repair(event.time.seconds());
  if (!(options_.interval_s > 0)) return std::nullopt;
  const double t = supplied_s_;
  if (event.is(flag::kSample)) supplied_s_ += options_.interval_s;
  return clock_.repair(t);
}

void Leaks::fold(const Slice& slice) {
  if (metric_ == kNoName) metric_ = slice.names.names.find(options_.metric);
  if (idle_ == kNoName) idle_ = slice.names.names.find("Idle");
  if (periodic_ == kNoName) periodic_ = slice.names.names.find("Periodic Check");
  if (task_labels_.size() < slice.names.names.size()) task_labels_.resize(slice.names.names.size());
  if (!slice.readings.empty()) {
    fold_readings(slice.readings, slice.batch.line_offset);
    sample_time_ = event_of(slice.readings.back()).time;
  }
  if (slice.row != nullptr) {
    fold_columns(*slice.row, slice.batch.line_offset);
    sample_time_ = slice.row->event(slice.row->size() - 1).time;
  }
  for (const Event& event : slice.events) {
    limit_.fold(event);
    const auto t = event.kind == EventKind::operation ? std::nullopt : axis_time(event);
    if (!t) continue;
    const bool restarts = event.kind == EventKind::restart || event.kind == EventKind::worker_started || event.is(flag::kBoot);
    if (restarts) book_.restart(event.process, *t);
    const std::vector<Run>& open = tracker_.open_runs(event.process);
    const bool ends = event.kind == EventKind::task_end || event.kind == EventKind::task_failed;
    const NameId ended = ends && !open.empty() ? open.back().task : kNoName;
    const bool reading = event.is(flag::kSample) || (options_.metric == "container" && event.is(flag::kRecord) && is_known(event.container_mb));
    if (reading && event.is(flag::kSelected)) {
      if (event.time.known()) sample_time_ = event.time;
      add_sample(event, *t, slice.batch);
    }
    tracker_.fold(event);
    if (ended != kNoName && event.is(flag::kRecord)) book_.run_ended(event.process, ended, *t);
  }
}

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
