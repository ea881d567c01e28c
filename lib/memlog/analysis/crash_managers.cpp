#include <optional>
#include <string>
#include <utility>

#include "memlog/analysis/crash.h"
#include "memlog/format/format.h"

// What those say who run processes: Celery's pool, and others who stop, recycle and miss their workers.
namespace memlog {

using namespace crash;

// What the manager says about a process before it kills it, by pid.
void Crash::note_manager(Manager note) {
  constexpr std::size_t kMostNotes = 64;
  if (manager_.size() == kMostNotes) manager_.erase(manager_.begin());
  manager_.push_back(std::move(note));
}

// The pool stops, or kills the worker of a task that was revoked, whose pid it does not say.
void Crash::pool_stops(const Event& event, const Slice& slice) {
  const std::string text(slice.batch.context_of(event));
  note_manager({kMissing, event.host, event.time, "goodbye", text, {event.input, event.line}});
  if (!event.is(flag::kShutdown)) return;
  for (Life& open : lives_) {
    if (open.empty() || open.host != event.host || open.last_source.input != event.input) continue;
    open.shut_down = true;
    open.goodbye_time = event.time;
    open.goodbye_text = text;
    open.goodbye_source = {event.input, event.line};
  }
}

void Crash::worker_exited(const Event& event, const Slice& slice) {
  static const int celery = find_format("celery");
  static const int heroku = find_format("heroku");
  if (!event.is(flag::kOrderly)) {
    // The manager says how it ended: by itself, and not for memory.
    if (event.format == celery) {
      replacements_.exited(event);
      end_worker(event, slice);
    }
    return;
  }
  if (event.format == celery && slice.names.processes.name(event.process) == "MainProcess") {
    pool_stops(event, slice);
    return;
  }
  // In a log of its own it speaks of whatever it runs.
  if (event.format == heroku && life(event.process).empty()) services_.add(event, slice);
  const std::string text(slice.batch.context_of(event));
  const double pid = slice.batch.metric_of(event, name::kPid);
  if (is_known(pid)) note_manager({pid, event.host, event.time, "goodbye", text, {event.input, event.line}});
  Life& ended = life(event.process);
  // gunicorn's word about one of its workers: whether that is the one that another log tells of, its pid does not say.
  const bool of_worker = is_known(pid) && event.format != celery && !ended.empty() && ended.last_source.input != event.input;
  if (event.is(flag::kShutdown) || of_worker) {
    // It has yet to stop, and may write readings until then.
    if (!ended.empty() && !ended.shut_down) stops_for_memory(event, text);
    ended.shut_down = ended.shut_down || !ended.empty();
    ended.goodbye_time = event.time;
    ended.goodbye_text = text;
    ended.goodbye_source = {event.input, event.line};
    ended.goodbye_asked = text.find("SIG") != std::string::npos || text.find("ignal") != std::string::npos;
    ended.replaced_time = {};
    stopping_ |= ended.shut_down;
    return;
  }
  replacements_.exited(event);
  survivors_.add(ended);
  ended = Life{};
  ended.goodbye_time = event.time;
  ended.goodbye_text = text;
  ended.goodbye_source = {event.input, event.line};
}

// A program that stops begins nothing new: who does so some seconds behind words that no signal asked for has spoken of a part
// of itself. Readings and the ends of tasks come until it has stopped.
void Crash::works_on(const Event& event, const Slice& slice) {
  constexpr std::int64_t kLastStartsNs = 10 * kNanosPerSecond;
  bool any = false;
  for (const Life& other : lives_) any |= other.shut_down && other.goodbye_time.known() && event.time.ns - other.goodbye_time.ns <= Life::kStopsWithinNs;
  stopping_ = any;
  Life& open = life(event.process);
  if (!open.shut_down || !open.goodbye_time.known() || open.goodbye_asked || event.is(flag::kBoot) || event.time.ns - open.goodbye_time.ns <= kLastStartsNs) return;
  const std::string_view what = slice.task_of(event);
  const bool begins = event.kind == EventKind::task_start || what.ends_with(" Started") || what.ends_with(" Start") || what.ends_with(" Created") || what.ends_with(" Creation");
  if (!begins) return;
  open.shut_down = false;
  open.goodbye_time = {};
}

// MainProcess says that a worker was lost, without its name: it belongs to the last kill of its container.
void Crash::worker_lost(const Event& event, const Slice& slice) {
  for (std::size_t i = deaths_.size(); i-- > 0;) {
    Death& death = deaths_[i];
    if (!event.time.known() || !death.time.known() || event.time.ns - death.time.ns > kSameDeathNs) break;
    if (death.host != event.host || death.evidence.empty() || death.evidence.back().kind != "sigkill") continue;
    const std::string text(slice.batch.context_of(event));
    death.evidence.push_back({"worker_lost", event.time, text, {event.input, event.line}});
    return;
  }
  if (!event.time.known() || slice.batch.context_of(event).find("signal 9") == std::string_view::npos) return;
  // Nobody else tells of the kill. It was the one worker of that container that is in the middle of a task; of several
  // the one that fits when all is read.
  std::optional<ProcessId> only;
  std::size_t busy = 0;
  for (ProcessId process = 0; process < lives_.size(); ++process) {
    const std::vector<Run>& open = tracker_.open_runs(process);
    if (open.empty() || lives_[process].empty() || open.front().host != event.host) continue;
    only = process;
    ++busy;
  }
  Death told = words_of(event, slice);
  if (busy == 1) {
    Life& ended = lives_[*only];
    Death death = death_of(*only, ended);
    death.time = event.time;
    death.host = event.host;
    death.evidence = std::move(told.evidence);
    judge_kill(death, ended);
    look_for_leak(death, ended);
    add_death(std::move(death));
    ended = Life{};
    tracker_.end_process(*only);
  } else if (!options_.tasks_filtered) {
    told.operations = operations_around(event, slice);
    if (options_.timeline) told.timeline = moments_.between(event.time, event.time);
    add_kill(std::move(told));
  }
}

}  // namespace memlog
