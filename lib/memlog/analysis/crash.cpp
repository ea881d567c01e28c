#include "memlog/analysis/crash.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

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

// Shares of the limit: from here on a death is for memory, or probably for memory, and an end of the log is suspicious.
constexpr double kAtLimit = 0.95;
constexpr double kNearLimit = 0.85;
constexpr double kSilentEnd = 0.90;

// After this many of its own periods without a word a process is taken to have been silent.
constexpr double kSilentPeriods = 3;

// A critical alert explains a death this soon after it: two periods, and five minutes at least.
constexpr double kCriticalPeriods = 2;
constexpr double kCriticalAtLeastS = 300;

// Words about one kill come within this time.
constexpr std::int64_t kSameDeathNs = 30 * kNanosPerSecond;
// A kill and the break of another log belong together within this time.
constexpr std::int64_t kOneDeathNs = 10 * 60 * kNanosPerSecond;
constexpr std::int64_t kRespawnNs = 5 * 60 * kNanosPerSecond;

// The system itself is out of memory below this.
constexpr double kSystemFullPercent = 5;

// More deaths than anyone reads are counted, not kept.
constexpr std::size_t kMostDeaths = 10'000;

double used_mb(const Life& life) {
  if (is_known(life.last_container_mb) && !(life.last_rss_mb > life.last_container_mb)) return life.last_container_mb;
  return life.last_rss_mb;
}

double seconds_between(const Timestamp& from, const Timestamp& to) { return static_cast<double>(to.ns - from.ns) / 1e9; }

}  // namespace

std::string_view crash::to_string(Verdict verdict) {
  switch (verdict) {
    case Verdict::oom: return "oom";
    case Verdict::probable_oom: return "probable_oom";
    case Verdict::killed: return "killed";
    case Verdict::unexplained_restart: return "unexplained_restart";
    case Verdict::not_oom: return "not_oom";
  }
  return "not_oom";
}

std::string_view crash::to_string(Confidence confidence) {
  switch (confidence) {
    case Confidence::low: return "low";
    case Confidence::medium: return "medium";
    case Confidence::high: return "high";
  }
  return "low";
}

void crash::absorb(Death& death, const Death& kill) {
  if (kill.verdict == Verdict::oom) {
    death.verdict = Verdict::oom;
    death.confidence = Confidence::high;
  }
  if (is_known(kill.rss_mb)) death.rss_mb = kill.rss_mb;
  if (kill.limit.source == "log") death.limit = kill.limit;
  death.evidence.insert(death.evidence.begin(), kill.evidence.begin(), kill.evidence.end());
}

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
    limit_.fold(event);
    if (event.time.known() && event.kind != EventKind::operation) last_time_ = event.time;
    fold_event(event, slice);
    moments_.add(event, slice);
  }
}

void Crash::add_death(Death death, const Event& event, const Slice& slice) {
  death.causes = crash::find_causes(death, options_.maxima, slice.names);
  death.timeline = moments_.before(death.time);
  if (deaths_.size() == kMostDeaths) return;
  deaths_.push_back(std::move(death));
  hosts_.push_back(event.host);
}

// A kernel or platform that kills does not know the program's own name for itself: a kill without a life of its own,
// within minutes of where this life's log breaks off, is this death. It gets what this log knows.
bool Crash::merge_with_kill(Death& death, const Life& life) {
  for (std::size_t i = deaths_.size(); i-- > 0;) {
    Death& kill = deaths_[i];
    if (!kill.operations.empty() || kill.restarted_at.known() || kill.evidence.empty() || kill.process == death.process) continue;
    if (kill.evidence.front().kind != "oom_kill" && kill.evidence.front().kind != "sigkill") continue;
    if (kill.time.ns < life.first_time.ns || kill.time.ns > death.restarted_at.ns || kill.time.ns - life.last_time.ns > kOneDeathNs) continue;
    death.time = kill.time;
    crash::absorb(death, kill);
    deaths_.erase(deaths_.begin() + static_cast<std::ptrdiff_t>(i));
    hosts_.erase(hosts_.begin() + static_cast<std::ptrdiff_t>(i));
    return true;
  }
  return false;
}

