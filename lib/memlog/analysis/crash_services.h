#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "memlog/analysis/crash_death.h"
#include "memlog/analysis/crash_pairing.h"
#include "memlog/scan/read_events.h"

namespace memlog::crash {

// What supervisors (systemd, supervisord, Docker, runners of Procfiles) say of the programs that they start: a restart
// that follows a stop is no death, whatever the memory was. Their names for programs are not those of the logs, so a stop
// is another program's unless something shows that it is this one's.
class Services {
 public:
  // Words about an end may come this much before the last record, or behind the start.
  static constexpr std::int64_t kSlackNs = 5 * kNanosPerSecond;

  // A stop, a start or an end; a platform's word that it stops whatever it runs. Without a time where nothing tells it.
  void add(const Event& event, const Slice& slice);

  // Why a program of that name was killed: it had been told to stop shortly before. Nothing where it had not.
  const Evidence* stop_before_kill(std::string_view name, const Event& kill, const Timestamp& now) const;

  // Whose lives the logs tell, and of how many processes.
  struct Lives {
    const ProcessTable& processes;
    const Tags& tags;
    const std::map<ProcessId, std::uint16_t>& inputs;  // which log tells of each process
    const Death* untimed = nullptr;                    // what has no time is about this one: the last
  };
  // Whether the end of this life was asked for: certainly, where the stop is tied to it, or perhaps, where it is of the only
  // program that its log tells of.
  enum class Asked : std::uint8_t { no, perhaps, yes };
  struct Stop {
    Asked asked = Asked::no;
    const Evidence* words = nullptr;
    bool failed = false;       // it ended by itself, and not for memory
  };
  Stop stopped(const Death& death, const Lives& lives) const;

  // By how much the clocks of logs differ whose words fit no end of a life as they stand, and fit one by whole or half hours:
  // from then on they are read so. `starts` are all that the logs of lives tell.
  struct Shift {
    std::uint16_t input = 0;
    std::int64_t ns = 0;
    std::size_t pairs = 0;
  };
  std::vector<Shift> find_shifts(const std::vector<const Death*>& deaths, const std::vector<std::int64_t>& starts, const Lives& lives);
  void set_shift(std::uint16_t input, std::int64_t ns) { shifts_[input] = ns; }

 private:
  struct Word {
    std::string name;            // `bot` of `bot.service`, or a description; empty where all programs are meant
    NameId host = kNoName;
    Timestamp time;
    enum class What : std::uint8_t { start, stop, end };
    What what = What::start;
    bool machine = false;        // all that runs on it
    Evidence evidence;
  };

  bool is_in_time(const Word& word, const Death& death, std::int64_t shift) const;
  bool is_over(const Word& deploy, const Death& death, std::int64_t shift) const;
  Asked is_of(const Word& stop, const Death& death, std::int64_t shift, const Lives& lives) const;
  bool started_around(const Word& stop, const Death& death, std::int64_t shift) const;

  std::vector<std::size_t> matched(std::uint16_t input, std::int64_t shift, const std::vector<const Death*>& deaths, const Lives& lives) const;

  std::vector<Word> words_;
  std::map<std::uint16_t, std::int64_t> shifts_;  // by input, found
  // By input: of which programs it tells, by name and by description.
  struct Programs {
    std::set<std::string> names;
    std::set<std::string> descriptions;
  };
  std::vector<Programs> programs_;
};

}  // namespace memlog::crash
