#include "memlog/analysis/crash.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "memlog/analysis/crash_clocks.h"
#include "memlog/base/size.h"
#include "memlog/format/format.h"
#include "memlog/stats/leak_analysis.h"

namespace memlog {

using crash::Confidence;
using crash::Death;
using crash::Evidence;
using crash::Life;
using crash::Verdict;

namespace {

// Words about one kill come within this time.
constexpr std::int64_t kSameDeathNs = 30 * kNanosPerSecond;
// A manager's word explains a kill this soon after it.
constexpr std::int64_t kSoonNs = 120 * kNanosPerSecond;
constexpr std::int64_t kRespawnNs = 5 * 60 * kNanosPerSecond;

// A memory this much lower after a kill is that of a new process.
constexpr double kStartsAnew = 0.7;

// More deaths than anyone reads are counted, not kept.
constexpr std::size_t kMostDeaths = 10'000;
constexpr std::size_t kMostKills = 1'000;

}  // namespace

Crash::Crash(const Options& options)
    : options_(options),
      limit_(options.limit_mb),
      tracker_([this](const Run& run) { life(run.process).add_run_end(run); }),
      moments_(options.timeline ? options.before_s : 0) {}

Life& Crash::life(ProcessId process) {
  if (process >= lives_.size()) lives_.resize(process + 1);
  return lives_[process];
}

void Crash::fold(const Slice& slice) {
  for (const Event& event : slice.events) {
    // Ends and starts of lives carry no task: a filter on tasks does not touch them.
    if (!event.is(flag::kSelected) && !event.is(flag::kBoot)) {
      tracker_.fold(event);
      continue;
    }
    // The limit of a process that was killed is its own, unless a platform speaks of the one that it runs.
    if (!is_death(event.kind) || slice.names.processes.name(event.process).empty()) limit_.fold(event);
    if (event.time.known() && event.kind != EventKind::operation) last_time_ = event.time;
    fold_event(event, slice);
    moments_.add(event, slice);
  }
}

void Crash::add_death(Death death) {
  if (options_.timeline) {
    // Until the restart: a kill that another log tells comes after the last word.
    const Timestamp& until = death.restarted_at.known() ? death.restarted_at : death.time;
    death.timeline = moments_.between(death.time, until);
  }
  if (deaths_.size() < kMostDeaths) deaths_.push_back(std::move(death));
}

void Crash::fold_event(const Event& event, const Slice& slice) {
  switch (event.kind) {
    case EventKind::restart: restart(event); tracker_.fold(event); return;
    case EventKind::kill:
    case EventKind::oom_kill:
    case EventKind::heap_limit:
    case EventKind::pressure_kill: kill(event, slice); tracker_.fold(event); return;
    case EventKind::worker_lost: worker_lost(event, slice); return;
    case EventKind::worker_started: worker_started(event, slice); tracker_.fold(event); return;
    case EventKind::time_limit: {
      if (const double pid = slice.batch.metric_of(event, name::kPid); is_known(pid)) {
        note_manager({pid, event.host, event.time, "time_limit", std::string(slice.batch.context_of(event)), {event.input, event.line}});
        return;
      }
      for (ProcessId process = 0; process < lives_.size(); ++process) {
        for (const Run& run : tracker_.open_runs(process)) {
          if (run.task != event.task) continue;
          lives_[process].limit_time = event.time;
          lives_[process].limit_text = std::string(slice.batch.context_of(event));
          lives_[process].limit_source = {event.input, event.line};
        }
      }
      return;
    }
    case EventKind::worker_exited:
      tracker_.fold(event);
      worker_exited(event, slice);
      return;
    case EventKind::operation:
      life(event.process).add_operation(event, slice.names.names.text(event.task), slice.batch.context_of(event));
      return;
    default: break;
  }
  if (event.is(flag::kBoot)) restart(event);
  else if (!kills_.empty() && event.is(flag::kSample | flag::kSelected)) cut_by_kill(event, slice);
  replacements_.seen(event, slice.names, tracker_);
  tracker_.fold(event);
  if (!event.is(flag::kRecord) || !event.is(flag::kSelected)) return;
  Life& current = life(event.process);
  current.add_reading(event, slice.batch);
  if (event.kind == EventKind::gc) return;
  if (event.is(flag::kSample)) {
    // A user's look at the memory is no operation of the program, and its own lists leave it out.
    const bool looked = slice.names.names.text(event.task) == "/memory-debug";
    // A worker's summary at its end names nothing that ran.
    const bool summary = event.task == kNoName && slice.batch.context_of(event) == "Worker memory summary";
    if (!looked && !summary) current.add_operation(event, slice.names.names.text(event.task), slice.batch.context_of(event));
    if (event.time.known()) {
      const bool open = !tracker_.open_runs(event.process).empty();
      stats::Reading reading;
      reading.t = event.time.seconds();
      reading.rss_mb = event.rss_mb;
      reading.state = event.kind == EventKind::task_end || event.kind == EventKind::task_failed ? stats::SampleState::run_end
                      : open                                                                    ? stats::SampleState::in_task
                                                                                                : stats::SampleState::unknown;
      reading.sessions = slice.batch.metric_of(event, name::kSessions);
      reading.active_dls = slice.batch.metric_of(event, name::kActiveDownloads);
      current.series.add(reading);
    }
    if (!(highest_mb_ >= event.rss_mb)) {
      highest_mb_ = event.rss_mb;
      highest_at_ = event.time;
      highest_source_ = {event.input, event.line};
    }
  }
}

Limit Crash::limit_of(const Life& life) const {
  if (!is_known(options_.limit_mb) && is_known(life.stated_limit_mb)) return {life.stated_limit_mb, "log"};
  return limit_.limit();
}

Death Crash::death_of(ProcessId process, const Life& life) const {
  Death death;
  death.time = life.last_time;
  death.started_at = life.first_time;
  death.process = process;
  death.limit = limit_of(life);
  death.rss_mb = life.last_rss_mb;
  death.container_mb = life.last_container_mb;
  death.host = life.host;
  death.last_seen = life.last_time;
  death.input = life.last_source.input;
  death.period_s = life.period_s();
  death.operations = life.last_operations(Life::kOperations);
  death.in_flight = tracker_.open_runs(process);
  death.alerts = life.recent_alerts();
  death.metrics = life.metrics;
  death.counters_source = life.counters_source;
  death.container_source = life.container_source;
  death.system_source = life.system_source;
  death.growth = life.growth();
  death.queue = life.queue_climb();
  death.highest_mb = life.highest_mb;
  death.average_mb = life.readings == 0 ? kMissing : life.rss_sum_mb / static_cast<double>(life.readings);
  death.free_percent = life.last_free_percent;
  death.available_mb = life.last_available_mb;
  death.releases = life.releases;
  return death;
}

void Crash::look_for_leak(Death& death, Life& life) const {
  stats::LeakOptions options;
  options.limit_mb = death.limit.mb;
  const stats::LeakReport report = stats::analyse_leaks({&life.series, 1}, options);
  if (report.verdict() != stats::Verdict::leak) return;
  death.leaked = true;
  death.leak_mb_per_hour = report.series[*report.answer].slope_mb_per_hour;
}

void Crash::restart(const Event& event) {
  Life& ended = life(event.process);
  if (!event.time.known()) {
    ended = Life{};
    return;
  }
  if (ended.empty() || ended.shut_down) {
    if (ended.shut_down) survivors_.add(ended);
    else if (Death* death = killed_before(event)) death->restarted_at = event.time;
    ended = Life{};
    return;
  }
  Death death = death_of(event.process, ended);
  death.restarted_at = event.time;
  static const int debug_log = find_format("memory_debug");
  ended.writes_only_high = event.format == debug_log;
  judge_restart(death, ended, event.time);
  const std::string text = event.kind == EventKind::restart ? "running again: the log says that it started" : "started again without having said that it stops";
  death.evidence.push_back({"restart", event.time, text, {event.input, event.line}});
  look_for_leak(death, ended);
  add_death(std::move(death));
  ended = Life{};
}

// The death whose process runs again: the last one, where the kill was told in the same log.
Death* Crash::killed_before(const Event& event) {
  for (std::size_t i = deaths_.size(); i-- > 0;) {
    Death& death = deaths_[i];
    if (death.process != event.process) continue;
    const bool open = !death.restarted_at.known() && death.time.known() && event.time.ns >= death.time.ns;
    return open ? &death : nullptr;
  }
  return nullptr;
}

// What the manager says about a process before it kills it, by pid.
void Crash::note_manager(Manager note) {
  constexpr std::size_t kMostNotes = 64;
  if (manager_.size() == kMostNotes) manager_.erase(manager_.begin());
  manager_.push_back(std::move(note));
}

void Crash::worker_exited(const Event& event, const Slice& slice) {
  if (!event.is(flag::kOrderly)) return;
  const std::string text(slice.batch.context_of(event));
  const double pid = slice.batch.metric_of(event, name::kPid);
  if (is_known(pid)) note_manager({pid, event.host, event.time, "goodbye", text, {event.input, event.line}});
  replacements_.exited(event);
  Life& ended = life(event.process);
  survivors_.add(ended);
  ended = Life{};
  ended.goodbye_time = event.time;
  ended.goodbye_text = text;
  ended.goodbye_source = {event.input, event.line};
}

// A kill as it is told, before it is known whose.
Death Crash::words_of(const Event& event, const Slice& slice) const {
  Death told;
  told.time = told.last_seen = event.time;
  told.process = event.process;
  told.host = event.host;
  told.input = event.input;
  told.told_alone = true;
  told.pid = slice.batch.metric_of(event, name::kPid);
  told.rss_mb = event.rss_mb;
  told.container_mb = event.container_mb;
  if (is_known(event.limit_mb)) told.limit = {event.limit_mb, "log"};
  std::string_view kind = "sigkill";
  told.verdict = Verdict::killed;
  told.confidence = Confidence::high;
  const std::string text(trim(slice.batch.context_of(event)));
  if (event.kind == EventKind::oom_kill) {
    kind = "oom_kill";
    told.verdict = Verdict::oom;
  } else if (event.kind == EventKind::heap_limit) {
    kind = "heap_limit";
    told.verdict = Verdict::heap_limit;
    // An abort has other reasons too; V8's own words have not.
    if (text.find("heap out of memory") == std::string::npos) told.confidence = Confidence::medium;
  } else if (event.kind == EventKind::pressure_kill) {
    kind = "pressure_kill";
    told.verdict = Verdict::killed_for_pressure;
  } else {
    for (auto note = manager_.rbegin(); note != manager_.rend(); ++note) {
      if (note->pid != told.pid || note->host != event.host || !note->time.known() || !event.time.known()) continue;
      if (event.time.ns - note->time.ns > kSoonNs) continue;
      told.evidence.push_back({note->kind, note->time, note->text, note->source});
      break;
    }
  }
  told.evidence.push_back({kind, event.time, text, {event.input, event.line}});
  return told;
}

// Somebody tells that a process was killed. Celery's main process and the program's own log know which; for a kernel or
// a platform in another log that is found when all is read.
void Crash::kill(const Event& event, const Slice& slice) {
  static const int celery = find_format("celery");
  Death told = words_of(event, slice);
  if (!event.is(flag::kRecord)) {
    // The same death in words that say more.
    for (std::vector<Death>* list : {&deaths_, &kills_}) {
      if (list->empty() || list->back().input != event.input || !std::any_of(list->back().evidence.begin(), list->back().evidence.end(), crash::is_kill)) continue;
      Death& last = list->back();
      if (last.time.known() && event.time.known() && std::llabs(event.time.ns - last.time.ns) > kSameDeathNs) continue;
      crash::absorb(last, told);
      return;
    }
  }
  Life& ended = life(event.process);
  const bool of_worker = event.format == celery;
  const bool known = !ended.empty() && (!slice.names.processes.name(event.process).empty() || ended.last_source.input == event.input);
  if (!known && !of_worker) {
    const bool soon = ended.goodbye_time.known() && event.time.known() && event.time.ns - ended.goodbye_time.ns <= kSoonNs;
    if (soon && ended.empty() && event.kind == EventKind::kill && told.evidence.size() == 1) {
      told.evidence.insert(told.evidence.begin(), Evidence{"goodbye", ended.goodbye_time, ended.goodbye_text, ended.goodbye_source});
    }
    told.operations = operations_around(event, slice);
    if (options_.timeline) told.timeline = moments_.between(event.time, event.time);
    if (kills_.size() < kMostKills) kills_.push_back(std::move(told));
    return;
  }
  if (options_.tasks_filtered && ended.empty()) return;  // none of the tasks that were asked for ran in it
  Death death = death_of(event.process, ended);
  if (event.time.known()) death.time = event.time;
  death.host = event.host;
  death.pid = told.pid;
  if (is_known(told.rss_mb)) death.rss_mb = told.rss_mb;
  if (is_known(told.limit.mb)) death.limit = told.limit;
  if (is_known(told.container_mb)) death.container_mb = told.container_mb;
  death.verdict = told.verdict;
  death.confidence = told.confidence;
  death.evidence = std::move(told.evidence);
  if (event.kind == EventKind::kill) judge_kill(death, ended);
  // One time limit kills one process, whatever other ones run the same task.
  for (Life& other : lives_) {
    if (death.limit_line != 0 && other.limit_source.line == death.limit_line) other.limit_time = {};
  }
  look_for_leak(death, ended);
  add_death(std::move(death));
  ended = Life{};
}

// For a kill of which no log tells the life: what ran on that host, in any process.
std::vector<crash::Operation> Crash::operations_around(const Event& event, const Slice& slice) const {
  std::vector<crash::Operation> all;
  const std::string_view around = slice.names.processes.host(event.process);
  for (ProcessId process = 0; process < lives_.size(); ++process) {
    const std::string_view host = slice.names.processes.host(process);
    const bool same = event.host == lives_[process].host || (!around.empty() && host.starts_with(around) && host.substr(around.size()).starts_with(' '));
    if (lives_[process].empty() || !same) continue;
    const auto operations = lives_[process].last_operations(Life::kOperations);
    all.insert(all.end(), operations.begin(), operations.end());
  }
  std::stable_sort(all.begin(), all.end(), [](const auto& a, const auto& b) { return a.time.ns < b.time.ns; });
  if (all.size() > Life::kOperations) all.erase(all.begin(), all.end() - static_cast<std::ptrdiff_t>(Life::kOperations));
  return all;
}

// A log without words for a start: after a kill that may have been this process' it is a new one where its memory
// begins anew.
void Crash::cut_by_kill(const Event& event, const Slice& slice) {
  Life& ended = life(event.process);
  if (ended.empty() || !event.time.known() || !(event.rss_mb < kStartsAnew * ended.last_rss_mb)) return;
  Death death = death_of(event.process, ended);
  death.restarted_at = event.time;
  const bool killed = std::any_of(kills_.begin(), kills_.end(), [&](const Death& kill) {
    return crash::plausible(kill, death, slice.names.processes) && crash::shift_window(kill, death).holds(0) && kill.time.ns >= ended.last_time.ns;
  });
  if (!killed) return;
  death.evidence.push_back({"restart", event.time, fmt::format("{} after {}: a new process", format_size(event.rss_mb), format_size(ended.last_rss_mb)), {event.input, event.line}});
  judge_restart(death, ended, event.time);
  look_for_leak(death, ended);
  death.cut = true;
  add_death(std::move(death));
  ended = Life{};
  tracker_.end_process(event.process);
}

// MainProcess says that a worker was lost, without its name: it belongs to the last kill of its container.
void Crash::worker_lost(const Event& event, const Slice& slice) {
  for (std::size_t i = deaths_.size(); i-- > 0;) {
    Death& death = deaths_[i];
    if (!event.time.known() || event.time.ns - death.time.ns > kSameDeathNs) return;
    if (death.host != event.host || death.evidence.empty() || death.evidence.back().kind != "sigkill") continue;
    const std::string text(slice.batch.context_of(event));
    death.evidence.push_back({"worker_lost", event.time, text, {event.input, event.line}});
    return;
  }
}

// The pool replaces a killed worker by one with another name.
void Crash::worker_started(const Event& event, const Slice& slice) {
  if (event.is(flag::kBoot)) {  // the whole pool: what its processes had open is lost
    for (ProcessId process = 0; process < lives_.size(); ++process) {
      const std::vector<Run>& open = tracker_.open_runs(process);
      if (open.empty() || open.front().host != event.host) continue;
      Event of_process = event;
      of_process.process = process;
      restart(of_process);
    }
    replacements_.pool_started(event);
    return;
  }
  Life& same_name = life(event.process);
  if (!same_name.empty() && !tracker_.open_runs(event.process).empty()) restart(event);
  same_name = Life{};
  for (Death& death : deaths_) {
    if (death.host != event.host || death.restarted_at.known() || !event.time.known()) continue;
    if (event.time.ns < death.time.ns || event.time.ns - death.time.ns > kRespawnNs) continue;
    death.restarted_at = event.time;
    replacements_.explained(event);
    return;
  }
  replacements_.started(event, slice.names, tracker_);
}

// Who stands where when all is read: lives that the log leaves at the limit, workers that were replaced in the middle of
// a task, kills whose life another log tells.
void Crash::end_of_log(const ReadResult& result) {
  add_replaced(result);
  add_open_ends();
  crash::join_repeated(kills_);
  clock_offsets_ = told_offsets_;
  const auto by_kills = crash::pair_kills(deaths_, kills_, result.names.processes);
  clock_offsets_.insert(clock_offsets_.end(), by_kills.begin(), by_kills.end());
  const auto is_killed = [](const Death& death) { return std::any_of(death.evidence.begin(), death.evidence.end(), crash::is_kill); };
  std::vector<char> died(lives_.size());
  for (const Death& death : deaths_) {
    if (death.goes_on && (is_killed(death) || death.verdict != Verdict::unexplained_restart)) died[death.process] = 1;
  }
  for (ProcessId process = 0; process < lives_.size(); ++process) {
    if (died[process] == 0) survivors_.add(lives_[process]);
  }
  std::erase_if(deaths_, [&](const Death& death) {
    return !is_killed(death) && (death.cut || (death.goes_on && death.verdict == Verdict::unexplained_restart));
  });
  for (Death& kill : kills_) deaths_.push_back(std::move(kill));
  kills_.clear();
  std::stable_sort(deaths_.begin(), deaths_.end(), [](const Death& a, const Death& b) { return a.time.ns < b.time.ns; });
  for (Death& death : deaths_) {
    death.causes = crash::find_causes(death, options_.maxima, survivors_, result.names);
    const std::int64_t from = death.time.ns - static_cast<std::int64_t>(options_.before_s * 1e9);
    std::erase_if(death.timeline, [&](const crash::Moment& moment) { return moment.time.ns < from || moment.time.ns > death.time.ns; });
  }
}

}  // namespace memlog
