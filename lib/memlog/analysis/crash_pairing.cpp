#include "memlog/analysis/crash_pairing.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <optional>
#include <set>
#include <utility>

#include "memlog/analysis/crash_clocks.h"
#include "memlog/analysis/crash_strangers.h"
#include "memlog/base/text.h"

namespace memlog::crash {

namespace {

// Seconds are cut off, and a log's last line may be the kernel's second: who writes later than that lives.
constexpr std::int64_t kSlackNs = 2 * kNanosPerSecond;
// The next word of a life that the log leaves open is due within two periods and this.
constexpr double kDueS = 60;
constexpr std::int64_t kSigkillSlackNs = 30 * kNanosPerSecond;
// A kill comes at most this long (or two periods) after the last word, or this long before the restart.
constexpr double kCloseS = 600;
// The memory at the kill against the last that was seen: pages may have been swapped out, or come since.
constexpr double kLeastOfSeen = 0.5;
constexpr double kMostOfSeen = 3;
constexpr double kMostOfOpen = 2;
constexpr double kOverLimit = 1.1;
constexpr double kOverSeen = 1.5;
constexpr double kHalf = 0.5;
constexpr double kMostOfQuota = 3;
constexpr double kLimitsDiffer = 1.25;
// As in the judgement of kills: from here on one is for memory.
constexpr double kAtLimit = 0.95;

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

// What comes behind the machine's name.
std::string_view tag_of(std::string_view host) {
  const auto blank = host.rfind(' ');
  return blank == std::string_view::npos ? std::string_view{} : host.substr(blank + 1);
}

Fits fitting(const std::vector<Death>& kills, const std::vector<Death>& deaths, const ProcessTable& processes) {
  const Tags tags = tags_of(processes);
  Fits fits(kills.size(), std::vector<char>(deaths.size()));
  for (std::size_t k = 0; k < kills.size(); ++k) {
    for (std::size_t d = 0; d < deaths.size(); ++d) {
      fits[k][d] = is_open_for(deaths[d], kills[k]) && plausible(kills[k], deaths[d], processes) && !is_anothers(processes.name(kills[k].process), deaths[d].process, processes, tags);
    }
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

}  // namespace

// Every kill with the one death that fits best when its clock is shifted, each death once for each kind.
Pairs pairs_at(const std::vector<Death>& kills, const std::vector<Death>& deaths, std::int64_t shift, const Fits& fits) {
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

std::string_view stem_of(std::string_view name) {
  constexpr std::string_view kService = ".service";
  if (name.ends_with(kService)) name.remove_suffix(kService.size());
  return name;
}

Tags tags_of(const ProcessTable& processes) {
  Tags tags;
  for (ProcessId process = 0; process < processes.size(); ++process) {
    if (const std::string_view tag = tag_of(processes.host(process)); !tag.empty()) tags.emplace(tag);
  }
  return tags;
}

bool is_anothers(std::string_view name, ProcessId process, const ProcessTable& processes, const Tags& tags) {
  const std::string_view stem = stem_of(name);
  return !stem.empty() && tag_of(processes.host(process)) != stem && tags.find(stem) != tags.end();
}

namespace {

// `part` is all of `name`, or stands in it between marks: `k8s_bot_bot-6d4-x7k2p_default`.
bool stands_in(std::string_view name, std::string_view part) {
  for (auto at = part.empty() ? std::string_view::npos : name.find(part); at != std::string_view::npos; at = name.find(part, at + 1)) {
    const auto end = at + part.size();
    if ((at == 0 || !is_alnum(name[at - 1])) && (end == name.size() || !is_alnum(name[end]))) return true;
  }
  return false;
}

// `Reason: OOMKilled (container bot of pod bot-6d4-x7k2p, started …)`
std::string_view pod_in(std::string_view words) {
  for (const std::string_view before : {" of pod ", "(pod "}) {
    const auto at = words.find(before);
    if (at == std::string_view::npos) continue;
    const std::string_view rest = words.substr(at + before.size());
    return rest.substr(0, rest.find_first_of(",)"));
  }
  return {};
}

// What tells a container's state, if this does.
const Evidence* told_state(const Death& kill) {
  const auto told = std::find_if(kill.evidence.begin(), kill.evidence.end(), [](const Evidence& e) { return e.text.find("OOMKilled") != std::string::npos || e.text.starts_with("Exit Code:"); });
  return told == kill.evidence.end() ? nullptr : &*told;
}

}  // namespace

bool is_another_container(std::string_view name, std::string_view words, ProcessId process, const ProcessTable& processes) {
  const std::string_view host = processes.host(process);
  const auto slash = host.find('/');
  if (name.empty() || slash == std::string_view::npos) return false;
  if (const std::string_view pod = pod_in(words); !pod.empty() && pod != host.substr(0, slash)) return true;
  return !stands_in(name, host.substr(0, slash)) && name != host.substr(slash + 1);
}

bool is_kill(const Evidence& evidence) {
  return evidence.kind == "oom_kill" || evidence.kind == "sigkill" || evidence.kind == "heap_limit" || evidence.kind == "pressure_kill" || evidence.kind == "memory_error";
}

void absorb(Death& death, const Death& kill) {
  switch (kill.verdict) {
    case Verdict::oom:
    case Verdict::heap_limit:
    case Verdict::killed_for_pressure:
      death.verdict = kill.verdict;
      death.confidence = Confidence::high;
      break;
    case Verdict::probable_oom:  // its own last words
      if (death.verdict != Verdict::oom) death.verdict = Verdict::probable_oom;
      death.confidence = death.verdict == Verdict::oom ? Confidence::high : Confidence::medium;
      break;
    default:
      // A time limit's kill is for the time, whatever the memory was; a plain one confirms what the memory says.
      if (has_kill(kill, "time_limit") || has_kill(kill, "goodbye") || death.verdict == Verdict::unexplained_restart) death.verdict = Verdict::killed;
      // A log that ends at the limit may go on elsewhere; killed there it does not.
      else if (death.verdict == Verdict::probable_oom && death.limit.source != "system" && std::fmax(death.rss_mb, death.container_mb) >= kAtLimit * death.limit.mb) death.verdict = Verdict::oom;
      death.confidence = Confidence::high;
  }
  if (is_known(kill.rss_mb)) death.rss_mb = kill.rss_mb;
  if (is_known(kill.pid) && !is_known(death.pid)) death.pid = kill.pid;
  if (kill.limit.source == "log") death.limit = kill.limit;
  death.evidence.insert(death.evidence.begin(), kill.evidence.begin(), kill.evidence.end());
}

bool plausible(const Death& kill, const Death& ended, const ProcessTable& processes) {
  if (!kill.time.known() || !ended.last_seen.known()) return false;
  if (is_of_machine(processes.name(kill.process))) return false;
  const Evidence* const state = told_state(kill);
  if (state != nullptr && is_another_container(processes.name(kill.process), state->text, ended.process, processes)) return false;
  // Where a manager tells a SIGKILL at that moment, a task may have taken any memory since its last word.
  const bool killed = has_kill(ended, "sigkill");
  if (killed && is_known(kill.pid) && kill.pid == ended.pid) return true;
  if (!killed && is_known(kill.rss_mb) && is_known(ended.rss_mb) && ended.rss_mb > 0) {
    if (kill.rss_mb < kLeastOfSeen * ended.rss_mb) return false;
    const bool limited = is_known(ended.limit.mb) && ended.limit.source != "system";
    // Where nobody says that it stopped it has to be more than possible.
    if (ended.goes_on && kill.rss_mb > kMostOfOpen * ended.rss_mb) return false;
    // Heroku counts swap, and kills at twice the quota.
    const bool over_quota = limited && ended.rss_mb >= kHalf * ended.limit.mb && kill.rss_mb <= kMostOfQuota * ended.limit.mb &&
                            std::any_of(kill.evidence.begin(), kill.evidence.end(), [](const Evidence& e) { return e.text.starts_with("Error R15 "); });
    if (!over_quota && kill.rss_mb > std::max(limited ? kOverLimit * ended.limit.mb : kMostOfSeen * ended.rss_mb, kOverSeen * ended.rss_mb)) return false;
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
  if (killed && ended.time.known()) return {ended.time.ns - kSigkillSlackNs - at, ended.time.ns + kSigkillSlackNs - at};
  const auto close_ns = static_cast<std::int64_t>(std::max(kCloseS, is_known(ended.period_s) ? 2 * ended.period_s : 0) * 1e9);
  const std::int64_t low = ended.last_seen.ns - kSlackNs;
  if (!ended.restarted_at.known()) {
    // Nobody says that it stopped: the next word is just due.
    const double due_s = kDueS + (is_known(ended.period_s) ? 2 * ended.period_s : 0);
    return {low - at, ended.last_seen.ns + static_cast<std::int64_t>(due_s * 1e9) - at};
  }
  return {low - at, ended.restarted_at.ns + kSlackNs - at, ended.last_seen.ns + close_ns - at, ended.restarted_at.ns - close_ns - at};
}

namespace {

// One clock is off by as much for all kills: of very many the last ones show it.
std::optional<Found> shift_of_many(const std::vector<Death>& kills, const std::vector<Death>& deaths, const Fits& fits) {
  constexpr std::size_t kEnough = 128;
  if (kills.size() <= kEnough) return best_shift(kills, deaths, fits);
  const auto from = static_cast<std::ptrdiff_t>(kills.size() - kEnough);
  auto found = best_shift({kills.begin() + from, kills.end()}, deaths, {fits.begin() + from, fits.end()});
  if (found) found->pairs = pairs_at(kills, deaths, found->shift, fits);
  return found;
}

}  // namespace

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
    Fits fits = fitting(own, deaths, processes);
    const Pairs unshifted = pairs_at(own, deaths, 0, fits);
    for (std::size_t k = 0; k < own.size(); ++k) {
      for (std::size_t d = 0; d < deaths.size(); ++d) {
        // A log that ends says nothing of when its process did.
        if (deaths[d].input == input || deaths[d].goes_on) fits[k][d] = false;
      }
    }
    // Where every kill has its death already, no shift pairs more.
    std::optional<Found> found;
    if (unshifted.size() < own.size()) found = shift_of_many(own, deaths, fits);
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
