#include "memlog/analysis/crash_thresholds.h"

#include <optional>

#include "memlog/base/decimal.h"

namespace memlog::crash {

namespace {

using Unit = Threshold::Unit;

constexpr std::array<Threshold, kThresholds> kAll{{
    {"sessions", 3, Unit::count, "sessions: more are too many"},
    {"active_dls", 3, Unit::count, "downloads: more are too many"},
    {"queue", 20, Unit::count, "entries in the queue: so many are too many"},
    {"heavy_task_percent", 50, Unit::percent, "of the growth that a task in flight holds"},
    {"spike_mb", 50, Unit::mb, "that one step takes", "spike_percent"},
    {"spike_percent", 10, Unit::percent, "of the limit that one step takes", "spike_mb"},
    {"leak_mb_per_hour", 10, Unit::mb, "an hour that the floor grows by"},
    {"not_freed_percent", 80, Unit::percent, "of what a run took that it keeps at its end"},
    {"page_cache_percent", 90, Unit::percent, "of the limit that the container has"},
    {"page_cache_rss_percent", 75, Unit::percent, "of the limit that the process has at most"},
    {"host_pressure_mb", 500, Unit::mb, "available in the system: less is pressure", "host_pressure_percent"},
    {"host_pressure_percent", 25, Unit::percent, "of the system available: less is pressure", "host_pressure_mb"},
}};

std::optional<std::size_t> place_of(std::string_view name) {
  for (std::size_t i = 0; i < kAll.size(); ++i) {
    if (kAll[i].name == name) return i;
  }
  return std::nullopt;
}

}  // namespace

std::span<const Threshold, kThresholds> all_thresholds() { return kAll; }

Thresholds::Thresholds() {
  for (std::size_t i = 0; i < kAll.size(); ++i) values_[i] = kAll[i].standard;
}

bool Thresholds::set(std::string_view name, double value) {
  const auto place = place_of(name);
  if (!place) return false;
  values_[*place] = value;
  given_[*place] = true;
  return true;
}

double Thresholds::of(std::string_view name) const {
  const auto place = place_of(name);
  if (!place) return kMissing;
  const std::string_view other = kAll[*place].or_else;
  return !other.empty() && !given_[*place] && is_given(other) ? kMissing : values_[*place];
}

bool Thresholds::is_given(std::string_view name) const {
  const auto place = place_of(name);
  return place && given_[*place];
}

double Thresholds::of_counter(std::string_view name) const {
  const auto place = place_of(name);
  return place && kAll[*place].unit == Unit::count ? values_[*place] : kMissing;
}

}  // namespace memlog::crash
