#include "memlog/analysis/curves.h"

#include <algorithm>
#include <cmath>

namespace memlog {

Curves::Curves(const Options& options) : options_(options), limit_(options.limit_mb), tracker_([this](const Run& run) {
  if (!run.start.known() || !run.end.known() || run.task >= selected_.size() || !selected_[run.task]) return;
  bands_.add(run);
}) {}

Curves::Series* Curves::series(std::vector<Series>& list, std::vector<int>& index, std::uint32_t id, std::size_t most, std::size_t bins) {
  if (id >= index.size()) index.resize(id + 1, -1);
  if (index[id] < 0) {
    if (list.size() == most) {
      if (&list == &tasks_) return nullptr;
      ++merged_;
      index[id] = static_cast<int>(most) - 1;
    } else {
      index[id] = static_cast<int>(list.size());
      list.emplace_back();
      list.back().id = id;
      list.back().curve = stats::Curve(bins);
    }
  }
  return &list[static_cast<std::size_t>(index[id])];
}

void Curves::mark(Mark::Kind kind, const Event& event) {
  if (!event.time.known()) return;
  if (marks_.size() == kMostMarks) {
    ++marks_left_out_;
    // Restarts and deaths matter more than one more alert.
    if (kind != Mark::Kind::restart && kind != Mark::Kind::death) return;
    const auto alert = std::find_if(marks_.begin(), marks_.end(), [](const Mark& m) { return m.kind != Mark::Kind::restart && m.kind != Mark::Kind::death; });
    if (alert == marks_.end()) return;
    marks_.erase(alert);
  }
  // A start or a death without a task of its own: what the process did last is the nearest to a reason.
  const bool ends = kind == Mark::Kind::restart || kind == Mark::Kind::death;
  marks_.push_back({kind, event.time, event.process, ends && event.task == kNoName ? last_tasks_[event.process] : event.task, event.rss_mb, source_of(event)});
}

void Curves::fold(const Slice& slice) {
  for (const Event& event : slice.events) {
    if (event.is(flag::kSelected)) {
      if (event.task >= selected_.size()) selected_.resize(event.task + 1);
      selected_[event.task] = true;
    }
    tracker_.fold(event);
    if (event.process >= last_tasks_.size()) last_tasks_.resize(event.process + 1, kNoName);
    note(event);
    if (event.task != kNoName) last_tasks_[event.process] = event.task;
  }
}

// Draws and marks what the user selected.
void Curves::note(const Event& event) {
  limit_.fold(event);
  if (!event.is(flag::kSelected) && !event.is(flag::kEvidence)) return;
  if (event.kind == EventKind::restart || event.kind == EventKind::worker_started || event.is(flag::kBoot)) mark(Mark::Kind::restart, event);
  if (is_death(event.kind)) mark(Mark::Kind::death, event);
  if (!event.is(flag::kSelected)) return;
  if (!event.is(flag::kSample) || !event.time.known() || !is_known(event.rss_mb)) return;
  if (!event.is(flag::kFirstAfterStart)) {
    if (event.is(flag::kCritical)) mark(Mark::Kind::critical, event);
    else if (event.is(flag::kHigh)) mark(Mark::Kind::high, event);
    else if (event.is(flag::kSpike)) mark(Mark::Kind::spike, event);
  }
  any_time_ = event.time;
  const double t = event.time.seconds();
  if (!(first_t_ <= t)) first_t_ = t;
  if (!(last_t_ >= t)) last_t_ = t;
  const auto add = [&](Series* to) {
    if (to == nullptr) return;
    to->curve.add(t, event.rss_mb, event.task, source_of(event));
    ++to->samples;
    if (!(to->min_mb <= event.rss_mb)) to->min_mb = event.rss_mb;
    if (to->max_mb >= event.rss_mb) return;
    to->max_mb = event.rss_mb;
    to->max_at = event.time;
  };
  add(series(processes_, process_index_, event.process, kMostProcesses, options_.bins));
  if (options_.by_task && event.task != kNoName) add(series(tasks_, task_index_, event.task, kMostTasks, options_.bins / 4));
}

Timestamp Curves::time_at(double t) const {
  Timestamp time = any_time_;
  // Seconds in a double are a little less or more than what the log wrote: back to its digits.
  const int digits = std::min<int>(time.digits, 6);
  const double steps = std::pow(10.0, digits);
  time.ns = std::llround(t * steps) * (kNanosPerSecond / std::llround(steps));
  return time;
}

}  // namespace memlog
