#include "memlog/analysis/crash_recurrence.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <utility>

namespace memlog::crash {

namespace {

// Lives whose lengths differ by less than this share of their mean end for the same reason, at the same age.
constexpr double kRegular = 0.15;
constexpr std::size_t kFewestForAge = 3;

using Counts = std::map<std::pair<std::string, std::string>, std::size_t>;

void count_shared(const Death& death, const Maxima& maxima, const RunNames& names, Counts& counts) {
  std::set<std::pair<std::string, std::string>> of_death;  // each once a death
  for (const Run& run : death.in_flight) of_death.emplace("task in flight", names.names.text(run.task));
  if (!death.operations.empty() && !death.operations.back().name.empty()) of_death.emplace("last operation", death.operations.back().name);
  for (const Metric& metric : death.metrics) {
    const std::string name(names.names.text(metric.name));
    const auto most = maxima.find(name);
    if (most != maxima.end() && metric.value > most->second) of_death.emplace("too many", name);
  }
  for (const auto& key : of_death) ++counts[key];
}

}  // namespace

std::optional<Recurrence> find_recurrence(const std::vector<Death>& deaths, const Maxima& maxima, const RunNames& names) {
  Recurrence found;
  Counts counts;
  std::vector<double> uptimes;
  const Death* last = nullptr;
  for (const Death& death : deaths) {
    if (death.verdict == Verdict::unexplained_restart || death.verdict == Verdict::not_oom) continue;
    ++found.deaths;
    count_shared(death, maxima, names, counts);
    last = &death;
    if (death.started_at.known() && death.time.known() && death.time.ns > death.started_at.ns) {
      uptimes.push_back(static_cast<double>(death.time.ns - death.started_at.ns) / 1e9);
    }
  }
  if (found.deaths < 2) return std::nullopt;
  for (const auto& [key, times] : counts) {
    if (times >= 2 && 2 * times >= found.deaths) found.shared.push_back({key.first, key.second, times});
  }
  std::stable_sort(found.shared.begin(), found.shared.end(), [](const auto& a, const auto& b) { return a.times > b.times; });
  if (uptimes.size() < 2) return found;
  double sum = 0;
  for (const double uptime : uptimes) sum += uptime;
  found.uptime_mean_s = sum / static_cast<double>(uptimes.size());
  double squares = 0;
  for (const double uptime : uptimes) squares += (uptime - found.uptime_mean_s) * (uptime - found.uptime_mean_s);
  found.uptime_spread = std::sqrt(squares / static_cast<double>(uptimes.size() - 1)) / found.uptime_mean_s;
  found.regular = uptimes.size() >= kFewestForAge && uptimes.size() == found.deaths && found.uptime_spread <= kRegular;
  if (found.regular && last->restarted_at.known()) {
    found.next_due = last->restarted_at;
    found.next_due.ns += static_cast<std::int64_t>(found.uptime_mean_s) * kNanosPerSecond;
  }
  return found;
}

}  // namespace memlog::crash
