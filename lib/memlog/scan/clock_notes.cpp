#include "memlog/scan/clock_notes.h"

#include <cstdlib>
#include <optional>

namespace memlog {

namespace {

constexpr std::int64_t kMinuteNs = 60 * kNanosPerSecond;
constexpr std::int64_t kQuarterNs = 15 * kMinuteNs;
// Zones are at most 14 hours from UTC, and no two of them differ by an odd quarter but those far from each other (Nepal's,
// Chatham's).
constexpr std::int64_t kMostQuarters = 14 * 4;
constexpr std::int64_t kFarQuarters = 5 * 4;
// The platform sees a line right after it was written, by a clock that may be a little behind.
constexpr std::int64_t kMostLagNs = 30 * kNanosPerSecond;
constexpr std::int64_t kMostLeadNs = 5 * kNanosPerSecond;

// A platform's date may lack the year: then the application's is looked at without.
std::int64_t moment_in_year_of(const Timestamp& time, const Timestamp& other) {
  if (!other.yearless) return time.ns;
  const std::int64_t day = time.ns >= 0 ? time.ns / kNanosPerDay : 0;
  const CivilDate date = civil_from_days(day);
  return days_from_civil(Timestamp::kYearUnknown, date.month, date.day) * kNanosPerDay + (time.ns - day * kNanosPerDay);
}

std::int64_t steady(std::int64_t apart_ns) {
  const std::int64_t quarters = (apart_ns >= 0 ? apart_ns + kQuarterNs / 2 : apart_ns - kQuarterNs / 2) / kQuarterNs;
  const std::int64_t beside = apart_ns - quarters * kQuarterNs;
  if (beside < -kMostLagNs || beside > kMostLeadNs || std::llabs(quarters) > kMostQuarters) return ClockNote::kUnsteady;
  // What was written long before the platform saw it is that far apart by chance.
  if (quarters % 2 != 0 && std::llabs(quarters) < kFarQuarters) return ClockNote::kUnsteady;
  return quarters * kQuarterNs;
}

std::int64_t zone_ns(const Timestamp& time) { return time.zone_minutes == Timestamp::kNoZone ? 0 : time.zone_minutes * kMinuteNs; }

// The host's last one, if it is among the last few: one that is repeated changes nothing.
const ClockNote* last_of(std::string_view host, const EventBatch& batch) {
  constexpr std::size_t kFew = 32;
  std::size_t looked = 0;
  for (auto note = batch.clock_notes.rbegin(); note != batch.clock_notes.rend() && looked < kFew; ++note, ++looked) {
    if (note->host == host) return &*note;
  }
  return nullptr;
}

}  // namespace

void note_clocks(const Line& line, EventBatch& batch) {
  const Timestamp& own = line.time;
  const Timestamp& platform = line.platform_clock;
  if (line.platform_time || !own.known() || !own.dated || own.yearless || !platform.known() || (!platform.dated && !platform.yearless)) return;
  ClockNote note;
  note.line = line.number;
  note.host = line.host;
  note.ahead_ns = steady(moment_in_year_of(own, platform) - platform.ns);
  if (note.ahead_ns != ClockNote::kUnsteady) note.shown_ns = note.ahead_ns + zone_ns(own) - zone_ns(platform);
  note.zone_minutes = own.zone_minutes;
  const ClockNote* const before = last_of(line.host, batch);
  if (before != nullptr && before->ahead_ns == note.ahead_ns && before->zone_minutes == note.zone_minutes) {
    if (before->again) return;
    note.again = true;
  }
  batch.clock_notes.push_back(note);
}

}  // namespace memlog
