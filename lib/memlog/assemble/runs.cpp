#include "memlog/assemble/runs.h"

#include <algorithm>
#include <utility>

#include "memlog/format/format.h"

namespace memlog {

namespace {

// A process that starts this many runs without ending one does not pair; the oldest are given up.
constexpr std::size_t kMostOpenRuns = 256;

}  // namespace

std::string_view to_string(RunOutcome outcome) {
  switch (outcome) {
    case RunOutcome::open: return "open";
    case RunOutcome::finished: return "finished";
    case RunOutcome::failed: return "failed";
    case RunOutcome::retried: return "retried";
    case RunOutcome::killed: return "killed";
    case RunOutcome::unfinished: return "unfinished";
  }
  return "open";
}

RunTracker::RunTracker(OnEnd on_end) : on_end_(std::move(on_end)), daily_(find_format("daily")), celery_(find_format("celery")) {}

// The newest open run of the event's task: the very one where both tell its id, else one that tells none.
std::size_t RunTracker::run_of(const std::vector<Run>& open, const Event& event) {
  std::size_t at = open.size();
  for (std::size_t i = open.size(); i-- > 0;) {
    if (open[i].task != event.task) continue;
    if (open[i].run_id == event.run_id) return i;
    if (at == open.size() && (open[i].run_id == 0 || event.run_id == 0)) at = i;
  }
  return at;
}

void RunTracker::grow(ProcessId process) {
  open_.resize(process + 1);
  shut_down_.resize(process + 1);
}

void RunTracker::fold_any(const Event& event) {
  switch (event.kind) {
    case EventKind::task_start: start(event); return;
    case EventKind::task_end:
    case EventKind::task_failed: end(event); return;
    case EventKind::task_retried: {
      std::vector<Run>& open = runs(event.process);
      const std::size_t i = run_of(open, event);
      const End at{event.time, event.line};
      if (i != open.size()) close(open, i, RunOutcome::retried, &at);
      return;
    }
    case EventKind::kill:
    case EventKind::heap_limit: end_all(event.process, RunOutcome::killed, &event); return;
    case EventKind::worker_started:
      if (event.is(flag::kBoot)) {  // the whole pool of a container
        for (ProcessId process = 0; process < open_.size(); ++process) {
          if (!open_[process].empty() && open_[process].front().host == event.host) end_all(process, RunOutcome::killed, &event);
        }
        return;
      }
      end_all(event.process, RunOutcome::killed, &event); return;
    case EventKind::worker_exited:
      end_all(event.process, event.is(flag::kOrderly) ? RunOutcome::unfinished : RunOutcome::killed, &event);
      return;
    case EventKind::restart:
      end_all(event.process, RunOutcome::killed, &event);
      return;
    case EventKind::operation:
    case EventKind::gc:
    case EventKind::oom_kill:
    case EventKind::pressure_kill:
    case EventKind::worker_lost:
    case EventKind::time_limit:
    case EventKind::kill_hint:
    case EventKind::service_stopped:
    case EventKind::service_started:
    case EventKind::service_ended:
    case EventKind::machine_stopped:
    case EventKind::end_hint:
    case EventKind::said_start:
    case EventKind::last_words:
    case EventKind::report:
    case EventKind::part: return;
    case EventKind::sample:
    case EventKind::checkpoint:
    case EventKind::snapshot: break;
  }
  std::vector<Run>& open = runs(event.process);
  if (event.is(flag::kBoot)) {
    if (!open.empty()) end_all(event.process, shut_down_[event.process] != 0 ? RunOutcome::unfinished : RunOutcome::killed, &event);
    shut_down_[event.process] = 0;
  } else if (!open.empty()) {
    note_sample(open, event);
  }
  if (event.is(flag::kShutdown)) shut_down_[event.process] = 1;
}

void RunTracker::start(const Event& event) {
  std::vector<Run>& open = runs(event.process);
  const bool one_at_a_time = event.format == daily_ || event.format == celery_;
  if (event.run_id != 0) {
    // A thread pool: several at once, of which each id can start again only when it was over.
    const auto same = std::find_if(open.begin(), open.end(), [&](const Run& run) { return run.run_id == event.run_id && run.task == event.task; });
    if (same != open.end()) close(open, static_cast<std::size_t>(same - open.begin()), RunOutcome::retried, nullptr);
  } else if (one_at_a_time && !open.empty()) end_all(event.process, event.format == celery_ ? RunOutcome::retried : RunOutcome::unfinished, nullptr);
  if (open.size() == kMostOpenRuns) close(open, 0, RunOutcome::unfinished, nullptr);
  note_sample(open, event);
  Run run;
  run.task = event.task;
  run.process = event.process;
  run.host = event.host;
  run.run_id = event.run_id;
  run.start = run.end = event.time;
  run.start_mb = run.last_mb = run.peak_mb = event.rss_mb;
  run.line = event.line;
  run.input = event.input;
  open.push_back(run);
}

void RunTracker::end(const Event& event) {
  std::vector<Run>& open = runs(event.process);
  const bool any_label = event.format == daily_;
  const std::size_t at = !any_label ? run_of(open, event) : open.empty() ? 0 : open.size() - 1;
  note_sample(open, event);
  if (at == open.size()) return;
  if (any_label && is_known(event.peak_mb) && !(open[at].peak_mb >= event.peak_mb)) open[at].peak_mb = event.peak_mb;
  const bool failed = event.kind == EventKind::task_failed;
  if (is_known(event.rss_mb)) open[at].delta_mb = is_known(event.delta_mb) ? event.delta_mb : event.rss_mb - open[at].start_mb;
  const End there{event.time, event.line};
  close(open, at, failed ? RunOutcome::failed : RunOutcome::finished, &there);
}

// As start() and end() of events. Bare readings are of logs whose tasks run one at a time.
void RunTracker::start(std::vector<Run>& open, const BareReading& reading, std::uint64_t line_offset) {
  if (!open.empty()) end_all(reading.process, reading.format == celery_ ? RunOutcome::retried : RunOutcome::unfinished, nullptr);
  open.push_back(started(reading, line_offset));
}

Run RunTracker::started(const BareReading& reading, std::uint64_t line_offset) {
  Run run;
  run.task = reading.task;
  run.process = reading.process;
  run.start.ns = run.end.ns = reading.ns;
  run.start.digits = run.end.digits = reading.digits;
  run.start_mb = run.last_mb = run.peak_mb = reading.rss_mb();
  run.line = line_offset + reading.line;
  return run;
}

// Behind note_sample().
void RunTracker::end(std::vector<Run>& open, const BareReading& reading, std::uint64_t line_offset) {
  std::size_t at = open.size() - 1;
  if (reading.format != daily_) {
    while (open[at].task != reading.task) {
      if (at-- == 0) return;
    }
  }
  Run& run = open[at];
  run.delta_mb = reading.delta != BareReading::kNoChange ? reading.delta / 10.0 : reading.rss_mb() - run.start_mb;
  const End there{{.ns = reading.ns, .digits = reading.digits}, line_offset + reading.line};
  close(open, at, reading.kind == EventKind::task_failed ? RunOutcome::failed : RunOutcome::finished, &there);
}

void RunTracker::close(std::vector<Run>& open, std::size_t at, RunOutcome outcome, const End* end) {
  Run& run = open[at];
  run.outcome = outcome;
  const bool by_itself = outcome == RunOutcome::finished || outcome == RunOutcome::failed || outcome == RunOutcome::retried;
  if (end != nullptr && by_itself) {
    if (end->time.known()) run.end = end->time;
    run.end_line = end->line;
  }
  on_end_(run);
  open.erase(open.begin() + static_cast<std::ptrdiff_t>(at));
}

void RunTracker::end_all(ProcessId process, RunOutcome outcome, const Event* event) {
  std::vector<Run>& open = runs(process);
  End end;
  if (event != nullptr) end = {event->time, event->line};
  while (!open.empty()) close(open, 0, outcome, event != nullptr ? &end : nullptr);
}

void RunTracker::finish() {
  for (ProcessId process = 0; process < open_.size(); ++process) end_all(process, RunOutcome::unfinished, nullptr);
}

}  // namespace memlog
