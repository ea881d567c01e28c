#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "memlog/analysis/crash_death.h"
#include "memlog/base/size.h"

// Why a process died, as far as its log tells. Each cause has a threshold, a sentence and the lines it rests on.
namespace memlog::crash {

namespace {

constexpr double kNearlyAll = 0.8;          // a task in flight that holds this much of the growth is the cause for certain
constexpr double kOrdinary = 1.2;           // an ordinary RSS is at most this much above the life's average
constexpr std::uint64_t kRepeatedly = 3;
constexpr std::uint64_t kKnownHigh = 6;     // survivors that told a counter this often know how high it goes,
constexpr std::int64_t kLongEnoughNs = 3600 * kNanosPerSecond;  // of those that lived this long
constexpr double kHeavyMb = 20;             // what a task or a run takes at least to be called heavy
constexpr std::size_t kClimbReadings = 6;   // a queue grows through the window in this many readings, never falling,
constexpr std::size_t kClimbRises = 3;      // in this many steps
constexpr double kClimbBy = 5;              // and by this much

double metric(const Death& death, NameId name) {
  for (const Metric& m : death.metrics) {
    if (m.name == name) return m.value;
  }
  return kMissing;
}

SourceLine last_line(const Death& death) { return death.operations.empty() ? SourceLine{} : death.operations.back().source; }

struct TooMany {
  NameId name;
  const char* key;
  const char* what;
  std::string_view cause;
};

void too_many(const Death& death, const Thresholds& thresholds, const Survivors& survivors, const TooMany& of, std::vector<Cause>& causes) {
  const double value = metric(death, of.name);
  const double most = thresholds.of(of.key);
  const double survived = survivors.highest(of.name);
  if (value > most) {
    causes.push_back({of.cause, Confidence::high, fmt::format("{:.0f} {} were active; the limit is {:.0f}", value, of.what, most), {death.counters_source}});
  } else if (value > survived && !thresholds.is_given(of.key)) {  // the user's threshold decides
    causes.push_back({of.cause, Confidence::medium, fmt::format("{:.0f} {} were active, more than in any session that survived ({:.0f})", value, of.what, survived),
                      {death.counters_source}});
  }
}

void queue_buildup(const Death& death, const Thresholds& thresholds, std::vector<Cause>& causes) {
  const double queue = metric(death, name::kQueue);
  const double full = thresholds.of("queue");
  const Life::Climb& climb = death.queue;
  if (queue >= full) {
    causes.push_back({"queue_buildup", Confidence::medium, fmt::format("{:.0f} entries were queued; {:.0f} is full", queue, full), {death.counters_source}});
  } else if (climb.readings >= kClimbReadings && !climb.fell && climb.rises >= kClimbRises && climb.last - climb.first >= kClimbBy) {
    causes.push_back({"queue_buildup", Confidence::medium,
                      fmt::format("the queue grew through the whole time before, from {:.0f} to {:.0f} entries", climb.first, climb.last), {death.counters_source}});
  }
}

void heavy_task(const Death& death, const Thresholds& thresholds, const RunNames& names, std::vector<Cause>& causes) {
  const double least_share = thresholds.of("heavy_task_percent") / 100.0;
  const double baseline = is_known(death.growth.start_mb) ? death.growth.start_mb : kMissing;
  for (const Run& run : death.in_flight) {
    const double took = run.last_mb - run.start_mb;
    const double distance = is_known(baseline) ? death.rss_mb - std::min(baseline, run.start_mb) : took;
    if (!(took > 0) || !(distance > 0) || took < kHeavyMb || took < least_share * distance) continue;
    causes.push_back({"heavy_task", took >= std::max(kNearlyAll, least_share) * distance ? Confidence::high : Confidence::medium,
                      fmt::format("'{}' was running and took {}, {:.0f} % of the growth", names.names.text(run.task), format_size(took), 100.0 * std::min(1.0, took / distance)),
                      {{run.input, run.line}}});
  }
}

void spike(const Death& death, const Thresholds& thresholds, std::vector<Cause>& causes) {
  const double of_limit = is_known(death.limit.mb) && death.limit.source != "system" ? thresholds.of("spike_percent") / 100.0 * death.limit.mb : kMissing;
  const double threshold = std::fmin(thresholds.of("spike_mb"), of_limit);  // fmin: the one that is known
  double largest = 0;
  const Operation* at = nullptr;
  const std::size_t from = death.operations.size() > kCountedOperations ? death.operations.size() - kCountedOperations : 1;
  for (std::size_t i = from; i < death.operations.size(); ++i) {
    const double step = death.operations[i].rss_mb - death.operations[i - 1].rss_mb;
    if (step > largest) {
      largest = step;
      at = &death.operations[i];
    }
  }
  if (at == nullptr || !(largest >= threshold)) return;
  causes.push_back({"spike", largest >= 2 * threshold ? Confidence::high : Confidence::medium,
                    fmt::format("memory rose by {} with '{}' at {}", format_size(largest), at->name.empty() ? "(unnamed operation)" : at->name,
                                format_time(at->time, ' ')),
                    {at->source}});
}

void page_cache(const Death& death, const Thresholds& thresholds, std::vector<Cause>& causes) {
  if (!is_known(death.limit.mb) || !is_known(death.container_mb) || !is_known(death.rss_mb)) return;
  const auto share = [&](std::string_view name) { return thresholds.of(name) / 100.0 * death.limit.mb; };
  if (death.container_mb < share("page_cache_percent") || death.rss_mb >= share("page_cache_rss_percent")) return;
  causes.push_back({"page_cache", Confidence::medium,
                    fmt::format("the container was at {} of {} while the process had {}: the rest is page cache", format_size(death.container_mb),
                                format_size(death.limit.mb), format_size(death.rss_mb)),
                    {death.container_source}});
}

void host_pressure(const Death& death, const Thresholds& thresholds, std::vector<Cause>& causes) {
  if (!is_known(death.available_mb) || !is_known(death.free_percent) || death.free_percent <= 0 || !is_known(death.average_mb)) return;
  const double total = death.available_mb / (death.free_percent / 100.0);
  const double least_mb = thresholds.of("host_pressure_mb");
  // 500 MB free is a third of it: ordinary there, unless the user says otherwise.
  const bool small_host = total < 3 * least_mb && !thresholds.is_given("host_pressure_mb");
  const bool pressed = (death.available_mb < least_mb && !small_host) || death.free_percent < thresholds.of("host_pressure_percent");
  if (!pressed || death.rss_mb > kOrdinary * death.average_mb) return;
  causes.push_back({"host_pressure", Confidence::medium,
                    fmt::format("only {} ({:.1f} %) of the system was available while the process was at an ordinary {}", format_size(death.available_mb),
                                death.free_percent, format_size(death.rss_mb)),
                    {death.system_source}});
}

}  // namespace

void Survivors::add(const Life& life) {
  if (!life.empty()) add(life.first_time, life.last_time, life.metrics, life.highs);
}

void Survivors::add(const Death& stopped) { add(stopped.started_at, stopped.last_seen, stopped.metrics, stopped.highs); }

void Survivors::add(const Timestamp& from, const Timestamp& to, const std::vector<Metric>& metrics, const std::vector<Life::High>& highs) {
  // A life of minutes has survived nothing yet.
  if (!from.known() || !to.known() || to.ns - from.ns < kLongEnoughNs) return;
  for (std::size_t i = 0; i < metrics.size(); ++i) {
    Life::High& high = highs_[metrics[i].name];
    if (!(high.value >= highs[i].value)) high.value = highs[i].value;
    high.times += highs[i].times;
  }
}

double Survivors::highest(NameId metric) const {
  const auto at = highs_.find(metric);
  return at == highs_.end() || at->second.times < kKnownHigh ? kMissing : at->second.value;
}

std::vector<Cause> find_causes(const Death& death, const Thresholds& thresholds, const Survivors& survivors, const RunNames& names) {
  std::vector<Cause> causes;
  // Of a life that nothing told there is no cause to find: what ran beside it is not its own.
  if (death.verdict == Verdict::unexplained_restart || death.verdict == Verdict::not_oom || death.told_alone) return causes;
  heavy_task(death, thresholds, names, causes);
  too_many(death, thresholds, survivors, {name::kSessions, "sessions", "sessions", "too_many_sessions"}, causes);
  too_many(death, thresholds, survivors, {name::kActiveDownloads, "active_dls", "downloads", "too_many_downloads"}, causes);
  spike(death, thresholds, causes);
  if (death.leaked) {
    causes.push_back({"leak", Confidence::high, fmt::format("the floor had been growing by {:.1f} MB/hour", death.leak_mb_per_hour), {last_line(death)}});
  }
  queue_buildup(death, thresholds, causes);
  if (death.releases.kept_most >= kRepeatedly && death.releases.kept_most * 2 >= death.releases.heavy_runs) {
    causes.push_back({"not_freed", Confidence::medium,
                      fmt::format("{} of {} heavy runs gave back less than {:.0f} % of what they took, the last of '{}'", death.releases.kept_most,
                                  death.releases.heavy_runs, 100.0 - thresholds.of("not_freed_percent"), names.names.text(death.releases.task)),
                      {death.releases.source}});
  }
  page_cache(death, thresholds, causes);
  host_pressure(death, thresholds, causes);
  std::stable_sort(causes.begin(), causes.end(), [](const Cause& a, const Cause& b) { return a.confidence > b.confidence; });
  return causes;
}

}  // namespace memlog::crash
