#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "memlog/analysis/crash.h"

namespace memlog::crash {

// What several deaths have in common.
struct Recurrence {
  std::size_t deaths = 0;                 // of one process' lives that ended in a death worth comparing
  struct Shared {
    std::string what;                     // `task in flight`, `operation before`, `sessions above`
    std::string name;
    std::size_t times = 0;
  };
  std::vector<Shared> shared;             // most frequent first; in at least half of the deaths, and in two
  double uptime_mean_s = kMissing;        // of lives that ended so
  double uptime_spread = kMissing;        // standard deviation / mean
  bool regular = false;                   // the spread is small: it dies of age
  Timestamp next_due;                     // when the life that runs now would end, if it is regular
};

// Deaths for memory and kills count; a restart that nothing explains says nothing about why. Nothing below two deaths.
std::optional<Recurrence> find_recurrence(const std::vector<Death>& deaths, const Maxima& maxima, const RunNames& names);

}  // namespace memlog::crash
