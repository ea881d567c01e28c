#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <iterator>
#include <optional>

#include "memlog/analysis/crash.h"
#include "memlog/analysis/crash_clocks.h"
#include "memlog/base/size.h"
#include "memlog/base/text.h"
#include "memlog/format/format.h"

// What others tell of a process: that they killed it, or why they will.
namespace memlog {

using namespace crash;

namespace {

// A manager's word explains a kill this soon after it.
constexpr std::int64_t kSoonNs = 120 * kNanosPerSecond;

// A memory this much lower after a kill is that of a new process.
constexpr double kStartsAnew = 0.7;

// Tellers fill columns with blanks.
std::string one_blank(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c != ' ' || !out.ends_with(' ')) out += c;
  }
  return out;
}

}  // namespace

// A kill as it is told, before it is known whose.
Death Crash::words_of(const Event& event, const Slice& slice) {
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
  const std::string text = one_blank(trim(slice.batch.context_of(event)));
  if (event.kind == EventKind::oom_kill) {
    kind = "oom_kill";
    told.verdict = Verdict::oom;
  } else if (event.kind == EventKind::heap_limit) {
    kind = "heap_limit";
    told.verdict = Verdict::heap_limit;
    // An abort has other reasons too; the runtime's own words have not.
    if (text.find("heap out of memory") == std::string::npos && text.find("OutOfMemoryError") == std::string::npos) told.confidence = Confidence::medium;
  } else if (event.kind == EventKind::pressure_kill) {
    kind = "pressure_kill";
    told.verdict = Verdict::killed_for_pressure;
  } else {
    for (auto note = manager_.rbegin(); note != manager_.rend(); ++note) {
      if ((is_known(note->pid) && note->pid != told.pid) || note->host != event.host || !note->time.known() || !event.time.known()) continue;
      if (event.time.ns - note->time.ns > kSoonNs) continue;
      told.evidence.push_back({note->kind, note->time, note->text, note->source});
      // A revoked task is one worker's.
      if (!is_known(note->pid) && note->text.starts_with("Terminating ")) manager_.erase(std::next(note).base());
      break;
    }
    const std::string_view own = slice.names.processes.name(event.process);
    const Evidence* stop = services_.stop_before_kill(own.empty() ? slice.names.processes.host(event.process) : own, event, last_time_);
    if (stop != nullptr && told.evidence.empty()) told.evidence.push_back(*stop);
  }
  told.evidence.push_back({kind, event.time, text, {event.input, event.line}});
  return told;
}

// A container's state is told long after, where another life may be writing: that one is not meant where it began after
// the time of the kill, or, where no time is told, where a life before it ended in a restart that nobody explained.
bool Crash::is_of_earlier_life(const Event& event, const Life& open, const Slice& slice) const {
  const Timestamp& began = open.first_time.known() ? open.first_time : open.started;
  if (open.empty() || !began.known()) return false;
  if (slice.batch.context_of(event).find("OOMKilled") == std::string_view::npos) return false;
  constexpr std::int64_t kSlackNs = 2 * kNanosPerSecond;
  if (event.time.known()) return event.time.ns + kSlackNs < began.ns;
  return std::any_of(deaths_.begin(), deaths_.end(), [&](const Death& death) {
    return death.process == event.process && death.restarted_at.known() && std::none_of(death.evidence.begin(), death.evidence.end(), crash::is_kill);
  });
}

