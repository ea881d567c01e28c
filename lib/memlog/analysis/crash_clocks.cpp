#include "memlog/analysis/crash_clocks.h"

#include <algorithm>
#include <cstdlib>
#include <map>
#include <utility>

namespace memlog::crash {

namespace {

// A gap longer than this has room for too many shifts.
constexpr std::int64_t kShortGapNs = 30 * 60 * kNanosPerSecond;
// One pair proves a difference of a few minutes, since one death is never told twice within them.
constexpr std::int64_t kFewMinutesNs = 10 * 60 * kNanosPerSecond;
// Zones differ by quarters of an hour, and are at most 14 hours from UTC.
constexpr std::int64_t kQuarterNs = 15 * 60 * kNanosPerSecond;
constexpr int kMostQuarters = 14 * 4;
constexpr int kFarQuarters = 5 * 4;
// Memory at the kill against the last that was seen, either way: the same, and the very same.
constexpr double kSameMemory = 1.3;
constexpr double kVerySameMemory = 1.1;
// A life that died for memory was this near to its limit, or its process begins anew that far below.
constexpr double kNearLimit = 0.85;
constexpr double kStartsAnew = 0.7;

// Whether the life looks as if it had died for memory: a kill of anybody comes at some distance of any restart.
bool looks_full(const Death& ended) {
  if (ended.verdict == Verdict::oom || ended.verdict == Verdict::probable_oom) return true;
  const double used = is_known(ended.container_mb) && ended.container_mb > ended.rss_mb ? ended.container_mb : ended.rss_mb;
  if (is_known(ended.limit.mb) && ended.limit.source != "system") return used >= kNearLimit * ended.limit.mb;
  return is_known(ended.after_mb) && ended.after_mb < kStartsAnew * used;
}

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

// Whether one pair alone may prove a shift.
bool proves_alone(const Death& kill, const Death& ended) {
  if (is_known(kill.pid) && kill.pid == ended.pid) return true;
  const bool of_platform = kill.process == 0 && !is_known(kill.pid);
  return is_strong(kill, ended, of_platform ? kSameMemory : kVerySameMemory) && (of_platform || looks_full(ended));
}

// As the kernel names it, or by the pid.
bool has_very_same_memory(const Death& kill, const Death& ended) {
  if (is_known(kill.pid) && kill.pid == ended.pid) return true;
  const bool told = is_known(kill.rss_mb) && is_known(ended.rss_mb) && kill.rss_mb > 0 && ended.rss_mb > 0;
  return told && std::max(kill.rss_mb / ended.rss_mb, ended.rss_mb / kill.rss_mb) <= kVerySameMemory;
}

bool has_grown_little(const Death& kill, const Death& ended) {
  constexpr double kLeast = 0.9;
  constexpr double kMost = 1.2;
  if (is_known(kill.pid) && kill.pid == ended.pid) return true;
  const double grown = kill.rss_mb / ended.rss_mb;  // NaN where either is not told
  return grown >= kLeast && grown <= kMost;
}

// In a longer gap: a shift that puts the kill right behind the last word, with the very same memory.
bool is_at_last_word(const Death& kill, const Death& ended, std::int64_t shift) {
  constexpr std::int64_t kRightBehindNs = 120 * kNanosPerSecond;
  constexpr std::int64_t kSlackNs = 2 * kNanosPerSecond;
  const std::int64_t behind = kill.time.ns + shift - ended.last_seen.ns;
  if (behind < -kSlackNs || behind > kRightBehindNs) return false;
  return looks_full(ended) && has_very_same_memory(kill, ended);
}

// Any two restarts and any two kills agree on some shift. Several pairs prove one if it explains most of the source's kills,
// and if the lives look as if they had died for memory: half of them; of two that no zone explains memory has to tell more.
bool proves_together(const Pairs& pairs, const std::vector<Death>& kills, const std::vector<Death>& deaths, bool zone) {
  if (pairs.size() < 2 || 3 * pairs.size() < 2 * kills.size()) return false;
  constexpr std::size_t kNoChance = 5;
  if (pairs.size() >= kNoChance && pairs.size() == kills.size()) return true;
  // Some constant always fits two kills and two restarts: the kernel has to have seen the last reading, or a little more, in both.
  if (!zone && pairs.size() == 2) {
    return std::all_of(pairs.begin(), pairs.end(), [&](const auto& pair) { return has_grown_little(kills[pair.first], deaths[pair.second]); });
  }
  std::size_t full = 0;
  for (const auto& [k, d] : pairs) {
    const bool told = proves_alone(kills[k], deaths[d]) || (looks_full(deaths[d]) && is_strong(kills[k], deaths[d], kSameMemory));
    full += told ? 1 : 0;
  }
  return 2 * full >= pairs.size();
}

// How many pairs, and of those how many have the same memory: where two shifts pair as many, that tells.
std::size_t weight_of(const Pairs& pairs, const std::vector<Death>& kills, const std::vector<Death>& deaths) {
  std::size_t alike = 0;
  for (const auto& [k, d] : pairs) alike += is_strong(kills[k], deaths[d], kSameMemory) ? 1 : 0;
  return pairs.size() * (kills.size() + 1) + alike;
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
std::optional<Found> stated_zone(const std::vector<Death>& kills, const std::vector<Death>& deaths, const Fits& fits) {
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
std::optional<Found> quarters(const std::vector<Death>& kills, const std::vector<Death>& deaths, const Fits& fits) {
  Found best;
  std::size_t most = 0;
  bool several = false;
  for (int step = -kMostQuarters; step <= kMostQuarters; ++step) {
    // No two zones in use differ by an odd quarter of an hour but those far from each other (Nepal's, Chatham's).
    if (step == 0 || (step % 2 != 0 && std::abs(step) < kFarQuarters)) continue;
    const std::int64_t shift = step * kQuarterNs;
    Pairs pairs = pairs_at(kills, deaths, shift, fits);
    const std::size_t weight = weight_of(pairs, kills, deaths);
    if (pairs.empty() || weight < most) continue;
    // Every gap holds some multiple: one pair alone has to be more than that.
    if (!is_consistent(pairs, kills, deaths)) continue;
    if (pairs.size() == 1) {
      const Death& kill = kills[pairs[0].first];
      const Death& ended = deaths[pairs[0].second];
      const bool whole = step % 4 == 0;
      if (!is_strong(kill, ended, whole ? kSameMemory : kVerySameMemory) && !(whole && is_at_last_word(kill, ended, shift))) continue;
    }
    several = weight == most;
    most = weight;
    if (!several) best = {shift, shift, shift, std::move(pairs)};
  }
  if (best.pairs.empty() || several) return std::nullopt;
  const Death& kill = kills[best.pairs[0].first];
  const Death& ended = deaths[best.pairs[0].second];
  const bool alone = best.pairs.size() == 1 && (proves_alone(kill, ended) || is_at_last_word(kill, ended, best.shift));
  if (!alone && !proves_together(best.pairs, kills, deaths, true)) return std::nullopt;
  return best;
}

// Any constant that two pairs or more agree on.
std::optional<Found> constant(const std::vector<Death>& kills, const std::vector<Death>& deaths, const Fits& fits) {
  // What has many pairs is found with any of its kills.
  constexpr std::size_t kMostTried = 4096;
  constexpr std::size_t kMostLooks = 50'000'000;
  const std::size_t most_tried = std::clamp<std::size_t>(kMostLooks / std::max<std::size_t>(kills.size() * deaths.size(), 1), 1, kMostTried);
  std::vector<std::int64_t> tried;
  for (std::size_t k = 0; k < kills.size() && tried.size() < most_tried; ++k) {
    for (std::size_t d = 0; d < deaths.size(); ++d) {
      if (fits[k][d]) tried.push_back(shift_window(kills[k], deaths[d]).low);
    }
  }
  std::sort(tried.begin(), tried.end());
  Found best;
  std::size_t most = 0;
  bool several = false;
  for (const std::int64_t shift : tried) {
    Pairs pairs = pairs_at(kills, deaths, shift, fits);
    const std::size_t weight = weight_of(pairs, kills, deaths);
    if (pairs.size() < 2 || weight < most || !is_consistent(pairs, kills, deaths)) continue;
    if (weight == most) {
      several |= pairs != best.pairs;
      continue;
    }
    several = false;
    most = weight;
    best = {shift, shift, shift, std::move(pairs)};
  }
  if (best.pairs.empty() || several || !proves_together(best.pairs, kills, deaths, false)) return std::nullopt;
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
std::optional<Found> few_minutes(const std::vector<Death>& kills, const std::vector<Death>& deaths, const Fits& fits) {
  Found best;
  std::size_t candidates = 0;
  for (std::size_t k = 0; k < kills.size(); ++k) {
    for (std::size_t d = 0; d < deaths.size(); ++d) {
      if (!fits[k][d]) continue;
      const ShiftWindow window = shift_window(kills[k], deaths[d]);
      const std::int64_t shift = window.low > 0 ? window.low : window.high < 0 ? window.high : 0;
      if (shift == 0 || std::llabs(shift) > kFewMinutesNs || !is_strong(kills[k], deaths[d], kSameMemory)) continue;
      // A platform that killed for memory, and tells no figure, killed no life that was far from its limit.
      const bool limited = is_known(deaths[d].limit.mb) && deaths[d].limit.source != "system";
      if (kills[k].verdict == Verdict::oom && !is_known(kills[k].rss_mb) && limited && !looks_full(deaths[d])) continue;
      ++candidates;
      best = {shift, window.low, window.high, {{k, d}}};
    }
  }
  if (candidates != 1 || !proves_alone(kills[best.pairs[0].first], deaths[best.pairs[0].second])) return std::nullopt;
  return best;
}

}  // namespace

// The zone that is stated, if it pairs anything; else what pairs most, the simplest first.
std::optional<Found> best_shift(const std::vector<Death>& kills, const std::vector<Death>& deaths, const Fits& fits) {
  if (const auto stated = stated_zone(kills, deaths, fits)) return stated;
  std::optional<Found> best = few_minutes(kills, deaths, fits);
  for (const auto& other : {quarters(kills, deaths, fits), constant(kills, deaths, fits)}) {
    if (other && (!best || other->pairs.size() > best->pairs.size())) best = other;
  }
  return best;
}

}  // namespace memlog::crash
