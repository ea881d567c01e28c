#include <cmath>
#include <optional>

#include "memlog/analysis/crash.h"

namespace memlog::crash {

namespace {

constexpr std::int64_t kStepNs = 15 * 60 * kNanosPerSecond;
constexpr int kMostSteps = 14 * 4;              // zones are at most 14 hours from UTC
constexpr std::int64_t kSlackNs = 60 * kNanosPerSecond;

// Told by a kernel or a platform alone.
bool is_lone_kill(const Death& death) {
  return death.operations.empty() && !death.restarted_at.known() && !death.evidence.empty() && death.evidence.front().kind == "oom_kill" && death.time.known();
}

// Known from its own log alone.
bool is_lone_break(const Death& death) {
  if (!death.restarted_at.known() || !death.time.known()) return false;
  for (const Evidence& evidence : death.evidence) {
    if (evidence.kind == "oom_kill" || evidence.kind == "sigkill") return false;
  }
  return true;
}

// The death whose gap a kill falls into when its clock is shifted.
std::optional<std::size_t> gap_of(const std::vector<Death>& deaths, const Death& kill, std::int64_t shift) {
  for (std::size_t i = 0; i < deaths.size(); ++i) {
    if (!is_lone_break(deaths[i])) continue;
    const std::int64_t at = kill.time.ns + shift;
    if (at >= deaths[i].time.ns - kSlackNs && at <= deaths[i].restarted_at.ns) return i;
  }
  return std::nullopt;
}

}  // namespace

ClockOffset pair_by_clock_offset(std::vector<Death>& deaths) {
  std::vector<std::size_t> kills;
  for (std::size_t i = 0; i < deaths.size(); ++i) {
    if (is_lone_kill(deaths[i])) kills.push_back(i);
  }
  if (kills.empty()) return {};
  std::optional<std::int64_t> found;
  for (int step = -kMostSteps; step <= kMostSteps; ++step) {
    if (step == 0) continue;
    const std::int64_t shift = step * kStepNs;
    bool all = true;
    for (const std::size_t k : kills) all = all && gap_of(deaths, deaths[k], shift).has_value();
    if (!all) continue;
    if (found) return {};  // several shifts fit: none is proved
    found = shift;
  }
  if (!found) return {};
  for (const std::size_t k : kills) {
    Death& death = deaths[*gap_of(deaths, deaths[k], *found)];
    Death kill = deaths[k];
    for (Evidence& evidence : kill.evidence) {
      if (evidence.time.known()) evidence.time.ns += *found;
      evidence.text += " (its clock differs; corrected)";
    }
    death.time.ns = std::max(death.time.ns, kill.time.ns + *found);
    absorb(death, kill);
  }
  for (std::size_t i = kills.size(); i-- > 0;) deaths.erase(deaths.begin() + static_cast<std::ptrdiff_t>(kills[i]));
  return {static_cast<double>(*found) / 1e9, kills.size()};
}

}  // namespace memlog::crash