// Somebody tells that a process was killed. Celery's main process and the program's own log know which; for a kernel or
// a platform in another log that is found when all is read.
void Crash::kill(const Event& event, const Slice& slice) {
  static const int celery = find_format("celery");
  static const int heroku = find_format("heroku");
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
  if (of_worker && ended.empty()) {
    // What said that a worker was lost may have come before, and its death with it.
    for (std::size_t i = deaths_.size(); i-- > 0;) {
      Death& last = deaths_[i];
      if (!event.time.known() || event.time.ns - last.time.ns > kSameDeathNs) break;
      if (last.process != event.process || last.host != event.host || !std::any_of(last.evidence.begin(), last.evidence.end(), crash::is_kill)) continue;
      crash::absorb(last, told);
      return;
    }
  }
  // A state names its pod, which the log around it may not.
  Event placed = event;
  if (std::size_t count = 0; ended.empty() && !of_worker) {
    if (const auto only = only_life_of(event, count); count == 1) placed.process = *only;
  }
  if (!of_worker && is_of_earlier_life(placed, life(placed.process), slice)) {
    add_kill(std::move(told));
    return;
  }
  if (!event.time.known() && !of_worker && ended.empty()) {
    kill_without_name(event, slice);
    return;
  }
  const bool known = !ended.empty() && (!slice.names.processes.name(event.process).empty() || ended.last_source.input == event.input);
  if (!known && !of_worker) {
    const bool soon = ended.goodbye_time.known() && event.time.known() && event.time.ns - ended.goodbye_time.ns <= kSoonNs;
    if (soon && ended.empty() && event.kind == EventKind::kill && told.evidence.size() == 1) {
      told.evidence.insert(told.evidence.begin(), Evidence{"goodbye", ended.goodbye_time, ended.goodbye_text, ended.goodbye_source});
    }
    told.operations = operations_around(event, slice);
    if (options_.timeline) told.timeline = moments_.between(event.time, event.time);
    add_kill(std::move(told));
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
  death.of_platform_life = event.format == heroku;
  if (event.kind == EventKind::kill) judge_kill(death, ended);
  // One time limit kills one process, whatever other ones run the same task.
  for (Life& other : lives_) {
    if (death.limit_line != 0 && other.limit_source.line == death.limit_line) other.limit_time = {};
  }
  look_for_leak(death, ended);
  add_death(std::move(death));
  ended = Life{};
}

// The life between whose lines the event stands, and how many there are.
std::optional<ProcessId> Crash::only_life_of(const Event& event, std::size_t& count) const {
  std::optional<ProcessId> only;
  count = 0;
  for (ProcessId process = 0; process < lives_.size(); ++process) {
    const Life& open = lives_[process];
    if (open.empty() || open.last_source.input != event.input) continue;
    if (event.host != kNoName && open.host != kNoName && event.host != open.host) continue;
    only = process;
    ++count;
  }
  return only;
}

// A container that is killed takes all its processes with it. The account is of the one in the middle of a task, of several
// of the largest.
std::optional<ProcessId> Crash::heaviest_in(NameId container, std::uint16_t input) const {
  std::optional<ProcessId> heaviest;
  bool busy = false;
  for (ProcessId process = 0; container != kNoName && process < lives_.size(); ++process) {
    const Life& open = lives_[process];
    if (open.empty() || open.host != container || open.last_source.input != input) continue;
    const bool in_task = !tracker_.open_runs(process).empty();
    if (heaviest && (busy != in_task ? busy : !(open.last_rss_mb > lives_[*heaviest].last_rss_mb))) continue;
    heaviest = process;
    busy = in_task;
  }
  return heaviest;
}

// A kill that the log tells between the lines of a life, and not whose it is: that of the only life of that log.
void Crash::kill_without_name(const Event& event, const Slice& slice) {
  const bool certain = event.kind != EventKind::kill_hint;
  Death told = words_of(event, slice);
  std::size_t count = 0;
  std::optional<ProcessId> whose = only_life_of(event, count);
  if (count != 1) whose = certain ? heaviest_in(event.host, event.input) : std::nullopt;
  if (whose) {
    hints_.add({.process = *whose, .told = std::move(told), .certain = certain});
  } else if (certain || event.is(flag::kRecord)) {
    if (certain) told.operations = operations_around(event, slice);
    add_kill(std::move(told));
  } else if (count == 0) {
    // Of whom, the number of lives that ended may tell.
    told.bare = true;
    add_kill(std::move(told));
  }
}

// Another word about the last kill that this log tells.
void Crash::told_again(const Event& event, const Slice& slice) {
  constexpr std::size_t kMostTellers = 8;
  const std::string text = one_blank(trim(slice.batch.context_of(event)));
  if (event.is(flag::kOrderly)) {  // where the report of a kernel, which was the event before, says it
    for (std::vector<Death>* list : {&kills_, &deaths_}) {
      for (auto death = list->rbegin(); death != list->rend(); ++death) {
        for (crash::Evidence& told : death->evidence) {
          if (told.kind != "oom_kill" || told.text != text || told.time.ns != event.time.ns) continue;
          // Of two pieces of a log that overlap one may tell the record and the other its line.
          if (told.source.input == event.input && told.source.line >= event.line) continue;
          told.source = {event.input, event.line};
          return;
        }
      }
    }
    return;
  }
  Death* last = nullptr;
  for (std::vector<Death>* list : {&deaths_, &kills_}) {
    for (auto death = list->rbegin(); death != list->rend(); ++death) {
      const auto same_log = [&](const crash::Evidence& e) { return crash::is_kill(e) && e.source.input == event.input && e.source.line < event.line; };
      if (!std::any_of(death->evidence.begin(), death->evidence.end(), same_log)) continue;
      if (last == nullptr || (death->time.known() && last->time.known() && death->time.ns > last->time.ns)) last = &*death;
      break;
    }
  }
  if (last == nullptr || last->evidence.size() >= kMostTellers || !last->time.known() || std::llabs(event.time.ns - last->time.ns) > kSoonNs) return;
  // systemd says `oom-kill` of what systemd-oomd has done, too.
  const bool pressure = last->verdict == Verdict::killed_for_pressure;
  const std::string_view kind = pressure ? "pressure_kill" : event.is(flag::kCritical) ? "oom_kill" : "sigkill";
  const auto behind = std::find_if(last->evidence.rbegin(), last->evidence.rend(), crash::is_kill).base();
  last->evidence.insert(behind, {kind, event.time, text, {event.input, event.line}});
}

// A life of which a kill was perhaps told writes again: as a new process, or it was not the one.
void Crash::went_on(const Event& event) {
  Life& open = life(event.process);
  if (open.empty() || !event.time.known()) return;
  auto hint = hints_.take(event.process);
  if (!hint || (hint->ends && !hint->for_memory)) return;
  // What it still writes while it stops.
  if (hint->said_goodbye && !(event.rss_mb < kStartsAnew * open.last_rss_mb) && event.time.ns - hint->told.time.ns <= Life::kStopsWithinNs) {
    hints_.add(std::move(*hint));
    return;
  }
  // Behind Python's exception the new process comes soon: else the old one has caught it and given memory back.
  constexpr std::uint64_t kFirstLines = 12;
  if (hint->last_words && event.line > hint->told.evidence.front().source.line + kFirstLines) return;
  if (event.rss_mb < kStartsAnew * open.last_rss_mb) {
    add_hinted(std::move(*hint), event.time, fmt::format("{} after {}: a new process", format_size(event.rss_mb), format_size(open.last_rss_mb)), {event.input, event.line});
    tracker_.end_process(event.process);
  } else if (hint->certain) {
    hint->told.elsewhere = true;
    add_kill(std::move(hint->told));
  }
}

// The life that the hint is about has ended, in a restart or with the log.
void Crash::add_hinted(crash::Hints::Hint hint, const Timestamp& restarted, std::string_view restart, const crash::SourceLine& source) {
  Life& ended = life(hint.process);
  if (ended.empty()) return;
  Death death = death_of(hint.process, ended);
  if (hint.told.time.known()) death.time = hint.told.time;
  death.restarted_at = restarted;
  death.pid = hint.told.pid;
  if (is_known(hint.told.rss_mb)) death.rss_mb = hint.told.rss_mb;
  if (is_known(hint.told.limit.mb)) death.limit = hint.told.limit;
  death.verdict = hint.told.verdict;
  death.confidence = hint.told.confidence;
  death.evidence = std::move(hint.told.evidence);
  if (death.verdict == Verdict::killed) judge_kill(death, ended);
  if (hint.for_memory) {
    Death seen = death_of(hint.process, ended);
    judge_restart(seen, ended, restarted.known() ? restarted : ended.last_time);
    if (seen.verdict == Verdict::oom) {
      death.verdict = Verdict::oom;
      death.confidence = Confidence::high;
    }
    if (seen.verdict == Verdict::oom || seen.verdict == Verdict::probable_oom) death.evidence.insert(death.evidence.end(), seen.evidence.begin(), seen.evidence.end());
  }
  if (restarted.known()) death.evidence.push_back({"restart", restarted, std::string(restart), source});
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
  keep_what_counts(all, options_.last);
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

}  // namespace memlog
