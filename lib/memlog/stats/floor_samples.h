#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "memlog/stats/leak_series.h"

// Step 1 of the leak analysis: the samples that carry the floor, stratum by stratum.
namespace memlog::stats {

struct FloorSample {
  double t_hours = 0.0;     // from FloorSet::start
  double mb = 0.0;
  double sessions = 0.0;    // carried over samples that do not say; 0 where the log never does
};

// One segment of one process: what happened between two of them says nothing about a slope.
struct Stratum {
  std::size_t begin = 0;    // samples
  std::size_t end = 0;
  std::size_t series = 0;       // place in the span that was analysed
  std::uint32_t segment = 0;    // 1 for the process' first
};

struct FloorSet {
  std::vector<FloorSample> samples;    // by stratum, then time
  std::vector<Stratum> strata;
  double start = 0.0;                  // seconds: the first sample of all
  bool tagged = false;                 // runs are marked in every process, so the samples are idle ones
  double span_hours = 0.0;             // sum of the strata's durations
  double interval_hours = 0.0;         // median distance of neighbours within strata
};

using SeriesGroup = std::span<const LeakSeries* const>;

// Processes of one group are analysed with a common slope. Segments with too few samples are left out, and where
// there are very many, those with fewest.
FloorSet collect_floor(SeriesGroup group);

}  // namespace memlog::stats
