#include <fmt/format.h>

#include <algorithm>

#include "memlog/analysis/crash.h"
#include "memlog/base/size.h"

// Of what a process died, as far as its last minutes tell. docs/crash.md states the rules.
namespace memlog {

using namespace crash;

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


// The system itself is out of memory below this.
constexpr double kSystemFullPercent = 5;

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
    case Verdict::heap_limit: return "heap_limit";
    case Verdict::killed_for_pressure: return "killed_for_pressure";
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

// The monitor called it critical just before, and memory did not fall again.
bool Crash::ended_critical(Death& death, const Life& life, const Timestamp& end) const {
  const double critical_s = std::max(kCriticalAtLeastS, kCriticalPeriods * life.period_s());
  if (!life.critical_time.known() || seconds_between(life.critical_time, end) > critical_s) return false;
  if (is_known(death.limit.mb) && is_known(life.lowest_since_critical_mb) && life.lowest_since_critical_mb < kNearLimit * death.limit.mb) return false;
  death.evidence.push_back({"critical_alert", life.critical_time,
                            fmt::format("critical alert at {}{}", format_size(life.critical_mb),
                                        is_known(death.limit.mb) ? fmt::format(" of {}", format_size(death.limit.mb)) : ""),
                            life.critical_source});
  return true;
}

// A process is running again, so it had stopped. Whether memory was why is in how it looked when it was last seen.
void Crash::judge_restart(Death& death, const Life& life, const Timestamp& restarted) const {
  const double gap_s = seconds_between(life.last_time, restarted);
  const double period_s = life.period_s();
  const double used = used_mb(life);
  const double share = is_known(death.limit.mb) && death.limit.mb > 0 ? used / death.limit.mb : kMissing;
  const bool silent = gap_s > kSilentPeriods * period_s;

  if (ended_critical(death, life, restarted)) {
    death.verdict = Verdict::oom;
    death.confidence = Confidence::high;
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

// A SIGKILL says nothing of why.
void Crash::judge_kill(Death& death, const Life& life) const {
  death.verdict = Verdict::killed;
  death.confidence = Confidence::high;
  // The manager said why: by pid, or by the task.
  if (death.evidence.size() > 1 && (death.evidence.front().kind == "time_limit" || death.evidence.front().kind == "goodbye")) return;
  if (life.shut_down) {
    if (life.goodbye_time.known()) death.evidence.insert(death.evidence.begin(), Evidence{"goodbye", life.goodbye_time, life.goodbye_text, life.goodbye_source});
    else death.evidence.insert(death.evidence.begin(), Evidence{"goodbye", life.last_time, "it had said that it shuts down", life.last_source});
    return;
  }
  if (life.limit_time.known() && death.time.known() && death.time.ns - life.limit_time.ns < kSameDeathNs) {
    death.evidence.insert(death.evidence.begin(), Evidence{"time_limit", life.limit_time, life.limit_text, life.limit_source});
    death.limit_line = life.limit_source.line;
    return;
  }
  const double used = used_mb(life);
  // A total that is only implied is the machine's: one process of many may be killed long before it has all of it.
  const bool stated = death.limit.source == "log" || death.limit.source == "option";
  const std::size_t before = death.evidence.size();
  if (stated && used >= kAtLimit * death.limit.mb) {
    death.verdict = Verdict::oom;
    death.evidence.push_back({"high_memory", life.last_time, fmt::format("{} of {} when last seen", format_size(used), format_size(death.limit.mb)), life.last_source});
  } else if (ended_critical(death, life, death.time)) {
    death.verdict = Verdict::oom;
  } else if (stated && used >= kNearLimit * death.limit.mb) {
    death.verdict = Verdict::probable_oom;
    death.confidence = Confidence::medium;
    death.evidence.push_back({"high_memory", life.last_time, fmt::format("{} of {} when last seen", format_size(used), format_size(death.limit.mb)), life.last_source});
  } else if (const double grown = life.grown_in(life.period_s()); stated && is_known(grown) && used + grown >= death.limit.mb) {
    death.verdict = Verdict::probable_oom;
    death.confidence = Confidence::low;
    death.evidence.push_back({"high_memory", life.last_time, fmt::format("{} of {} when last seen, and growing", format_size(used), format_size(death.limit.mb)), life.last_source});
  } else if (is_known(life.last_free_percent) && life.last_free_percent <= kSystemFullPercent) {
    death.verdict = Verdict::probable_oom;
    death.confidence = Confidence::medium;
    death.evidence.push_back({"high_memory", life.last_time, fmt::format("the system was {:.1f} % full when last seen", 100.0 - life.last_free_percent), life.last_source});
  }
  // What was seen before comes before.
  std::rotate(death.evidence.begin(), death.evidence.begin() + static_cast<std::ptrdiff_t>(before), death.evidence.end());
}

// A log that ends just below the limit was perhaps cut off by the kill itself; `others_s` is how long other processes wrote on.
bool Crash::judge_open_end(Death& death, const Life& open, double others_s) const {
  const double used = used_mb(open);
  if (!is_known(death.limit.mb) || death.limit.source == "system" || !(used >= kSilentEnd * death.limit.mb)) return false;
  death.verdict = Verdict::probable_oom;
  death.confidence = others_s > kSilentPeriods * open.period_s() ? Confidence::medium : Confidence::low;
  death.evidence.push_back({"silence", open.last_time, fmt::format("the log ends here, at {} of {}", format_size(used), format_size(death.limit.mb)), open.last_source});
  return true;
}

// A life that no later start ends, though its process goes by the same name.
void Crash::leave_open(ProcessId process) {
  Life& open = life(process);
  Death death = death_of(process, open);
  if (open.shut_down || !judge_open_end(death, open, 0)) {
    survivors_.add(open);
    return;
  }
  look_for_leak(death, open);
  add_death(std::move(death));
}

// A log that ends just below the limit was perhaps cut off by the kill itself. The other lives that are open wait for a
// kill that another log may tell.
void Crash::add_open_ends(const ReadResult& result) {
  for (ProcessId process = 0; process < lives_.size(); ++process) {
    Life& open = lives_[process];
    if (open.empty() || open.shut_down) continue;
    Death death = death_of(process, open);
    death.goes_on = true;
    // A worker of a pool that has finished its task waits for the next, or gave way to a fresh one.
    const bool idle = death.in_flight.empty() && result.names.processes.name(process).starts_with("ForkPoolWorker-");
    if (!idle) judge_open_end(death, open, last_time_.known() ? seconds_between(open.last_time, last_time_) : 0);
    if (death.verdict == Verdict::probable_oom || !kills_.empty()) {
      look_for_leak(death, open);
      if (options_.timeline) death.timeline = moments_.between(death.time, last_time_);
      deaths_.push_back(std::move(death));
    }
  }
}

// A new worker came while this one was in the middle of a task, which nothing ended and it never wrote again.
void Crash::add_replaced(const ReadResult& result) {
  for (const crash::Replacements::Found& found : replacements_.find(tracker_, lives_, result.names)) {
    Life& ended = lives_[found.process];
    Death death = death_of(found.process, ended);
    death.restarted_at = found.time;
    death.time = ended.last_time;
    judge_kill(death, ended);
    death.confidence = death.verdict == Verdict::killed ? Confidence::low : Confidence::medium;
    death.evidence.push_back({"restart", found.time, found.text, found.source});
    look_for_leak(death, ended);
    if (options_.timeline) death.timeline = moments_.between(death.time, death.time);
    deaths_.push_back(std::move(death));
    ended = Life{};
  }
}

}  // namespace memlog
