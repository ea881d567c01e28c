#include "memlog/analysis/clock_comparison.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <unordered_map>

namespace memlog {

namespace {

// A value that comes more often than this pairs with everything.
constexpr std::size_t kOften = 8;
// Both write a reading within this of one another.
constexpr std::int64_t kSameS = 2;
// So many pairs, and so many of the readings of the input that has fewer, prove a difference; no other distance may have
// a third of them.
constexpr std::size_t kFewestPairs = 5;
constexpr double kShareOfReadings = 0.3;
constexpr std::size_t kClear = 3;

}  // namespace

void ClockComparison::fold(const Slice& slice) {
  for (const Event& event : slice.events) {
    // A list tells again, at times of its own; a repeat is what is looked for, though it is no sample.
    if (event.kind != EventKind::snapshot && event.kind != EventKind::sample) continue;
    if (!event.time.known() || !event.time.dated || !is_known(event.rss_mb) || event.rss_mb > 1e8) continue;
    const auto tenths = static_cast<std::int32_t>(std::lround(event.rss_mb * 10));
    if (!passes(tenths)) continue;
    const std::uint16_t log = slice.inputs[event.input].log;
    if (log >= inputs_.size()) inputs_.resize(std::size_t{log} + 1);
    inputs_[log].push_back({event.time.ns / kNanosPerSecond, tenths});
    if (++kept_ > most_) thin();
  }
}

void ClockComparison::thin() {
  sieve_ *= 2;
  kept_ = 0;
  for (std::vector<Reading>& readings : inputs_) {
    std::erase_if(readings, [this](const Reading& reading) { return !passes(reading.tenths); });
    kept_ += readings.size();
  }
}

std::vector<ClockComparison::Shift> ClockComparison::shifts() const {
  std::vector<Shift> found;
  const auto reference = std::max_element(inputs_.begin(), inputs_.end(), [](const auto& a, const auto& b) { return a.size() < b.size(); });
  if (reference == inputs_.end() || reference->size() < kFewestPairs) return found;
  std::unordered_map<std::int32_t, std::vector<std::int64_t>> by_value;
  for (const Reading& reading : *reference) by_value[reading.tenths].push_back(reading.second);
  for (std::size_t input = 0; input < inputs_.size(); ++input) {
    const std::vector<Reading>& readings = inputs_[input];
    if (&readings == &*reference || readings.size() < kFewestPairs) continue;
    std::unordered_map<std::int64_t, std::size_t> distances;
    for (const Reading& reading : readings) {
      const auto same = by_value.find(reading.tenths);
      if (same == by_value.end() || same->second.size() > kOften) continue;
      for (const std::int64_t second : same->second) ++distances[second - reading.second];
    }
    const auto around = [&](std::int64_t distance) {
      std::size_t pairs = 0;
      for (std::int64_t d = distance - kSameS; d <= distance + kSameS; ++d) {
        if (const auto at = distances.find(d); at != distances.end()) pairs += at->second;
      }
      return pairs;
    };
    std::int64_t best = 0;
    std::size_t most = 0;
    std::size_t exact = 0;
    for (const auto& [distance, count] : distances) {
      const std::size_t pairs = around(distance);
      const bool better = pairs > most || (pairs == most && (count > exact || (count == exact && distance < best)));
      if (better) best = distance, most = pairs, exact = count;
    }
    std::size_t second = 0;
    for (const auto& [distance, count] : distances) {
      if (std::llabs(distance - best) > 2 * kSameS) second = std::max(second, around(distance));
    }
    const double share = static_cast<double>(most) / static_cast<double>(std::min(readings.size(), reference->size()));
    if (std::llabs(best) <= kSameS || most < kFewestPairs || share < kShareOfReadings || second * kClear > most) continue;
    // The monitor's two writes may stand a second apart; a zone is whole.
    constexpr std::int64_t kQuarterS = 15 * 60;
    const std::int64_t quarter = (best >= 0 ? best + kQuarterS / 2 : best - kQuarterS / 2) / kQuarterS * kQuarterS;
    if (quarter != 0 && std::llabs(best - quarter) <= kSameS) best = quarter;
    found.push_back({static_cast<std::uint16_t>(input), static_cast<std::uint16_t>(reference - inputs_.begin()), best, most});
  }
  return found;
}

}  // namespace memlog
