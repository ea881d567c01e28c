#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "memlog/analysis/crash.h"
#include "memlog/base/size.h"
#include "memlog/base/text.h"
#include "memlog/format/format.h"

// A process or a pool's worker runs again: what ended before it, and what begins.
namespace memlog {

using namespace crash;

namespace {

constexpr std::int64_t kRespawnNs = 5 * 60 * kNanosPerSecond;

// A worker says that it started this soon after it was booted.
constexpr std::int64_t kWorkerStartsNs = 60 * kNanosPerSecond;

constexpr std::int64_t kLeftNs = 7 * 86400 * kNanosPerSecond;

// More starts than anyone reads tell no more of when lives end.
constexpr std::size_t kMostStarts = 10'000;

// A start that another log tells is no restart of this life where that log is of another kind of program, or of days later.
bool is_another_program(const Life& ended, const Event& start) {
  if (start.input == ended.last_source.input || !ended.last_time.known()) return false;
  static const int daily = find_format("daily");
  static const int celery = find_format("celery");
  static const int tree = find_format("snapshot_tree");
  static const int debug_log = find_format("memory_debug");
  const auto family = [&](int format) { return format == daily || format == celery ? format : format == tree || format == debug_log ? tree : -1; };
  const int ours = family(ended.last_format);
  const int theirs = family(start.format);
  // Two logs of one program interleave.
  constexpr std::int64_t kHoursNs = 6 * 3600 * kNanosPerSecond;
  return start.time.ns - ended.last_time.ns > (ours >= 0 && theirs >= 0 && ours != theirs ? kHoursNs : kLeftNs);
}

// The banner of a start is of a few lines; behind an exception there may be its own further lines, and what the program
// writes before it says that it started.
bool is_right_before(const crash::Hints::Hint& hint, const Event& start) {
  constexpr std::uint64_t kBanner = 4;
  constexpr std::uint64_t kFirstLines = 12;
  const crash::SourceLine& said = hint.told.evidence.front().source;
  return said.input == start.input && start.line > said.line && start.line <= said.line + (hint.orderly ? kBanner : kFirstLines);
}

}  // namespace

// `Bot started`, of a life that was read: the next reading shows whether it is another.
void Crash::said_start(const Event& event, const Slice& slice) {
  if (event.is(flag::kRepeats)) {
    // Another worker than the one that exits: if that was this life, it starts now.
    Life& open = life(event.process);
    if (open.shut_down && open.goodbye_text.find("Worker exiting (pid: ") != std::string::npos && !open.replaced_time.known()) open.replaced_time = event.time;
    return;
  }
  if (!event.time.known() || life(event.process).empty()) return;
  const bool again = !event.is(flag::kHigh);
  const bool behind_error = event.is(flag::kCritical);
  // Right behind an exception that nothing caught no reading has to show it: the program had ended.
  const crash::Hints::Hint* const hint = hints_.find(event.process);
  if (!again && !behind_error && hint != nullptr && hint->last_words && is_right_before(*hint, event)) {
    Event start = event;
    start.kind = EventKind::restart;
    restart(start);
    tracker_.end_process(event.process);
    return;
  }
  hellos_.add({event.process, event.time, std::string(trim(slice.batch.context_of(event))), {event.input, event.line}, again, behind_error});
}

void Crash::start_anew(const Event& reading) {
  crash::Hellos::Hello hello;
  if (!hellos_.take(reading, life(reading.process), hello) || reading.is(flag::kBoot)) return;
  // A log that was left and taken up again.
  if (hello.time.ns - life(reading.process).last_time.ns > kLeftNs) {
    if (!life(reading.process).shut_down) leave_open(reading.process);
    tracker_.end_process(reading.process);
    Event start = reading;
    start.time = hello.time;
    begin_life(start);
    return;
  }
  const double before_mb = life(reading.process).last_rss_mb;
  const std::size_t told = deaths_.size();
  Event start = reading;
  start.kind = EventKind::restart;
  start.time = hello.time;
  start.input = hello.source.input;
  start.line = hello.source.line;
  restart(start);
  tracker_.end_process(reading.process);
  if (deaths_.size() != told + 1 || deaths_.back().evidence.empty() || deaths_.back().evidence.back().kind != "restart") return;
  Death& death = deaths_.back();
  // Less than a start that the program says only once.
  if (hello.again && (death.verdict == Verdict::oom || death.verdict == Verdict::probable_oom)) {
    death.verdict = Verdict::probable_oom;
    death.confidence = Confidence::low;
  }
  death.evidence.back().text = fmt::format("{}, and {} after {}: a new process", hello.text, format_size(reading.rss_mb), format_size(before_mb));
}

void Crash::restart(const Event& event) {
  hellos_.forget(event.process);
  Life& ended = life(event.process);
  if (ended.replaced_time.known() && event.time.known() && event.time.ns - ended.replaced_time.ns > kWorkerStartsNs) ended.shut_down = false;
  if (!event.time.known()) {
    ended = Life{};
    return;
  }
  if (!ended.empty() && is_another_program(ended, event)) {
    hints_.take(event.process);
    leave_open(event.process);
    tracker_.end_process(event.process);
    begin_life(event);
    return;
  }
  if (ended.empty() || (ended.shut_down && !hints_.stopped_for_memory(event.process))) {
    hints_.take(event.process);
    if (ended.shut_down) survivors_.add(ended);
    else if (Death* death = killed_before(event)) death->restarted_at = event.time;
    begin_life(event);
    return;
  }
  const std::string text = event.kind == EventKind::restart ? "running again: the log says that it started" : "started again without having said that it stops";
  auto hint = hints_.take(event.process);
  // The last words are not the last where something stands between them and the start.
  if (hint && hint->last_words && !is_right_before(*hint, event)) hint.reset();
  if (hint && hint->orderly) {
    survivors_.add(ended);
    begin_life(event);
    return;
  }
  if (hint) {
    add_hinted(std::move(*hint), event.time, text, {event.input, event.line});
    begin_life(event);
    return;
  }
  Death death = death_of(event.process, ended);
  death.restarted_at = event.time;
  static const int debug_log = find_format("memory_debug");
  ended.writes_only_high = event.format == debug_log;
  judge_restart(death, ended, event.time);
  death.evidence.push_back({"restart", event.time, text, {event.input, event.line}});
  look_for_leak(death, ended);
  add_death(std::move(death));
  begin_life(event);
}

void Crash::begin_life(const Event& event) {
  Life& begun = life(event.process);
  // What is kept of the readings is the most of it, and will be as much again.
  stats::LeakSeries series = std::move(begun.series);
  series.begin_anew();
  begun = Life{};
  begun.series = std::move(series);
  begun.started = event.time;
  if (event.time.known() && starts_.size() < kMostStarts) starts_.push_back(event.time.ns);
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
  begin_life(event);
  for (Death& death : deaths_) {
    if (death.host != event.host || death.restarted_at.known() || !event.time.known() || !death.time.known()) continue;
    if (event.time.ns < death.time.ns || event.time.ns - death.time.ns > kRespawnNs) continue;
    death.restarted_at = event.time;
    replacements_.explained(event);
    return;
  }
  replacements_.started(event, slice.names, tracker_);
}

}  // namespace memlog
