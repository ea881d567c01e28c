#include "memlog/analysis/crash.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "memlog/base/error.h"
#include "memlog/base/size.h"
#include "memlog/input/chunk_reader.h"
#include "memlog/scan/log_lines.h"
#include "memlog/stats/leak_analysis.h"

namespace memlog {

using namespace crash;

namespace {

// More deaths than anyone reads are counted, not kept.
// A service that is started again every few seconds dies ten thousand times in a night: the last ones are told.
constexpr std::size_t kMostDeaths = 1'000;

}  // namespace

Crash::Crash(const Options& options)
    : options_(options),
      limit_(options.limit_mb),
      tracker_([this](const Run& run) { life(run.process).add_run_end(run, options_.thresholds.of("not_freed_percent") / 100.0); }),
      moments_(options.timeline ? options.before_s : 0) {}

Life& Crash::life(ProcessId process) {
  if (process >= lives_.size()) lives_.resize(process + 1);
  return lives_[process];
}

namespace {

// A user's look at the memory is no operation of the program, and its own lists leave it out.
bool is_look(const Event& event) { return event.task == name::kMemoryDebug; }

}  // namespace

// Of a row of readings of one process only the last operations are remembered: those before them need not be told. Gives
// the row's end; its begin where there is no such row.
std::size_t Crash::end_of_row(const Slice& slice, std::size_t begin) {
  const auto& events = slice.events;
  // A list may tell again what is told here, a kill may ask in the middle of the row.
  if (!kills_.empty() || life(events[begin].process).knows_lists()) return begin;
  const auto ordinary = [&](const Event& event) {
    return event.kind <= EventKind::snapshot && event.is(flag::kRecord | flag::kSample | flag::kSelected) && !event.is(flag::kBoot) && event.time.known() &&
           event.process == events[begin].process && is_known(event.rss_mb) && event.task != kNoName && !is_look(event);
  };
  std::size_t end = begin;
  while (end < events.size() && ordinary(events[end]) && (end == begin || events[end].time.ns >= events[end - 1].time.ns)) ++end;
  return end;
}

void Crash::fold(const Slice& slice) {
  if (!slice.readings.empty()) fold_readings(slice);
  if (slice.row != nullptr) fold_columns(*slice.row, slice);
  std::size_t row_end = 0;
  std::size_t told_from = 0;
  for (std::size_t i = 0; i < slice.events.size(); ++i) {
    const Event& event = slice.events[i];
    if (i >= row_end) {
      row_end = std::max(end_of_row(slice, i), i + 1);
      // Behind a clock that fell, where the first ones find their place decides on that of the others.
      const bool some = row_end > i + Life::kOperations && !life(event.process).begins_behind(event.time);
      told_from = some ? row_end - Life::kOperations : i;
    }
    tell_operation_ = i >= told_from;
    fold_one(event, slice);
  }
}

void Crash::fold_one(const Event& event, const Slice& slice) {
  if (options_.paste) writer_.see(event, slice.batch);
  // The limit of a process that was killed is its own, unless a platform speaks of the one that it runs.
  if (!is_death(event.kind) || slice.names.processes.name(event.process).empty()) limit_.fold(event);
  if (!event.is(flag::kSelected) && !event.is(flag::kEvidence) && !event.is(flag::kBoot)) {
    tracker_.fold(event);
    return;
  }
  if (event.time.known() && event.kind != EventKind::operation) last_time_ = event.time;
  fold_event(event, slice);
  if (options_.timeline) moments_.add(event, slice);
}

void Crash::add_death(Death death) {
  if (options_.timeline) {
    // Until the restart: a kill that another log tells comes after the last word.
    const Timestamp& until = death.restarted_at.known() ? death.restarted_at : death.time;
    death.timeline = moments_.between(death.time, until);
  }
  keep_what_counts(death.operations, options_.last);
  deaths_.push_back(std::move(death));
  left_out_ += leave_out_earliest(deaths_, 2 * kMostDeaths);
}

// What others told, until it is known whose death it is.
void Crash::add_kill(Death kill) {
  kills_.push_back(std::move(kill));
  kills_left_out_ += leave_out_earliest(kills_, 2 * kMostDeaths);
}

// With `most` of them the earliest go, so many that not each new one moves the others.
std::uint64_t Crash::leave_out_earliest(std::vector<Death>& deaths, std::size_t most) {
  if (deaths.size() < most) return 0;
  const std::size_t earlier = deaths.size() - kMostDeaths;
  deaths.erase(deaths.begin(), deaths.begin() + static_cast<std::ptrdiff_t>(earlier));
  return earlier;
}

void Crash::fold_event(const Event& event, const Slice& slice) {
  switch (event.kind) {
    case EventKind::restart: restart(event); tracker_.fold(event); return;
    case EventKind::kill:
    case EventKind::oom_kill:
    case EventKind::heap_limit:
    case EventKind::pressure_kill: kill(event, slice); tracker_.fold(event); return;
    case EventKind::kill_hint:
      if (event.is(flag::kRepeats)) told_again(event, slice);
      else kill_without_name(event, slice);
      return;
    case EventKind::service_stopped:
    case EventKind::service_started:
    case EventKind::service_ended:
    case EventKind::machine_stopped: note_service(event, slice); return;
    case EventKind::said_start: said_start(event, slice); return;
    case EventKind::end_hint:
    case EventKind::last_words: end_without_name(event, slice); return;
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
  if (is_last_measure(event)) return;
  if (!hints_.empty() && event.is(flag::kRecord | flag::kSelected) && !event.is(flag::kBoot)) went_on(event);
  if (stopping_ && event.is(flag::kRecord) && event.time.known()) works_on(event, slice);
  if (!hellos_.empty() && event.is(flag::kRecord) && event.is(flag::kSelected) && is_known(event.rss_mb) && event.time.known()) start_anew(event);
  if (event.is(flag::kBoot)) restart(event);
  else if (!kills_.empty() && event.is(flag::kSample | flag::kSelected)) cut_by_kill(event, slice);
  replacements_.seen(event, slice.names, tracker_);
  tracker_.fold(event);
  if (!event.is(flag::kRecord) || !event.is(flag::kSelected)) {
    const std::string_view context = slice.batch.context_of(event);
    if (event.kind == EventKind::snapshot && event.time.known() && is_known(event.rss_mb) && !context.empty()) life(event.process).add_context(event, context);
    return;
  }
  Life& current = life(event.process);
  current.add_reading(event, slice.batch);
  if (current.readings == 1 && is_known(event.rss_mb)) {
    const auto last = std::find_if(deaths_.rbegin(), deaths_.rend(), [&](const Death& death) { return death.process == event.process; });
    if (last != deaths_.rend() && last->restarted_at.known() && !is_known(last->after_mb)) last->after_mb = event.rss_mb;
  }
  if (event.kind == EventKind::gc) return;
  if (event.is(flag::kSample)) {
    const bool looked = is_look(event);
    // A worker's summary at its end names nothing that ran.
    const bool summary = event.task == kNoName && slice.batch.context_of(event) == "Worker memory summary";
    if (tell_operation_ && !looked && !summary) current.add_operation(event, slice.names.names.text(event.task), slice.batch.context_of(event));
    if (event.time.known()) {
      const bool open = !tracker_.open_runs(event.process).empty();
      stats::Reading reading;
      reading.t = event.time.seconds();
      reading.rss_mb = event.rss_mb;
      reading.state = ends_run(event.kind) ? stats::SampleState::run_end
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

// A platform measures a container now and then, and writes it some seconds later: behind a kill that is about the life that
// it has ended, and begins no other.
bool Crash::is_last_measure(const Event& event) const {
  static const int heroku = find_format("heroku");
  constexpr std::int64_t kLateNs = 30 * kNanosPerSecond;
  if (event.format != heroku || event.kind != EventKind::sample || !event.time.known()) return false;
  if (event.process < lives_.size() && !lives_[event.process].empty()) return false;
  const auto last = std::find_if(deaths_.rbegin(), deaths_.rend(), [&](const Death& death) { return death.process == event.process; });
  return last != deaths_.rend() && last->time.known() && std::any_of(last->evidence.begin(), last->evidence.end(), crash::is_kill) && event.time.ns - last->time.ns <= kLateNs;
}

Limit Crash::limit_of(ProcessId process, const Life& life) const {
  if (!is_known(options_.limit_mb) && is_known(life.stated_limit_mb)) return {life.stated_limit_mb, "log"};
  return limit_.limit_of(process);
}

Death Crash::death_of(ProcessId process, const Life& life) const {
  Death death;
  death.time = life.last_time;
  death.started_at = life.started.known() && !(life.first_time.known() && life.first_time.ns < life.started.ns) ? life.started : life.first_time;
  death.start_told = life.started.known();
  death.process = process;
  death.limit = limit_of(process, life);
  death.rss_mb = life.last_rss_mb;
  death.container_mb = life.last_container_mb;
  death.clock_back_ns = life.clock_back_ns;
  death.host = life.host;
  death.last_seen = life.last_time;
  death.input = life.last_source.input;
  death.period_s = life.period_s();
  death.operations = life.last_operations(Life::kOperations);
  death.in_flight = tracker_.open_runs(process);
  death.alerts = life.recent_alerts();
  death.metrics = life.metrics;
  death.highs = life.highs;
  death.counters_source = life.counters_source;
  death.container_source = life.container_source;
  death.system_source = life.system_source;
  death.growth = life.growth();
  death.queue = life.queue_climb();
  death.highest_mb = life.highest_mb;
  death.average_mb = life.average_mb();
  death.free_percent = life.last_free_percent;
  death.available_mb = life.last_available_mb;
  death.releases = life.releases;
  return death;
}

void Crash::look_for_leak(Death& death, Life& life) const {
  stats::LeakOptions options;
  options.limit_mb = death.limit.mb;
  options.threshold_mb_per_hour = options_.thresholds.of("leak_mb_per_hour");
  const stats::LeakReport report = stats::analyse_leaks({&life.series, 1}, options);
  if (report.verdict() != stats::Verdict::leak) return;
  death.leaked = true;
  death.leak_mb_per_hour = report.series[*report.answer].slope_mb_per_hour;
}

// A platform that tells a process' memory and its end tells perhaps what another log does: such a death is then a kill that
// looks for its life.
void Crash::take_platform_lives() {
  const auto of_platform = [](const Death& death) { return death.of_platform_life; };
  const auto first = std::stable_partition(deaths_.begin(), deaths_.end(), [&](const Death& death) { return !of_platform(death); });
  std::set<std::uint16_t> told;
  for (auto death = deaths_.begin(); death != first; ++death) told.insert(death->input);
  for (auto death = first; death != deaths_.end();) {
    const bool alone = told.empty() || (told.size() == 1 && told.count(death->input) == 1);
    if (alone) {
      ++death;
      continue;
    }
    kills_.push_back(std::move(*death));
    death = deaths_.erase(death);
  }
}

namespace {

// The lines with a date around a shell's bare word, in its log: it was said between them.
void bound_bare(std::vector<Death>& kills, const ReadResult& result) {
  for (Death& kill : kills) {
    const InputSummary& input = result.inputs[kill.input];
    if (!kill.bare || kill.time.known() || input.path == "-") continue;
    const std::uint64_t said = kill.evidence.back().source.line;
    try {
      ChunkReader reader(open_named(input.path));
      for_each_line(reader, [&](const Line& line) {
        if (line.number == said || !line.time.known() || !line.time.dated || line.time.yearless) return;
        if (line.number < said) kill.last_seen = line.time;
        else if (!kill.restarted_at.known()) kill.restarted_at = line.time;
      });
    } catch (const Error&) {
      // It was reported when the input was read for its records.
    }
  }
}

}  // namespace

// Who stands where when all is read: lives that the log leaves at the limit, workers that were replaced in the middle of
// a task, kills whose life another log tells.
void Crash::end_of_log(const ReadResult& result) {
  add_replaced(result);
  for (crash::Hints::Hint& hint : hints_.take_all()) {
    const crash::SourceLine said = hint.told.evidence.front().source;
    constexpr std::uint64_t kBehindLastWords = 2;
    if (hint.last_words && said.line + kBehindLastWords < static_cast<std::uint64_t>(result.inputs[said.input].lines.lines)) continue;
    if (hint.orderly) life(hint.process).shut_down = true;
    else add_hinted(std::move(hint), {}, {}, {});
  }
  add_open_ends(result);
  take_platform_lives();
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
  bound_bare(kills_, result);
  crash::pair_undated(deaths_, kills_, result.names.processes);
  tell_stated_ends(result);
  leave_out_cut(result);
  leave_out_bare();
  // A kill of another log is most often a death that is counted already: what was left out of both is counted once.
  left_out_ = std::max(left_out_, kills_left_out_);
  for (Death& kill : kills_) deaths_.push_back(std::move(kill));
  kills_.clear();
  std::stable_sort(deaths_.begin(), deaths_.end(), [](const Death& a, const Death& b) { return a.time.ns < b.time.ns; });
  left_out_ += leave_out_earliest(deaths_, kMostDeaths);
  for (Death& death : deaths_) {
    death.causes = crash::find_causes(death, options_.thresholds, survivors_, result.names);
    if (!death.time.known()) continue;  // it has no minutes before it
    const std::int64_t from = death.time.ns - static_cast<std::int64_t>(options_.before_s * 1e9);
    std::erase_if(death.timeline, [&](const crash::Moment& moment) { return moment.time.ns < from || moment.time.ns > death.time.ns; });
  }
}

}  // namespace memlog
