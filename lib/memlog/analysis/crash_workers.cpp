#include "memlog/analysis/crash_workers.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <string_view>

#include "memlog/base/decimal.h"
#include "memlog/base/time.h"

namespace memlog::crash {

namespace {

constexpr std::string_view kStem = "ForkPoolWorker-";
constexpr std::size_t kMostStarts = 1'000;
// A worker whose task is this old is in the middle of it; a pool's workers start within seconds.
constexpr std::int64_t kSettledNs = 10 * kNanosPerSecond;

std::optional<std::int64_t> number_of(std::string_view process) {
  if (!process.starts_with(kStem)) return std::nullopt;
  process.remove_prefix(kStem.size());
  const auto number = take_integer(process);
  return process.empty() ? number : std::nullopt;
}

}  // namespace

Replacements::Host& Replacements::host(NameId name) {
  for (Host& known : hosts_) {
    if (known.name == name) return known;
  }
  hosts_.push_back({.name = name, .starts = {}});
  return hosts_.back();
}

void Replacements::started(const Event& event, const RunNames& names, const RunTracker& tracker) {
  Host& own = host(event.host);
  own.says_starts = true;
  note(own, event, names, tracker);
}

void Replacements::explained(const Event& event) { host(event.host).says_starts = true; }

void Replacements::exited(const Event& event) { ++host(event.host).room; }

void Replacements::pool_started(const Event& event) {
  Host& own = host(event.host);
  own.highest = -1;
  own.room = 0;
}

void Replacements::seen(const Event& event, const RunNames& names, const RunTracker& tracker) {
  if (event.kind != EventKind::task_start) return;
  const std::string_view process = names.processes.name(event.process);
  if (!process.starts_with(kStem)) return;
  Host& own = host(event.host);
  if (!own.says_starts) note(own, event, names, tracker);
}

void Replacements::note(Host& own, const Event& event, const RunNames& names, const RunTracker& tracker) {
  const auto number = number_of(names.processes.name(event.process));
  if (!number || *number <= own.highest || !event.time.known()) return;
  own.highest = *number;
  if (own.room > 0) {
    --own.room;
    return;
  }
  Start start;
  start.time = event.time;
  start.process = event.process;
  start.source = {event.input, event.line};
  for (ProcessId process = 0; process < names.processes.size(); ++process) {
    const std::vector<Run>& open = tracker.open_runs(process);
    const auto other = number_of(names.processes.name(process));
    if (open.empty() || !other || *other >= *number || open.front().host != event.host || !open.front().start.known()) continue;
    if (open.front().start.ns > event.time.ns - kSettledNs) continue;
    start.candidates.push_back({process, open.front().line});
  }
  if (!start.candidates.empty() && own.starts.size() < kMostStarts) own.starts.push_back(std::move(start));
}

std::vector<Replacements::Found> Replacements::find(const RunTracker& tracker, const std::vector<Life>& lives, const RunNames& names) const {
  std::vector<Found> found;
  for (const Host& own : hosts_) {
    for (const Start& start : own.starts) {
      const Candidate* dead = nullptr;
      std::size_t silent = 0;
      for (const Candidate& candidate : start.candidates) {
        const std::vector<Run>& open = tracker.open_runs(candidate.process);
        if (open.empty() || open.front().line != candidate.run_line || candidate.process >= lives.size()) continue;
        const Life& life = lives[candidate.process];
        if (life.empty() || life.last_time.ns > start.time.ns) continue;
        ++silent;
        dead = &candidate;
      }
      const bool taken = dead != nullptr && std::any_of(found.begin(), found.end(), [&](const Found& f) { return f.process == dead->process; });
      if (silent != 1 || taken) continue;
      const Run& run = tracker.open_runs(dead->process).front();
      found.push_back({dead->process, start.time,
                       fmt::format("{} came while {} had been running '{}' since {}, which never ended", names.processes.name(start.process),
                                   names.processes.name(dead->process), names.names.text(run.task), format_time(run.start, ' ')),
                       start.source});
    }
  }
  return found;
}

}  // namespace memlog::crash
