#include "memlog/analysis/crash_hints.h"

#include <algorithm>
#include <utility>

#include "memlog/analysis/crash_pairing.h"

namespace memlog::crash {

namespace {

// Where neither the time nor the memory at the kill is told: the life was at least this near to its limit.
constexpr double kLeastOfLimit = 0.5;

bool may_be(const Death& kill, const Death& ended, const ProcessTable& processes, const Tags& tags) {
  const bool killed = std::any_of(ended.evidence.begin(), ended.evidence.end(), is_kill);
  if (killed || ended.cut || !ended.restarted_at.known()) return false;
  if (kill.bare && kill.input == ended.input) return false;
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

}  // namespace

void pair_undated(std::vector<Death>& deaths, std::vector<Death>& kills, const ProcessTable& processes) {
  pair_alone(false, deaths, kills, processes);
  // Whose last words they were nothing shows: a child's, or of another program.
  std::erase_if(kills, [](const Death& told) { return std::all_of(told.evidence.begin(), told.evidence.end(), [](const Evidence& e) { return e.kind == "memory_error"; }); });
  pair_alone(true, deaths, kills, processes);
}

}  // namespace memlog::crash
