#pragma once

#include <cstdint>
#include <limits>

#include "memlog/event/event.h"

namespace memlog {

// A reading that needs a third of an Event's room: most lines of a log say no more. Where an analysis asks for them,
// quick readers write these instead of events, and the assembler passes them on where nothing stands open around them.
struct BareReading {
  static constexpr std::uint32_t kNone = std::numeric_limits<std::uint32_t>::max();
  static constexpr std::int32_t kNoChange = std::numeric_limits<std::int32_t>::min();

  std::int64_t ns = 0;              // Timestamp::ns, dated, without a zone
  std::uint32_t line = 0;           // within the chunk, from 1
  std::uint32_t rss = 0;            // tenths of a MB, as all that follow
  std::uint32_t available = kNone;
  std::uint32_t free = kNone;       // tenths of a percent
  std::uint32_t peak = kNone;
  std::int32_t delta = kNoChange;
  NameId task = kNoName;
  NameId process = kNoName;
  TextId context = kNoText;
  EventKind kind = EventKind::sample;
  std::uint8_t format = 0;
  std::uint8_t digits = 0;          // of the time's fraction

  double rss_mb() const { return rss / 10.0; }
};

// The event that the same line gives where nobody asks for bare readings; VMS and counters stay away.
inline Event event_of(const BareReading& reading) {
  Event event;
  event.time.ns = reading.ns;
  event.time.digits = reading.digits;
  event.line = reading.line;
  event.rss_mb = reading.rss / 10.0;
  if (reading.available != BareReading::kNone) event.available_mb = reading.available / 10.0;
  if (reading.free != BareReading::kNone) event.free_percent = reading.free / 10.0;
  if (reading.peak != BareReading::kNone) event.peak_mb = reading.peak / 10.0;
  if (reading.delta != BareReading::kNoChange) event.delta_mb = reading.delta / 10.0;
  event.task = reading.task;
  event.process = reading.process;
  event.context = reading.context;
  event.flags = flag::kRecord | flag::kSample;
  event.kind = reading.kind;
  event.format = reading.format;
  return event;
}

}  // namespace memlog
