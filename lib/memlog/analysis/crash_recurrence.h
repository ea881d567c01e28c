#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "memlog/analysis/crash_death.h"

namespace memlog::crash {

// What several deaths have in common.
struct Recurrence {
  std::size_t deaths = 0;                 // that are worth comparing
  struct Shared {
    std::string what;                     // `task in flight`, `last operation`, `too many`, `above`
    std::string name;
    std::size_t times = 0;
    double more_than = kMissing;          // `above`: what all of them exceeded and no life that survived did
  };
  std::vector<Shared> shared;             // most frequent first; in at least half of the deaths, and in two
  double uptime_mean_s = kMissing;        // of lives that ended so
  double uptime_spread = kMissing;        // standard deviation / mean
  bool regular = false;                   // the spread is small: it dies of age
  Timestamp next_due;                     // when the life that runs now would end, if it is regular
};

// Since when the process of a death runs again when the log ends; unknown for one that does not.
using Running = std::function<Timestamp(const Death&)>;

// Deaths for memory and kills count; a restart that nothing explains says nothing about why. Nothing below two deaths.
// Ages are those of one process, or of the workers of one pool.
std::optional<Recurrence> find_recurrence(const std::vector<Death>& deaths, const Thresholds& thresholds, const Survivors& survivors, const RunNames& names,
                                          const Running& running);

}  // namespace memlog::crash
