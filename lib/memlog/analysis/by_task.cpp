#include "memlog/analysis/by_task.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <span>

#include "memlog/format/format.h"

namespace memlog {

namespace {

constexpr std::size_t kMostListedRuns = 100'000;
// Tenths of a MB that a tally has room for, and as many counters as others may count up.
constexpr std::size_t kCounted = 1 << 16;
static_assert(kCounted <= Histogram::kMaxSteps);

std::int64_t fixed(double mb) { return nearest(mb * 10'000.0); }

}  // namespace

ByTask::ByTask(const Options& options) : options_(options), tracker_([this](const Run& run) { end_run(run); }), daily_(find_format("daily")), celery_(find_format("celery")) {}

void ByTask::keep(NameId name, double mb) {
  if (name == kNoName) return;
  Wait& wait = counting_[name].wait;
  stats::EvenSamples& samples = tasks_[name].kept().readings;
  samples.skip(wait.planned);
  samples.add(mb);
  constexpr std::uint64_t kMost = std::numeric_limits<std::uint32_t>::max();
  wait.planned = wait.left = static_cast<std::uint32_t>(std::min(samples.may_skip(), kMost));
}

// A reading in full, and what will do for the next ones of its task.
void ByTask::tell(const BareReading& reading, std::uint64_t line) {
  if (reading.task == kNoName) return;
  Task& entry = tasks_[reading.task];
  const double mb = reading.rss_mb();
  if (!is_known(entry.max_mb)) select(reading.task);
  add_to(entry.rss, [&](Histogram& rss) { rss.add_tenths(reading.rss); });
  if (!(entry.min_mb <= mb)) entry.min_mb = mb;
  if (!(entry.max_mb >= mb)) {
    entry.max_mb = mb;
    entry.max_at = event_of(reading).time;
    entry.max_input = 0;
    entry.max_line = line;
  }
  begin_tally(reading.task);
}

// Its histogram's counters may be elsewhere, and other values within what was seen.
void ByTask::begin_tally(NameId name) {
  Task& entry = tasks_[name];
  Tally& tally = counting_[name].tally = {};
  const std::span<std::uint16_t> counters = entry.rss.counters();
  if (counters.empty()) return;
  // What came as events may have more decimals; then tenths are no bounds.
  const double most = std::floor(entry.max_mb * 10.0);
  const double least = std::ceil(entry.min_mb * 10.0);
  if (!(least >= 0.0 && most >= least && most < static_cast<double>(std::min(counters.size(), kCounted)))) return;
  tally = {counters.data(), static_cast<std::uint32_t>(least), static_cast<std::uint16_t>(most - least), entry.rss.least_counter()};
}

void ByTask::put_aside() {
  forget_tallies();
  aside_.put(tasks_.size(), [this](std::size_t name) -> Histogram& { return tasks_[name].rss; });
  steps_bytes_ = 0;
}

// The log has ended: all that is asked of the steps.
void ByTask::take_quantiles() {
  forget_tallies();
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
  forget_tallies();
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
  if (slice.row != nullptr) fold_columns(slice);
  for (const Event& event : slice.events) {
    if (event.is(flag::kSelected)) select(event.task);
    if (event.kind == EventKind::task_start && event.is(flag::kSelected)) ++task(event.task).runs.started;
    tracker_.fold(event);
    if (event.is(flag::kSample | flag::kSelected)) ++samples_;
    if (!event.is(flag::kSample | flag::kSelected) || event.task == kNoName || !is_known(event.rss_mb)) continue;
    Task& entry = task(event.task);
    if (event.task < counting_.size()) counting_[event.task].tally = {};
    if (leaves_steps_) entry.rss.add_count(event.rss_mb);
    else add_to(entry.rss, [&](Histogram& rss) { rss.add(event.rss_mb); });
    if (options_.samples) {
      if (counting_.size() < tasks_.size()) counting_.resize(tasks_.size());
      in_turn(event.task, event.rss_mb);
    }
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
  if (is_known(run.peak_mb)) add_peak(entry, run.peak_mb, fixed(run.peak_mb));
  if (run.outcome == RunOutcome::finished) {
    if (is_known(run.delta_mb)) add_delta(runs, fixed(run.delta_mb));
    if (run.start.known() && run.end.known()) add_duration(runs, run.end.ns - run.start.ns);
  }
  if (!options_.runs) return;
  if (listed_.size() < kMostListedRuns) listed_.push_back(run);
  else ++runs_not_listed_;
}

}  // namespace memlog
