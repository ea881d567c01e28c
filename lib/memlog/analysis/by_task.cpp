#include "memlog/analysis/by_task.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <span>

#include "memlog/assemble/run_rows.h"
#include "memlog/event/bare_row.h"
#include "memlog/format/format.h"

namespace memlog {

namespace {

constexpr std::size_t kMostListedRuns = 100'000;
// Tenths of a MB that a tally has room for.
constexpr std::size_t kCounted = 1 << 16;

std::int64_t fixed(double mb) { return nearest(mb * 10'000.0); }

}  // namespace

ByTask::ByTask(const Options& options) : options_(options), tracker_([this](const Run& run) { end_run(run); }), daily_(find_format("daily")), celery_(find_format("celery")) {}

void ByTask::begin_readings(const Slice& slice, std::size_t readings) {
  samples_ += readings;
  if (tasks_.size() < slice.names.names.size()) tasks_.resize(slice.names.names.size());
  tallies_.resize(tasks_.size());
}

void ByTask::fold_readings(const Slice& slice) {
  begin_readings(slice, slice.readings.size());
  // The daily log is about one process, whose runs follow one another.
  const std::uint8_t format = slice.readings.front().format;
  if (format == daily_ && slice.batch.has_only(format)) fold_row(BareRow(slice.readings), slice.batch.line_offset);
  else if (format == celery_ && slice.batch.has_only(format)) fold_rows(slice);
  else fold_mixed(slice);
}

void ByTask::fold_mixed(const Slice& slice) {
  const std::uint64_t line_offset = slice.batch.line_offset;
  constexpr std::size_t kAhead = 8;
  for (std::size_t i = 0; i < slice.readings.size(); ++i) {
    // Counters lie anywhere in some hundred kilobytes: they are asked for early.
    const BareReading& later = slice.readings[std::min(i + kAhead, slice.readings.size() - 1)];
    if (const Tally& tally = tallies_[later.task]; tally.left != 0 && later.rss - tally.least <= tally.span) __builtin_prefetch(tally.counters + later.rss, 1);
    const BareReading& reading = slice.readings[i];
    if (reading.kind == EventKind::task_start) ++tasks_[reading.task].runs.started;
    tracker_.fold(reading, line_offset);
    count(reading, line_offset);
  }
}

void ByTask::fold_rows(const Slice& slice) {
  const std::uint64_t line_offset = slice.batch.line_offset;
  const std::span<const BareReading> all = slice.readings;
  // Counters lie anywhere in some hundred kilobytes: they are asked for early.
  constexpr std::size_t kAhead = 32;
  tracker_.fold_rows(all, line_offset, [&](std::size_t i) {
    const BareReading& later = all[std::min(i + kAhead, all.size() - 1)];
    if (const Tally& tally = tallies_[later.task]; later.rss - tally.least <= tally.span) __builtin_prefetch(tally.counters + later.rss, 1);
    tasks_[all[i].task].runs.started += all[i].kind == EventKind::task_start ? 1 : 0;
    count(all[i], line_offset);
  });
}

template <typename Row>
void ByTask::fold_row(const Row& row, std::uint64_t line_offset) {
  RunMarks marks = std::move(marks_);  // a local one: nothing of it is read anew for each reading
  const std::size_t size = row.size();
  marks.begin(size);
  for (std::size_t i = 0; i < size; ++i) marks.add(row.kind(i), row.rss(i));
  for (std::size_t i = 0; i < size; ++i) {
    if (counts(row.task(i), row.rss(i))) continue;
    const BareReading& told = row[i];  // of its own in columns
    tell(told, line_offset + told.line);
  }
  for (const RunMark& mark : marks.marks()) {
    tasks_[row.task(mark.at)].runs.started += row.kind(mark.at) == EventKind::task_start ? 1 : 0;
  }
  tracker_.fold_row(row, marks.marks(), marks.high_behind(), line_offset);
  marks_ = std::move(marks);
}

// A reading in full, and what will do for the next ones of its task.
void ByTask::tell(const BareReading& reading, std::uint64_t line) {
  if (reading.task == kNoName) return;
  Tally& known = tallies_[reading.task];
  if (reading.rss - known.least <= known.span && known.left != 0) {
    // A value that is new, or another 65,535 of it.
    Task& of = tasks_[reading.task];
    of.rss.counted(0, 0, known.began);
    known.began = 0;
    add_to(of.rss, [&](Histogram& rss) { rss.add_tenths(reading.rss); });
    if (of.samples != nullptr) of.samples->readings.skip(1);
    --of.planned;
    --known.left;
    const std::span<std::uint16_t> counters = of.rss.counters();
    // None of them may be left: the histogram has made its steps wider.
    if (counters.size() <= std::size_t{known.least} + known.span) return settle(reading.task);
    known.counters = counters.data();
    known.counter = of.rss.may_begin() >= known.left ? 0 : 1;
    return;
  }
  settle(reading.task);
  Task& entry = tasks_[reading.task];
  const double mb = reading.rss_mb();
  if (entry.rss.count() == 0) select(reading.task);
  add_to(entry.rss, [&](Histogram& rss) { rss.add_tenths(reading.rss); });
  if (options_.samples) entry.kept().readings.add(mb);
  if (!(entry.min_mb <= mb)) entry.min_mb = mb;
  if (!(entry.max_mb >= mb)) {
    entry.max_mb = mb;
    entry.max_at = event_of(reading).time;
    entry.max_input = 0;
    entry.max_line = line;
  }
  const std::span<std::uint16_t> counters = entry.rss.counters();
  // What came as events may have more decimals; then tenths are no bounds.
  const double most = std::floor(entry.max_mb * 10.0);
  const double least = std::ceil(entry.min_mb * 10.0);
  if (!(least >= 0.0 && most >= least && most < static_cast<double>(std::min(counters.size(), kCounted)))) return;
  Tally& tally = tallies_[reading.task];
  tally.counters = counters.data();
  tally.least = static_cast<std::uint16_t>(least);
  tally.span = static_cast<std::uint16_t>(most - least);
  constexpr std::uint64_t kMost = std::numeric_limits<std::uint32_t>::max();
  entry.planned = tally.left = static_cast<std::uint32_t>(options_.samples ? std::min(entry.kept().readings.may_skip(), kMost) : kMost);
  tally.counter = entry.rss.may_begin() >= tally.left ? 0 : 1;
}

// What was counted is the task's. From here on readings are told.
void ByTask::settle(NameId name) {
  if (name >= tallies_.size()) return;
  Tally& tally = tallies_[name];
  if (tally.counters == nullptr) return;
  Task& entry = tasks_[name];
  const std::uint64_t readings = entry.planned - tally.left;
  entry.rss.counted(readings, tally.sum, tally.began);
  if (entry.samples != nullptr) entry.samples->readings.skip(readings);
  tally = {};
}

void ByTask::put_aside() {
  for (NameId name = 0; name < tallies_.size(); ++name) settle(name);
  aside_.put(tasks_.size(), [this](std::size_t name) -> Histogram& { return tasks_[name].rss; });
  steps_bytes_ = 0;
}

// The log has ended: all that is asked of the steps.
void ByTask::take_quantiles() {
  for (NameId name = 0; name < tallies_.size(); ++name) settle(name);
  for (NameId name = 0; name < tasks_.size(); ++name) {
    Task& entry = tasks_[name];
    if (entry.rss.count() == 0) continue;
    aside_.add_to(name, entry.rss);
    const std::vector<double> quantiles = entry.rss.quantiles({0.5, 0.95});
    entry.p50_mb = quantiles[0];
    entry.p95_mb = quantiles[1];
    give_up_steps(name);
  }
  aside_ = {};
}

void ByTask::hand_over() {
  for (NameId name = 0; name < tasks_.size(); ++name) {
    aside_.add_to(name, tasks_[name].rss);
    give_up_steps(name);
  }
  aside_ = {};
}

void ByTask::give_up_steps(NameId name) {
  if (whole_ == nullptr) return tasks_[name].rss.forget_steps();
  std::string packed;
  tasks_[name].rss.take_packed(packed);
  if (packed.empty()) return;
  whole_->add_to(whole_->task(name).rss, [&](Histogram& rss) { rss.add_packed(packed); });
  if (whole_->steps_bytes_ > whole_->options_.steps_bytes) whole_->put_aside();
}

void ByTask::fold(const Slice& slice) {
  if (!slice.readings.empty()) fold_readings(slice);
  if (slice.row != nullptr) {
    begin_readings(slice, slice.row->size());
    fold_row(*slice.row, slice.batch.line_offset);
  }
  for (const Event& event : slice.events) {
    if (event.is(flag::kSelected)) select(event.task);
    if (event.kind == EventKind::task_start && event.is(flag::kSelected)) ++task(event.task).runs.started;
    tracker_.fold(event);
    if (event.is(flag::kSample | flag::kSelected)) ++samples_;
    if (!event.is(flag::kSample | flag::kSelected) || event.task == kNoName || !is_known(event.rss_mb)) continue;
    Task& entry = task(event.task);
    settle(event.task);
    if (leaves_steps_) entry.rss.add_count(event.rss_mb);
    else add_to(entry.rss, [&](Histogram& rss) { rss.add(event.rss_mb); });
    if (options_.samples) entry.kept().readings.add(event.rss_mb);
    if (!(entry.min_mb <= event.rss_mb)) entry.min_mb = event.rss_mb;
    if (!(entry.max_mb >= event.rss_mb)) {
      entry.max_mb = event.rss_mb;
      entry.max_at = event.time;
      entry.max_input = event.input;
      entry.max_line = event.line;
    }
  }
  if (steps_bytes_ > options_.steps_bytes) put_aside();
}

void ByTask::end_run(const Run& run) {
  if (run.task >= selected_.size() || selected_[run.task] == 0) return;
  Task& entry = task(run.task);
  Runs& runs = entry.runs;
  switch (run.outcome) {
    case RunOutcome::finished: ++runs.finished; break;
    case RunOutcome::failed: ++runs.failed; break;
    case RunOutcome::retried: ++runs.retried; break;
    case RunOutcome::killed: ++runs.killed; break;
    case RunOutcome::unfinished:
    case RunOutcome::open: ++runs.unfinished; break;
  }
  if (is_known(run.peak_mb)) {
    runs.peak_sum += fixed(run.peak_mb);
    ++runs.peaks;
    if (options_.samples) entry.kept().peaks.add(run.peak_mb);
    if (!(runs.max_peak_mb >= run.peak_mb)) runs.max_peak_mb = run.peak_mb;
  }
  if (run.outcome == RunOutcome::finished) {
    if (is_known(run.delta_mb)) {
      runs.delta_sum += fixed(run.delta_mb);
      ++runs.deltas;
    }
    // Where the clock fell back in between, how long it took is not told.
    if (run.start.known() && run.end.known() && run.end.ns >= run.start.ns) {
      runs.duration_sum_s += static_cast<double>(run.end.ns - run.start.ns) / 1e9;
      ++runs.durations;
    }
  }
  if (!options_.runs) return;
  if (listed_.size() < kMostListedRuns) listed_.push_back(run);
  else ++runs_not_listed_;
}

}  // namespace memlog
