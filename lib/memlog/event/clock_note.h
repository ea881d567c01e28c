#pragma once

#include <cstdint>
#include <limits>
#include <string_view>

#include "memlog/base/time.h"

namespace memlog {

// A line that carries both clocks, the application's and its platform's: how far they are apart. Lines that follow it with
// the same host and distance are counted with the second of them.
struct ClockNote {
  static constexpr std::int64_t kUnsteady = std::numeric_limits<std::int64_t>::min();

  std::uint64_t line = 0;             // within the chunk
  std::string_view host;              // lives as long as the batch
  std::int64_t ahead_ns = kUnsteady;  // of the application's Timestamp::ns; whole or half hours mostly. kUnsteady: no zones differ so
  std::int64_t shown_ns = 0;          // of the digits that the application's clock shows
  std::int16_t zone_minutes = Timestamp::kNoZone;  // that the application states
  bool again = false;                 // the host's line before it says the same
};

// Records that only the platform dated and that were put on the application's clock.
struct ClockCorrection {
  std::int64_t shown_ns = 0;
  std::uint64_t records = 0;
};

}  // namespace memlog
