#pragma once

#include <cstdint>

#include "memlog/base/time.h"

// Windows of a report lie on the log's own clock, whatever zone it states.
namespace memlog::window {

inline std::int64_t local_ns(const Timestamp& time) {
  return time.zone_minutes == Timestamp::kNoZone ? time.ns : time.ns + time.zone_minutes * 60 * kNanosPerSecond;
}

inline Timestamp edge(std::int64_t ns) {
  Timestamp time;
  time.ns = ns;
  return time;
}

inline std::int64_t floor_div(std::int64_t a, std::int64_t b) { return a / b - (a % b < 0 ? 1 : 0); }

}  // namespace memlog::window
