#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "memlog/analysis/crash_death.h"

// By how much the clock of a source that tells of kills differs from that of the logs that tell of lives.
namespace memlog::crash {

// By how many nanoseconds the kill's clock may be shifted to put it between the last word and the restart: close to the
// one or to the other, the middle of a long gap says nothing.
struct ShiftWindow {
  std::int64_t low = 0;
  std::int64_t high = 0;
  std::int64_t middle_low = 0;
  std::int64_t middle_high = 0;
  bool holds(std::int64_t shift) const { return low <= shift && shift <= high && !(middle_low < shift && shift < middle_high); }
};
ShiftWindow shift_window(const Death& kill, const Death& ended);

// Which kill may be which death, whatever the time: [kill][death].
using Fits = std::vector<std::vector<char>>;
using Pairs = std::vector<std::pair<std::size_t, std::size_t>>;  // kill, death

// Every kill with the one death that fits best when its clock is shifted, each death once.
Pairs pairs_at(const std::vector<Death>& kills, const std::vector<Death>& deaths, std::int64_t shift, const Fits& fits);

struct Found {
  std::int64_t shift = 0;
  std::int64_t low = 0;
  std::int64_t high = 0;
  Pairs pairs;
};

// The shift of all of a source's kills that is proved by what it pairs; nothing where none is.
std::optional<Found> best_shift(const std::vector<Death>& kills, const std::vector<Death>& deaths, const Fits& fits);

}  // namespace memlog::crash
