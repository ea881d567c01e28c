#include "memlog/assemble/pending.h"

#include <cmath>

namespace memlog::assemble {

namespace {

constexpr double kSecondsPerDay = 86'400;

// Writes of a block follow one another within seconds, so an entry may be this much later than the block's own time.
constexpr double kSlackSeconds = 5;

}  // namespace

void date_entries(std::vector<ListEntry>& entries, const Timestamp& written) {
  const bool dated = written.known() && written.dated;
  const double east = written.zone_minutes == Timestamp::kNoZone ? 0 : written.zone_minutes * 60.0;
  double day = 0;
  double later = 0;  // time of the entry after this one
  if (written.known()) {
    const double seconds = std::floor(written.seconds()) + east;
    day = std::floor(seconds / kSecondsPerDay);
    later = seconds + kSlackSeconds;
  } else if (!entries.empty()) {
    later = entries.back().second_of_day;
  }
  for (std::size_t i = entries.size(); i-- > 0;) {
    ListEntry& entry = entries[i];
    // Back over midnight: an entry is never later than what follows it. One step is enough, because a list whose
    // entries are more than a day apart cannot be told from one whose are not.
    if (day * kSecondsPerDay + entry.second_of_day > later) day -= 1;
    const double seconds = day * kSecondsPerDay + entry.second_of_day;
    entry.event.time = written;
    entry.event.time.ns = static_cast<std::int64_t>(std::llround((seconds - east) * 1e9));
    entry.event.time.digits = 0;
    entry.event.time.dated = dated;
    later = seconds;
  }
}

}  // namespace memlog::assemble
