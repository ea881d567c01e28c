#include "memlog/assemble/copies.h"

#include <bit>
#include <cstring>
#include <functional>
#include <string_view>
#include <utility>

namespace memlog {

namespace {

std::uint64_t mix(std::uint64_t hash, std::uint64_t value) {
  hash = (hash ^ value) * 0x9e3779b97f4a7c15ULL;
  return hash ^ (hash >> 29);
}

// NaN has many faces, and 0 two.
std::uint64_t bits(double value) { return is_known(value) ? std::bit_cast<std::uint64_t>(value + 0.0) : 1; }

// All that an event says by itself. Flags and the limit are not: they depend on what stood in the log before it.
std::uint64_t hash_of(const Event& event, const EventBatch& batch) {
  std::uint64_t hash = mix(0, static_cast<std::uint64_t>(event.time.ns));
  hash = mix(hash, (static_cast<std::uint64_t>(event.process) << 32) | event.task);
  hash = mix(hash, (static_cast<std::uint64_t>(event.host) << 32) | (static_cast<std::uint64_t>(event.format) << 16) | (static_cast<std::uint64_t>(event.alert) << 8) | static_cast<std::uint64_t>(event.kind));
  for (const double value : {event.rss_mb, event.vms_mb, event.container_mb, event.available_mb, event.free_percent, event.process_percent, event.peak_mb, event.delta_mb}) {
    hash = mix(hash, bits(value));
  }
  if (event.own_hash != 0) hash = mix(hash, event.own_hash);
  if (event.context != kNoText) hash = mix(hash, std::hash<std::string_view>{}(batch.context_of(event)));
  for (std::uint32_t i = 0; i < event.metrics_count; ++i) {
    const Metric& metric = batch.metrics[event.metrics_begin + i];
    hash = mix(mix(hash, metric.name), bits(metric.value));
  }
  return hash | 1;
}

}  // namespace

CopyFilter::Entry* CopyFilter::find(Generation& generation, std::uint64_t key) {
  if (generation.slots.empty()) return nullptr;
  const std::size_t mask = generation.slots.size() - 1;
  std::size_t at = (key >> 1) & mask;
  while (generation.slots[at].key != 0 && generation.slots[at].key != key) at = (at + 1) & mask;
  return &generation.slots[at];
}

CopyFilter::Entry& CopyFilter::entry(std::uint64_t key, std::uint16_t input) {
  if (young_.used == kRemembered || young_.slots.empty()) {
    std::swap(young_, old_);
    young_.slots.assign(2 * kRemembered, {});
    young_.used = 0;
  }
  Entry* found = find(young_, key);
  if (found->key == 0) {
    ++young_.used;
    const Entry* before = find(old_, key);
    *found = before != nullptr && before->key == key ? *before : Entry{key, 0, input};
  }
  return *found;
}

std::optional<std::uint16_t> CopyFilter::repeats(const Event& event, const EventBatch& batch, std::size_t log) {
  // Without a date two equal readings may be of two days.
  if (!event.time.known() || !event.time.dated) return std::nullopt;
  const std::uint64_t key = hash_of(event, batch);
  const std::uint32_t own = ++entry(mix(key, log + 1) | 1, event.input).count;
  Entry& told = entry(key, event.input);
  if (own <= told.count) return told.input;
  told.count = own;
  return std::nullopt;
}

}  // namespace memlog
