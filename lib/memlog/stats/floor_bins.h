#pragma once

#include <optional>
#include <vector>

#include "memlog/stats/floor_bin.h"
#include "memlog/stats/floor_samples.h"

// Step 2: the floor as a few hundred points, at the resolution at which it is smooth.
namespace memlog::stats {

struct FloorBins {
  std::vector<FloorBin> bins;
  double width = 0.0;      // hours
  bool troughs = false;    // points after large releases instead of bins of equal width
};

// Low quantile of each bin of `width` hours; bins start anew in each stratum.
FloorBins bin_floor(const FloorSet& floor, double width);

// The lowest sample after each large fall: the floor that a garbage collector shows. Nothing without a rhythm of falls.
std::optional<FloorBins> find_troughs(const FloorSet& floor);

// Half of the 90 % interval of a straight line through the bins, MB per hour; nothing where none can be fitted.
std::optional<double> line_half_width(const FloorBins& floor);

// The finest resolution that is within 15 % of the most precise one. Sawteeth and spikes make fine bins rough, so this
// finds their period without being told. Nothing where the samples do not carry a line at any resolution.
std::optional<FloorBins> best_resolution(const FloorSet& floor);

}  // namespace memlog::stats
