#include "memlog/analysis/crash_pairing.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <map>
#include <optional>
#include <set>
#include <utility>

namespace memlog::crash {

namespace {

// Seconds are cut off, and a log's last line may be the kernel's second: who writes later than that lives.
constexpr std::int64_t kSlackNs = 2 * kNanosPerSecond;
// The next word of a life that the log leaves open is due within two periods and this.
constexpr double kDueS = 60;
// A gap longer than this has room for too many shifts.
constexpr std::int64_t kShortGapNs = 30 * 60 * kNanosPerSecond;
constexpr std::int64_t kSigkillSlackNs = 30 * kNanosPerSecond;
// A kill comes at most this long (or two periods) after the last word, or this long before the restart.
constexpr double kCloseS = 600;
// One pair proves a difference of a few minutes, since one death is never told twice within them.
constexpr std::int64_t kFewMinutesNs = 10 * 60 * kNanosPerSecond;
// Zones differ by quarters of an hour, and are at most 14 hours from UTC.
constexpr std::int64_t kQuarterNs = 15 * 60 * kNanosPerSecond;
constexpr int kMostQuarters = 14 * 4;
constexpr int kFarQuarters = 5 * 4;
// The memory at the kill against the last that was seen: pages may have been swapped out, or come since.
constexpr double kLeastOfSeen = 0.5;
constexpr double kMostOfSeen = 3;
constexpr double kMostOfOpen = 2;
constexpr double kOverLimit = 1.1;
constexpr double kOverSeen = 1.5;
constexpr double kSameMemory = 1.3;
constexpr double kVerySameMemory = 1.1;
constexpr double kLimitsDiffer = 1.25;

bool has_kill(const Death& death, std::string_view kind) {
  return std::any_of(death.evidence.begin(), death.evidence.end(), [&](const Evidence& e) { return e.kind == kind; });
}

// What a life or another kill of this may still be told by: each kind once.
bool is_open_for(const Death& death, const Death& kill) {
  if (!death.time.known() || kill.evidence.empty()) return false;
  const bool killed = std::any_of(death.evidence.begin(), death.evidence.end(), is_kill);
  return !killed || (has_kill(death, "sigkill") && !has_kill(death, "oom_kill") && !has_kill(kill, "sigkill"));
}

// 0 where memory, and the names, are the same.
double distance(const Death& kill, const Death& ended) {
  double far = 0;
  if (is_known(kill.pid) && is_known(ended.pid)) far += kill.pid == ended.pid ? -1 : 1;
  if (is_known(kill.rss_mb) && is_known(ended.rss_mb) && kill.rss_mb > 0 && ended.rss_mb > 0) far += std::fabs(std::log(kill.rss_mb / ended.rss_mb));
  const double apart_s = std::fabs(static_cast<double>(kill.time.ns - ended.last_seen.ns)) / 1e9;
  return far + std::min(apart_s / 86400.0, 0.01);
}

using Pairs = std::vector<std::pair<std::size_t, std::size_t>>;  // kill, death

// Every kill with the one death that fits best when its clock is shifted, each death once for each kind.
Pairs pairs_at(const std::vector<Death>& kills, const std::vector<Death>& deaths, std::int64_t shift, const std::vector<std::vector<char>>& fits) {
  struct Candidate {
    double distance;
    std::size_t kill, death;
  };
  std::vector<Candidate> candidates;
  for (std::size_t k = 0; k < kills.size(); ++k) {
    for (std::size_t d = 0; d < deaths.size(); ++d) {
      if (!fits[k][d] || !shift_window(kills[k], deaths[d]).holds(shift)) continue;
      Death shifted = kills[k];
      shifted.time.ns += shift;
      candidates.push_back({distance(shifted, deaths[d]), k, d});
    }
  }
  std::stable_sort(candidates.begin(), candidates.end(), [](const Candidate& a, const Candidate& b) { return a.distance < b.distance; });
  std::vector<char> kill_taken(kills.size()), death_taken(deaths.size());
  Pairs pairs;
  for (const Candidate& c : candidates) {
    if (kill_taken[c.kill] || death_taken[c.death]) continue;
    kill_taken[c.kill] = death_taken[c.death] = true;
    pairs.emplace_back(c.kill, c.death);
  }
  std::sort(pairs.begin(), pairs.end());
  return pairs;
}

std::vector<std::vector<char>> fitting(const std::vector<Death>& kills, const std::vector<Death>& deaths, const ProcessTable& processes) {
  std::vector<std::vector<char>> fits(kills.size(), std::vector<char>(deaths.size()));
  for (std::size_t k = 0; k < kills.size(); ++k) {
    for (std::size_t d = 0; d < deaths.size(); ++d) fits[k][d] = is_open_for(deaths[d], kills[k]) && plausible(kills[k], deaths[d], processes);
  }
  return fits;
}

// A kill by the other logs' clock. What zone its own log stood in is no longer what the time says.
Death corrected(const Death& kill, std::int64_t shift, std::int16_t zone_minutes) {
  Death moved = kill;
  const auto move = [&](Timestamp& time) {
    if (!time.known()) return;
    time.ns += shift;
    time.zone_minutes = zone_minutes;
  };
  move(moved.time);
  move(moved.last_seen);
  for (Evidence& evidence : moved.evidence) {
    move(evidence.time);
    evidence.text += " (its clock differs; corrected)";
  }
  return moved;
}

void join(std::vector<Death>& deaths, std::vector<Death>& kills, const Pairs& pairs, std::int64_t shift) {
  std::set<std::size_t> joined;
  for (const auto& [k, d] : pairs) {
    const Death kill = shift == 0 ? kills[k] : corrected(kills[k], shift, deaths[d].last_seen.zone_minutes);
    Death& death = deaths[d];
    const bool timed = std::any_of(death.evidence.begin(), death.evidence.end(), is_kill);
    if (timed) {
      // Its manager knows when.
    } else if (!death.restarted_at.known()) {
      death.time = kill.time;
    } else {
      death.time.ns = std::clamp(kill.time.ns, std::min(death.last_seen.ns, death.restarted_at.ns), death.restarted_at.ns);
    }
    absorb(death, kill);
    joined.insert(k);
  }
  for (auto at = joined.rbegin(); at != joined.rend(); ++at) kills.erase(kills.begin() + static_cast<std::ptrdiff_t>(*at));
}

struct Found {
  std::int64_t shift = 0;
  std::int64_t low = 0;
  std::int64_t high = 0;
  Pairs pairs;
};

// Whether memory says that they are one: a death that was for memory by itself, or the same memory at the kill.
bool is_strong(const Death& kill, const Death& ended, double most_ratio) {
  if (ended.restarted_at.known() && ended.restarted_at.ns - ended.last_seen.ns > kShortGapNs) return false;
  // A platform that names no process speaks of the one that it runs.
  const bool of_platform = kill.process == 0 && !is_known(kill.pid);
  if (of_platform && most_ratio == kSameMemory) return true;
  const bool told = is_known(kill.rss_mb) && is_known(ended.rss_mb) && kill.rss_mb > 0 && ended.rss_mb > 0;
  if (told) return std::max(kill.rss_mb / ended.rss_mb, ended.rss_mb / kill.rss_mb) <= most_ratio;
  return ended.verdict == Verdict::oom || ended.verdict == Verdict::probable_oom;
}

// A program has one name for the kernel: a shift that pairs it with several is a coincidence.
bool is_consistent(const Pairs& pairs, const std::vector<Death>& kills, const std::vector<Death>& deaths) {
  std::map<ProcessId, ProcessId> name_of;
  for (const auto& [k, d] : pairs) {
    const auto [at, fresh] = name_of.try_emplace(deaths[d].process, kills[k].process);
    if (!fresh && at->second != kills[k].process) return false;
  }
  return true;
}

// Where one source states its zone and the other states none, that zone is the first to try.
std::optional<Found> stated_zone(const std::vector<Death>& kills, const std::vector<Death>& deaths, const std::vector<std::vector<char>>& fits) {
  for (const Death& kill : kills) {
    const std::int16_t zone = kill.time.zone_minutes;
    if (!kill.time.known() || zone == Timestamp::kNoZone || zone == 0) continue;
    const std::int64_t shift = zone * std::int64_t{60} * kNanosPerSecond;
    Pairs pairs = pairs_at(kills, deaths, shift, fits);
    std::erase_if(pairs, [&](const auto& pair) { return deaths[pair.second].last_seen.zone_minutes != Timestamp::kNoZone; });
    if (!pairs.empty() && is_consistent(pairs, kills, deaths)) return Found{shift, shift, shift, std::move(pairs)};
  }
  return std::nullopt;
}

// A shift by quarters of an hour that pairs most kills; nothing where several do it, since none is proved then.
std::optional<Found> quarters(const std::vector<Death>& kills, const std::vector<Death>& deaths, const std::vector<std::vector<char>>& fits) {
  Found best;
  bool several = false;
  for (int step = -kMostQuarters; step <= kMostQuarters; ++step) {
    // No two zones in use differ by an odd quarter of an hour but those far from each other (Nepal's, Chatham's).
    if (step == 0 || (step % 2 != 0 && std::abs(step) < kFarQuarters)) continue;
    const std::int64_t shift = step * kQuarterNs;
    Pairs pairs = pairs_at(kills, deaths, shift, fits);
    if (pairs.empty() || pairs.size() < best.pairs.size()) continue;
    // Every gap holds some multiple: one pair alone has to be more than that.
    if (!is_consistent(pairs, kills, deaths)) continue;
    if (pairs.size() == 1 && !is_strong(kills[pairs[0].first], deaths[pairs[0].second], step % 4 == 0 ? kSameMemory : kVerySameMemory)) continue;
    several = pairs.size() == best.pairs.size();
    if (!several) best = {shift, shift, shift, std::move(pairs)};
  }
  if (best.pairs.empty() || several) return std::nullopt;
  return best;
}

// Any constant that two pairs or more agree on.
std::optional<Found> constant(const std::vector<Death>& kills, const std::vector<Death>& deaths, const std::vector<std::vector<char>>& fits) {
  constexpr std::size_t kMostTried = 4096;
  std::vector<std::int64_t> tried;
  for (std::size_t k = 0; k < kills.size() && tried.size() < kMostTried; ++k) {
    for (std::size_t d = 0; d < deaths.size(); ++d) {
      if (fits[k][d]) tried.push_back(shift_window(kills[k], deaths[d]).low);
    }
  }
  std::sort(tried.begin(), tried.end());
  Found best;
  bool several = false;
  for (const std::int64_t shift : tried) {
    Pairs pairs = pairs_at(kills, deaths, shift, fits);
    if (pairs.size() < 2 || pairs.size() < best.pairs.size() || !is_consistent(pairs, kills, deaths)) continue;
    if (pairs.size() == best.pairs.size()) {
      several |= pairs != best.pairs;
      continue;
    }
    several = false;
    best = {shift, shift, shift, std::move(pairs)};
  }
  if (best.pairs.empty() || several) return std::nullopt;
  std::int64_t low = 0, high = 0;
  bool first = true;
  for (const auto& [k, d] : best.pairs) {
    const ShiftWindow window = shift_window(kills[k], deaths[d]);
    const std::int64_t until = window.middle_high > window.middle_low ? std::min(window.high, window.middle_low) : window.high;
    low = first ? window.low : std::max(low, window.low);
    high = first ? until : std::min(high, until);
    first = false;
  }
  // A longer one says nothing about how much it is.
  if (high < low || high - low > kQuarterNs) return std::nullopt;
  best.low = low;
  best.high = high;
  best.shift = (low + (high - low) / 2) / kNanosPerSecond * kNanosPerSecond;
  return best;
}

// A few minutes, for one pair.
std::optional<Found> few_minutes(const std::vector<Death>& kills, const std::vector<Death>& deaths, const std::vector<std::vector<char>>& fits) {
  Found best;
  std::size_t candidates = 0;
  for (std::size_t k = 0; k < kills.size(); ++k) {
    for (std::size_t d = 0; d < deaths.size(); ++d) {
      if (!fits[k][d]) continue;
      const ShiftWindow window = shift_window(kills[k], deaths[d]);
      const std::int64_t shift = window.low > 0 ? window.low : window.high < 0 ? window.high : 0;
      if (shift == 0 || std::llabs(shift) > kFewMinutesNs || !is_strong(kills[k], deaths[d], kSameMemory)) continue;
      ++candidates;
      best = {shift, window.low, window.high, {{k, d}}};
    }
  }
  if (candidates != 1) return std::nullopt;
  return best;
}

// The zone that is stated, if it pairs anything; else what pairs most, the simplest first.
std::optional<Found> best_shift(const std::vector<Death>& kills, const std::vector<Death>& deaths, const std::vector<std::vector<char>>& fits) {
  if (const auto stated = stated_zone(kills, deaths, fits)) return stated;
  std::optional<Found> best = few_minutes(kills, deaths, fits);
  for (const auto& other : {quarters(kills, deaths, fits), constant(kills, deaths, fits)}) {
    if (other && (!best || other->pairs.size() > best->pairs.size())) best = other;
  }
  return best;
}

}  // namespace

bool is_kill(const Evidence& evidence) {
  return evidence.kind == "oom_kill" || evidence.kind == "sigkill" || evidence.kind == "heap_limit" || evidence.kind == "pressure_kill";
}

void absorb(Death& death, const Death& kill) {
  switch (kill.verdict) {
    case Verdict::oom:
    case Verdict::heap_limit:
    case Verdict::killed_for_pressure:
      death.verdict = kill.verdict;
      death.confidence = Confidence::high;
      break;
    default:
      // A time limit's kill is for the time, whatever the memory was; a plain one confirms what the memory says.
      if (has_kill(kill, "time_limit") || has_kill(kill, "goodbye") || death.verdict == Verdict::unexplained_restart) death.verdict = Verdict::killed;
      death.confidence = Confidence::high;
  }
  if (is_known(kill.rss_mb)) death.rss_mb = kill.rss_mb;
  if (is_known(kill.pid) && !is_known(death.pid)) death.pid = kill.pid;
  if (kill.limit.source == "log") death.limit = kill.limit;
  death.evidence.insert(death.evidence.begin(), kill.evidence.begin(), kill.evidence.end());
}

bool plausible(const Death& kill, const Death& ended, const ProcessTable& processes) {
  if (!kill.time.known() || !ended.last_seen.known()) return false;
  // Where a manager tells a SIGKILL at that moment, a task may have taken any memory since its last word.
  const bool killed = has_kill(ended, "sigkill");
  if (killed && is_known(kill.pid) && kill.pid == ended.pid) return true;
  if (!killed && is_known(kill.rss_mb) && is_known(ended.rss_mb) && ended.rss_mb > 0) {
    if (kill.rss_mb < kLeastOfSeen * ended.rss_mb) return false;
    const bool limited = is_known(ended.limit.mb) && ended.limit.source != "system";
    // Where nobody says that it stopped it has to be more than possible.
    if (ended.goes_on && kill.rss_mb > kMostOfOpen * ended.rss_mb) return false;
    if (kill.rss_mb > std::max(limited ? kOverLimit * ended.limit.mb : kMostOfSeen * ended.rss_mb, kOverSeen * ended.rss_mb)) return false;
  }
  // An open life far from the limit at which a platform killed was not the one.
  if (ended.goes_on && !is_known(kill.rss_mb) && kill.limit.source == "log" && !(kMostOfOpen * std::max(ended.rss_mb, is_known(ended.container_mb) ? ended.container_mb : 0) >= kill.limit.mb)) {
    return false;
  }
  if (kill.limit.source == "log" && ended.limit.source == "log" && kill.limit.mb > 0 && ended.limit.mb > 0) {
    const double ratio = kill.limit.mb / ended.limit.mb;
    if (ratio > kLimitsDiffer || ratio < 1 / kLimitsDiffer) return false;
  }
  // A container's exit and a dyno's end are told under its own name; a kernel's host is the machine, and a name that
  // another log gives may be anything.
  if (kill.host == kNoName || ended.host == kNoName || kill.host == ended.host || kill.input != ended.input) return true;
  const std::string_view around = processes.host(kill.process);
  const std::string_view own = processes.host(ended.process);
  return own.size() > around.size() && own.starts_with(around) && own[around.size()] == ' ';
}

ShiftWindow shift_window(const Death& kill, const Death& ended) {
  const std::int64_t at = kill.time.ns;
  const bool killed = std::any_of(ended.evidence.begin(), ended.evidence.end(), is_kill);
  if (killed) return {ended.time.ns - kSigkillSlackNs - at, ended.time.ns + kSigkillSlackNs - at};
  const auto close_ns = static_cast<std::int64_t>(std::max(kCloseS, is_known(ended.period_s) ? 2 * ended.period_s : 0) * 1e9);
  const std::int64_t low = ended.last_seen.ns - kSlackNs;
  if (!ended.restarted_at.known()) {
    // Nobody says that it stopped: the next word is just due.
    const double due_s = kDueS + (is_known(ended.period_s) ? 2 * ended.period_s : 0);
    return {low - at, ended.last_seen.ns + static_cast<std::int64_t>(due_s * 1e9) - at};
  }
  return {low - at, ended.restarted_at.ns + kSlackNs - at, ended.last_seen.ns + close_ns - at, ended.restarted_at.ns - close_ns - at};
}

std::vector<ClockOffset> pair_kills(std::vector<Death>& deaths, std::vector<Death>& kills, const ProcessTable& processes) {
  std::vector<ClockOffset> offsets;
  if (kills.empty() || deaths.empty()) return offsets;
  std::set<std::uint16_t> inputs;
  for (const Death& kill : kills) inputs.insert(kill.input);
  for (const std::uint16_t input : inputs) {
    // One source has one clock, so all of its kills are paired by one shift: none, unless another pairs more.
    std::vector<Death> own;
    std::vector<Death> rest;
    for (Death& kill : kills) (kill.input == input ? own : rest).push_back(std::move(kill));
    std::vector<std::vector<char>> fits = fitting(own, deaths, processes);
    const Pairs unshifted = pairs_at(own, deaths, 0, fits);
    for (std::size_t k = 0; k < own.size(); ++k) {
      for (std::size_t d = 0; d < deaths.size(); ++d) {
        // A log that ends says nothing of when its process did.
        if (deaths[d].input == input || deaths[d].goes_on) fits[k][d] = false;
      }
    }
    const std::optional<Found> found = best_shift(own, deaths, fits);
    if (found && found->pairs.size() > unshifted.size()) {
      const std::int16_t zone = deaths[found->pairs.front().second].last_seen.zone_minutes;
      join(deaths, own, found->pairs, found->shift);
      for (Death& kill : own) kill = corrected(kill, found->shift, zone);
      const auto seconds = [](std::int64_t ns) { return static_cast<double>(ns) / 1e9; };
      offsets.push_back({input, seconds(found->shift), seconds(found->low), seconds(found->high), found->pairs.size()});
    } else {
      join(deaths, own, unshifted, 0);
    }
    kills = std::move(rest);
    kills.insert(kills.end(), std::make_move_iterator(own.begin()), std::make_move_iterator(own.end()));
  }
  return offsets;
}

void join_repeated(std::vector<Death>& kills) {
  constexpr std::int64_t kSameNs = 120 * kNanosPerSecond;
  for (std::size_t i = 0; i < kills.size(); ++i) {
    for (std::size_t j = i + 1; j < kills.size();) {
      Death& a = kills[i];
      const Death& b = kills[j];
      const bool pids_differ = is_known(a.pid) && is_known(b.pid) && a.pid != b.pid;
      const bool near = a.time.known() && b.time.known() && std::llabs(a.time.ns - b.time.ns) <= kSameNs;
      if (a.input == b.input || pids_differ || !near) {
        ++j;
        continue;
      }
      absorb(a, b);
      kills.erase(kills.begin() + static_cast<std::ptrdiff_t>(j));
    }
  }
}

}  // namespace memlog::crash
