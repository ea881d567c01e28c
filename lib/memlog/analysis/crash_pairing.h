#pragma once

#include <cstdint>
#include <functional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "memlog/analysis/crash_death.h"
#include "memlog/event/process_table.h"

// Which kill ended which life, where one log tells of the kill and another of the life.
namespace memlog::crash {

// A source whose clock differs from the others' by a constant: `offset_s` was added to its times. A constant that is
// no multiple of a quarter of an hour is known only within bounds.
struct ClockOffset {
  std::uint16_t input = 0;
  double offset_s = 0;
  double low_s = 0;
  double high_s = 0;
  std::size_t pairs = 0;
  std::string reference = {};    // where readings of both logs pair up, and not kills: the other log
  bool corrected = true;         // an input that can be read only once cannot be
  bool by_ends = false;          // where ends that are stated pair up with ends that are seen, and not kills
};

// Whether a kill may be the end of a life, judging by what is known of both but the time: memory, limit and names.
bool plausible(const Death& kill, const Death& ended, const ProcessTable& processes);

// The programs that the journal tags lines with (`bot` in `web-1 bot[42]: …`): a supervisor's name for one of them is that
// one's, and no other's.
using Tags = std::set<std::string, std::less<>>;
Tags tags_of(const ProcessTable& processes);
bool is_anothers(std::string_view name, ProcessId process, const ProcessTable& processes, const Tags& tags);

// `name` is the pod or container whose state `words` tell, and this process' log goes by another one: its own prefix tells it
// (`[pod/bot-6d4-x7k2p/bot]`).
bool is_another_container(std::string_view name, std::string_view words, ProcessId process, const ProcessTable& processes);

// `bot` of `bot.service`.
std::string_view stem_of(std::string_view name);

// Joins each kill with the death that it is, as the clocks show it or by one constant offset a source where that is
// proved: a difference of two time zones that most pairs fit and no other does (whole hours, where it is one
// pair), any constant that two pairs or more fit, a few minutes for one pair. Joined kills leave `kills`; the rest stays.
std::vector<ClockOffset> pair_kills(std::vector<Death>& deaths, std::vector<Death>& kills, const ProcessTable& processes);

// Kills that are left and tell of one death twice become one.
void join_repeated(std::vector<Death>& kills);

}  // namespace memlog::crash
