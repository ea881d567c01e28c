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

// Not what a kernel tells of a process that no log here knows.
bool is_compared(const Death& death) { return !death.told_alone && death.verdict != Verdict::unexplained_restart && death.verdict != Verdict::not_oom; }

void count_shared(const Death& death, const Thresholds& thresholds, const RunNames& names, Counts& counts) {
  std::set<std::pair<std::string, std::string>> of_death;  // each once a death
  for (const Run& run : death.in_flight) of_death.emplace("task in flight", names.names.text(run.task));
  // Idle is what a monitor writes where nothing ran.
  if (!death.operations.empty() && !death.operations.back().name.empty() && death.operations.back().name != "Idle") {
    of_death.emplace("last operation", death.operations.back().name);
  }
  for (const Metric& metric : death.metrics) {
    const std::string name(names.names.text(metric.name));
    if (metric.value > thresholds.of_counter(name)) of_death.emplace("too many", name);
  }
  for (const auto& key : of_death) ++counts[key];
}

// A counter of load that stood higher in every death than in any life that survived.
void find_above(const std::vector<const Death*>& deaths, const Thresholds& thresholds, const Survivors& survivors, const RunNames& names, Recurrence& found) {
  for (const Threshold& threshold : all_thresholds()) {
    const double most = thresholds.of_counter(threshold.name);
    const std::string name(threshold.name);
    const NameId id = names.names.find(name);
    if (!is_known(most) || id == kNoName) continue;
    const double survived = survivors.highest(id);
    bool all = is_known(survived);
    bool all_too_many = true;
    for (const Death* death : deaths) {
      const auto at = std::find_if(death->metrics.begin(), death->metrics.end(), [&](const Metric& m) { return m.name == id; });
      all = all && at != death->metrics.end() && at->value > survived;
      all_too_many = all_too_many && at != death->metrics.end() && at->value > most;
    }
    // Where all are above the maximum anyway, that has been said.
    if (all && !all_too_many) found.shared.push_back({"above", name, deaths.size(), survived});
  }
}

// `ForkPoolWorker-7` is one of many alike; a container or a program is itself.
std::string family(ProcessId process, const RunNames& names) {
  std::string name = names.processes.full_name(process);
  const auto dash = name.rfind("Worker-");
  if (dash != std::string::npos) name.erase(dash + 7);
  return name;
}

void find_age(const std::vector<const Death*>& deaths, const RunNames& names, const Running& running, Recurrence& found) {
  std::map<std::string, std::vector<const Death*>> families;
  for (const Death* death : deaths) families[family(death->process, names)].push_back(death);
  const auto largest = std::max_element(families.begin(), families.end(), [](const auto& a, const auto& b) { return a.second.size() < b.second.size(); });
  std::vector<double> uptimes;
  for (const Death* death : largest->second) {
    if (death->started_at.known() && death->time.known() && death->time.ns > death->started_at.ns) {
      uptimes.push_back(static_cast<double>(death->time.ns - death->started_at.ns) / 1e9);
    }
  }
  if (uptimes.size() < 2) return;
  double sum = 0;
  for (const double uptime : uptimes) sum += uptime;
  found.uptime_mean_s = sum / static_cast<double>(uptimes.size());
  double squares = 0;
  for (const double uptime : uptimes) squares += (uptime - found.uptime_mean_s) * (uptime - found.uptime_mean_s);
  found.uptime_spread = std::sqrt(squares / static_cast<double>(uptimes.size() - 1)) / found.uptime_mean_s;
  found.regular = uptimes.size() >= kFewestForAge && uptimes.size() == largest->second.size() && found.uptime_spread <= kRegular;
  if (!found.regular) return;
  const Death& last = *largest->second.back();
  // The life that runs now may have begun with another start than the one after the last death.
  const Timestamp since = running(last);
  if (!since.known() || since.ns <= last.time.ns) return;
  found.next_due = since;
  found.next_due.ns += static_cast<std::int64_t>(found.uptime_mean_s) * kNanosPerSecond;
}

}  // namespace

std::optional<Recurrence> find_recurrence(const std::vector<Death>& deaths, const Thresholds& thresholds, const Survivors& survivors, const RunNames& names,
                                          const Running& running) {
  Recurrence found;
  Counts counts;
  std::vector<const Death*> compared;
  for (const Death& death : deaths) {
    if (!is_compared(death)) continue;
    compared.push_back(&death);
    count_shared(death, thresholds, names, counts);
  }
  found.deaths = compared.size();
  if (found.deaths < 2) return std::nullopt;
  for (const auto& [key, times] : counts) {
    if (times >= 2 && 2 * times >= found.deaths) found.shared.push_back({key.first, key.second, times, kMissing});
  }
  std::stable_sort(found.shared.begin(), found.shared.end(), [](const auto& a, const auto& b) { return a.times > b.times; });
  find_above(compared, thresholds, survivors, names, found);
  find_age(compared, names, running, found);
  return found;
}

}  // namespace memlog::crash
