#include "memlog/analysis/crash_hints.h"

#include <algorithm>
#include <utility>

#include "memlog/analysis/crash_pairing.h"

namespace memlog::crash {

namespace {

// Where neither the time nor the memory at the kill is told: the life was at least this near to its limit.
constexpr double kLeastOfLimit = 0.5;

// Between the lines with a time around the word this life may have ended.
bool is_within(const Death& bare, const Death& ended) {
  constexpr std::int64_t kSlackNs = 5 * kNanosPerSecond;
  return !(bare.last_seen.known() && bare.last_seen.ns > ended.restarted_at.ns + kSlackNs) &&
         !(bare.restarted_at.known() && bare.restarted_at.ns < ended.last_seen.ns - kSlackNs);
}

bool may_be(const Death& kill, const Death& ended, const ProcessTable& processes, const Tags& tags) {
  const bool killed = std::any_of(ended.evidence.begin(), ended.evidence.end(), is_kill);
  if (killed || ended.cut || !ended.restarted_at.known()) return false;
  if (kill.bare && (kill.input == ended.input || !is_within(kill, ended))) return false;
  if (kill.verdict == Verdict::oom && !is_known(kill.rss_mb) && is_known(ended.limit.mb)) {
    const double used = is_known(ended.container_mb) ? std::max(ended.container_mb, ended.rss_mb) : ended.rss_mb;
    if (used < kLeastOfLimit * ended.limit.mb) return false;
  }
  Death then = kill;
  then.time = ended.last_seen;
  return plausible(then, ended, processes) && !is_anothers(processes.name(kill.process), ended.process, processes, tags);
}

}  // namespace

void Hints::add(Hint hint) {
  for (Hint& known : hints_) {
    if (known.process != hint.process) continue;
    if (known.for_memory && hint.ends) {  // a status says less
      if (hint.said_goodbye && !known.said_goodbye) known = std::move(hint);
      return;
    }
    // Its manager may know more than the shell.
    const bool more = (hint.certain && !known.certain) || (known.ends && !hint.ends) || (known.last_words && hint.ends);
    if (more) known = std::move(hint);
    return;
  }
  hints_.push_back(std::move(hint));
}

void Hints::forget_last_words(ProcessId process) {
  std::erase_if(hints_, [&](const Hint& hint) { return hint.process == process && hint.last_words; });
}

const Hints::Hint* Hints::find(ProcessId process) const {
  const auto known = std::find_if(hints_.begin(), hints_.end(), [&](const Hint& hint) { return hint.process == process; });
  return known == hints_.end() ? nullptr : &*known;
}

bool Hints::stopped_for_memory(ProcessId process) const {
  return std::any_of(hints_.begin(), hints_.end(), [&](const Hint& hint) { return hint.process == process && hint.said_goodbye; });
}

std::optional<Hints::Hint> Hints::take(ProcessId process) {
  for (std::size_t i = 0; i < hints_.size(); ++i) {
    if (hints_[i].process != process) continue;
    Hint found = std::move(hints_[i]);
    hints_.erase(hints_.begin() + static_cast<std::ptrdiff_t>(i));
    return found;
  }
  return std::nullopt;
}

std::vector<Hints::Hint> Hints::take_all() { return std::exchange(hints_, {}); }

namespace {

// A shell's bare word is placed by there being one life only: it says that it was killed, and no more.
void absorb_bare(Death& death, const Death& kill) {
  if (death.verdict == Verdict::unexplained_restart) {
    death.verdict = Verdict::killed;
    death.confidence = Confidence::medium;
  }
  death.evidence.insert(death.evidence.begin(), kill.evidence.begin(), kill.evidence.end());
}

void pair_alone(bool bare, std::vector<Death>& deaths, std::vector<Death>& kills, const ProcessTable& processes) {
  // Which of two came first nothing tells.
  const Tags tags = tags_of(processes);
  Death* only = nullptr;
  std::size_t kill = kills.size();
  std::size_t fits = 0;
  for (std::size_t k = 0; k < kills.size(); ++k) {
    if (kills[k].bare != bare) continue;
    for (Death& death : deaths) {
      // A runner's time of day says nothing between dates.
      const bool timed = kills[k].time.known() && (kills[k].time.dated || !death.last_seen.dated);
      if (timed || kills[k].elsewhere || !may_be(kills[k], death, processes, tags)) continue;
      only = &death;
      kill = k;
      ++fits;
    }
  }
  if (fits != 1) return;
  for (Evidence& evidence : kills[kill].evidence) evidence.text += evidence.time.known() ? " (its day is not told)" : " (its time is not told)";
  if (bare) absorb_bare(*only, kills[kill]);
  else absorb(*only, kills[kill]);
  kills.erase(kills.begin() + static_cast<std::ptrdiff_t>(kill));
}

// A kill with a time of which nothing without one tells yet, and no log that tells `kill` tells it too.
bool is_told_with_time(const Death& kill, const Death& death) {
  const auto by = [&](const Evidence& e) { return e.kind == "oom_kill" || e.kind == "sigkill" || e.kind == "pressure_kill"; };
  const auto other = [&](const Evidence& e) { return !by(e) || (e.time.known() && e.source.input != kill.input); };
  return death.time.known() && std::any_of(death.evidence.begin(), death.evidence.end(), by) && std::all_of(death.evidence.begin(), death.evidence.end(), other);
}

// Of a kill that the kernel tells a shell or docker compose tells the status as well, without a time: where nobody else can
// have died it is no second death. One teller for each, since two are of two deaths.
void join_told(std::vector<Death>& deaths, std::vector<Death>& kills, const ProcessTable& processes) {
  const Tags tags = tags_of(processes);
  const auto is_plain = [](const Death& kill) { return std::all_of(kill.evidence.begin(), kill.evidence.end(), [](const Evidence& e) { return e.kind == "sigkill"; }); };
  for (std::size_t k = 0; k < kills.size();) {
    Death& kill = kills[k];
    if (kill.time.known() || kill.elsewhere || !is_plain(kill)) {
      ++k;
      continue;
    }
    Death* told = nullptr;
    std::size_t fits = 0;
    for (Death& death : deaths) {
      if (may_be(kill, death, processes, tags)) ++fits;
      Death then = kill;
      then.time = death.time;
      if (kill.bare && kill.input == death.input) continue;
      if (kill.bare && death.restarted_at.known() && !is_within(kill, death)) continue;
      if (!is_told_with_time(kill, death) || !plausible(then, death, processes) || is_anothers(processes.name(kill.process), death.process, processes, tags)) continue;
      told = &death;
      ++fits;
    }
    // Nor is it known of whom others with a time speak.
    for (const Death& other : kills) fits += is_told_with_time(kill, other) ? 1 : 0;
    if (told == nullptr || fits != 1) {
      ++k;
      continue;
    }
    for (Evidence& evidence : kill.evidence) evidence.text += " (its time is not told)";
    const auto behind = std::find_if(told->evidence.rbegin(), told->evidence.rend(), is_kill).base();
    told->evidence.insert(behind, kill.evidence.begin(), kill.evidence.end());
    kills.erase(kills.begin() + static_cast<std::ptrdiff_t>(k));
  }
}

}  // namespace

void pair_undated(std::vector<Death>& deaths, std::vector<Death>& kills, const ProcessTable& processes) {
  pair_alone(false, deaths, kills, processes);
  // Whose last words they were nothing shows: a child's, or of another program.
  std::erase_if(kills, [](const Death& told) { return std::all_of(told.evidence.begin(), told.evidence.end(), [](const Evidence& e) { return e.kind == "memory_error"; }); });
  pair_alone(true, deaths, kills, processes);
  join_told(deaths, kills, processes);
}

}  // namespace memlog::crash
