#include "memlog/analysis/leaks.h"

#include "memlog/format/format.h"

namespace memlog {

Leaks::Leaks(const Options& options)
    : options_(options), limit_(options.limit_mb), tracker_([](const Run&) {}), daily_(find_format("daily")), celery_(find_format("celery")) {}

// Whether a run is open decides, in logs that mark runs.
stats::SampleState Leaks::marked_state(EventKind kind, ProcessId process, NameId task, bool celery) {
  using stats::SampleState;
  const bool open = !tracker_.open_runs(process).empty();
  if (kind == EventKind::task_start) return SampleState::run_start;
  if (ends_run(kind)) return SampleState::run_end;
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
  const bool ends = ends_run(event.kind);
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
  const bool ends = ends_run(bare.kind);
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
    const bool ends = ends_run(event.kind);
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

}  // namespace memlog
