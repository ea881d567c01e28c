#include "memlog/analysis/held_readings.h"

#include <algorithm>

namespace memlog {

namespace {

// A process that is read less often than this is not known to have stayed where it was seen.
constexpr std::int64_t kLongestNs = 3600 * kNanosPerSecond;

}  // namespace

std::optional<Held> HeldReadings::fold(const Event& event) {
  const bool ends = event.kind == EventKind::restart || is_death(event.kind) || event.kind == EventKind::worker_started ||
                    event.kind == EventKind::worker_exited || event.is(flag::kBoot);
  const bool reads = event.is(flag::kRecord | flag::kSelected) && event.is(flag::kSample) && is_known(event.rss_mb);
  if (!ends && !reads) return std::nullopt;
  if (event.process >= lasts_.size()) {
    if (!reads) return std::nullopt;
    lasts_.resize(event.process + 1);
  }
  Held& last = lasts_[event.process];
  std::optional<Held> held;
  if (is_known(last.rss_mb) && last.from.known() && event.time.known() && event.time.ns > last.from.ns) {
    held = last;
    held->ns = std::min(event.time.ns - last.from.ns, kLongestNs);
  }
  last = {};
  if (reads) last = {event.time, 0, event.rss_mb, event.available_mb, event.free_percent};
  return held;
}

}  // namespace memlog