void Crash::fold_event(const Event& event, const Slice& slice) {
  switch (event.kind) {
    case EventKind::restart: restart(event, slice); tracker_.fold(event); return;
    case EventKind::kill: kill(event, slice); tracker_.fold(event); return;
    case EventKind::oom_kill: oom_kill(event, slice); tracker_.fold(event); return;
    case EventKind::worker_lost: worker_lost(event, slice); return;
    case EventKind::worker_started: worker_started(event, slice); tracker_.fold(event); return;
    case EventKind::time_limit: {
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
      if (event.is(flag::kOrderly)) life(event.process) = Life{};
      return;
    case EventKind::operation:
      life(event.process).add_operation(event, slice.names.names.text(event.task), slice.batch.context_of(event));
      return;
    default: break;
  }
  if (event.is(flag::kBoot)) restart(event, slice);
  tracker_.fold(event);
  if (!event.is(flag::kRecord) || !event.is(flag::kSelected)) return;
  Life& current = life(event.process);
  current.add_reading(event, slice.batch);
  if (event.kind == EventKind::gc) return;
  if (event.is(flag::kSample)) {
    // A user's look at the memory is no operation of the program, and its own lists leave it out.
    const bool looked = slice.names.names.text(event.task) == "/memory-debug";
    if (!looked) current.add_operation(event, slice.names.names.text(event.task), slice.batch.context_of(event));
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
  death.operations = life.last_operations(options_.last + 1);
  death.in_flight = tracker_.open_runs(process);
  death.alerts = life.recent_alerts();
  death.metrics = life.metrics;
  death.growth = life.growth();
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

// A process is running again, so it had stopped. Whether memory was why is in how it looked when it was last seen.
void Crash::judge_restart(Death& death, const Life& life, const Timestamp& restarted) const {
  const double gap_s = seconds_between(life.last_time, restarted);
  const double period_s = life.period_s();
  const double used = used_mb(life);
  const double share = is_known(death.limit.mb) && death.limit.mb > 0 ? used / death.limit.mb : kMissing;
  const bool silent = gap_s > kSilentPeriods * period_s;

  const double critical_s = std::max(kCriticalAtLeastS, kCriticalPeriods * period_s);
  const bool critical_near = life.critical_time.known() && seconds_between(life.critical_time, restarted) <= critical_s;
  const bool recovered = is_known(death.limit.mb) && is_known(life.lowest_since_critical_mb) && life.lowest_since_critical_mb < kNearLimit * death.limit.mb;
  if (critical_near && !recovered) {
    death.verdict = Verdict::oom;
    death.confidence = Confidence::high;
    death.evidence.push_back({"critical_alert", life.critical_time,
                              fmt::format("critical alert at {}{}", format_size(life.critical_mb),
                                          is_known(death.limit.mb) ? fmt::format(" of {}", format_size(death.limit.mb)) : ""),
                              life.critical_source});
    return;
  }
  // A monitor that writes only while memory is high, and was silent, has seen memory fall again.
  const bool seen_to_the_end = !(silent && life.writes_only_high) && gap_s <= std::max(kCriticalAtLeastS, kCriticalPeriods * period_s);
  const bool fell_silent = silent && !life.writes_only_high;
  if (is_known(share) && (seen_to_the_end || fell_silent)) {
    if (share >= kAtLimit) {
      death.verdict = Verdict::oom;
      death.confidence = Confidence::medium;
    } else if (share >= kNearLimit) {
      death.verdict = Verdict::probable_oom;
      death.confidence = Confidence::medium;
    } else if (const double grown = life.grown_in(period_s); is_known(grown) && used + grown >= death.limit.mb) {
      death.verdict = Verdict::probable_oom;
      death.confidence = Confidence::low;
    }
    if (death.verdict != Verdict::unexplained_restart) {
      death.evidence.push_back({"high_memory", life.last_time, fmt::format("{} of {} when last seen", format_size(used), format_size(death.limit.mb)), life.last_source});
      return;
    }
  }
  if (!death.in_flight.empty()) {
    death.verdict = Verdict::killed;
    death.confidence = Confidence::medium;
    death.evidence.push_back({"silence", life.last_time, fmt::format("stopped in the middle of a task, {} before the next start", format_duration(gap_s)), life.last_source});
  }
}

void Crash::restart(const Event& event, const Slice& slice) {
  Life& ended = life(event.process);
  if (ended.empty() || ended.shut_down || !event.time.known()) {
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
  merge_with_kill(death, ended);
  look_for_leak(death, ended);
  add_death(std::move(death), event, slice);
  ended = Life{};
}

void Crash::judge_kill(Death& death, const Life& life) const {
  death.verdict = Verdict::killed;
  death.confidence = Confidence::high;
  if (life.limit_time.known() && death.time.ns - life.limit_time.ns < kSameDeathNs) {
    death.evidence.insert(death.evidence.begin(), Evidence{"time_limit", life.limit_time, life.limit_text, life.limit_source});
    death.limit_line = life.limit_source.line;
    return;
  }
  const double used = used_mb(life);
  // A total that is only implied is the machine's: one process of many may be killed long before it has all of it.
  const bool stated = death.limit.source == "log" || death.limit.source == "option";
  if (stated && used >= kAtLimit * death.limit.mb) {
    death.verdict = Verdict::oom;
  } else if (stated && used >= kNearLimit * death.limit.mb) {
    death.verdict = Verdict::probable_oom;
    death.confidence = Confidence::medium;
  } else if (is_known(life.last_free_percent) && life.last_free_percent <= kSystemFullPercent) {
    death.verdict = Verdict::probable_oom;
    death.confidence = Confidence::medium;
    death.evidence.push_back({"high_memory", life.last_time, fmt::format("the system was {:.1f} % full when last seen", 100.0 - life.last_free_percent), life.last_source});
  }
}

void Crash::kill(const Event& event, const Slice& slice) {
  Life& ended = life(event.process);
  if (options_.tasks_filtered && ended.empty()) return;  // none of the tasks that were asked for ran in it
  Death death = death_of(event.process, ended);
  death.time = event.time.known() ? event.time : ended.last_time;
  death.evidence.push_back({"sigkill", event.time, std::string(slice.batch.context_of(event)), {event.input, event.line}});
  judge_kill(death, ended);
  // One time limit kills one process, whatever other ones run the same task.
  for (Life& other : lives_) {
    if (death.limit_line != 0 && other.limit_source.line == death.limit_line) other.limit_time = {};
  }
  look_for_leak(death, ended);
  add_death(std::move(death), event, slice);
  ended = Life{};
}

// The kernel or a platform says so itself.
void Crash::oom_kill(const Event& event, const Slice& slice) {
  Life& ended = life(event.process);
  Death death = death_of(event.process, ended);
  death.time = event.time.known() ? event.time : ended.last_time;
  death.verdict = Verdict::oom;
  death.confidence = Confidence::high;
  if (is_known(event.rss_mb)) death.rss_mb = event.rss_mb;
  if (is_known(event.limit_mb)) death.limit = {event.limit_mb, "log"};
  death.evidence.push_back({"oom_kill", event.time, std::string(slice.batch.context_of(event)), {event.input, event.line}});
  look_for_leak(death, ended);
  add_death(std::move(death), event, slice);
  ended = Life{};
}

// MainProcess says that a worker was lost, without its name: it belongs to the last kill of its container.
void Crash::worker_lost(const Event& event, const Slice& slice) {
  for (std::size_t i = deaths_.size(); i-- > 0;) {
    Death& death = deaths_[i];
    if (!event.time.known() || event.time.ns - death.time.ns > kSameDeathNs) return;
    if (hosts_[i] != event.host || death.evidence.empty() || death.evidence.back().kind != "sigkill") continue;
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
      restart(of_process, slice);
    }
    return;
  }
  Life& same_name = life(event.process);
  if (!same_name.empty() && !tracker_.open_runs(event.process).empty()) restart(event, slice);
  same_name = Life{};
  for (std::size_t i = 0; i < deaths_.size(); ++i) {
    Death& death = deaths_[i];
    if (hosts_[i] != event.host || death.restarted_at.known() || !event.time.known()) continue;
    if (event.time.ns < death.time.ns || event.time.ns - death.time.ns > kRespawnNs) continue;
    death.restarted_at = event.time;
    return;
  }
}

// A log that ends just below the limit was perhaps cut off by the kill itself.
void Crash::end_of_log() {
  for (ProcessId process = 0; process < lives_.size(); ++process) {
    Life& open = lives_[process];
    if (open.empty() || open.shut_down) continue;
    Death death = death_of(process, open);
    const double used = used_mb(open);
    if (!is_known(death.limit.mb) || death.limit.source == "system" || !(used >= kSilentEnd * death.limit.mb)) continue;
    const double others_s = last_time_.known() ? seconds_between(open.last_time, last_time_) : 0;
    death.verdict = Verdict::probable_oom;
    death.confidence = others_s > kSilentPeriods * open.period_s() ? Confidence::medium : Confidence::low;
    death.evidence.push_back({"silence", open.last_time, fmt::format("the log ends here, at {} of {}", format_size(used), format_size(death.limit.mb)), open.last_source});
    look_for_leak(death, open);
    deaths_.push_back(std::move(death));
    hosts_.push_back(kNoName);
  }
}

}  // namespace memlog
