#pragma once

#include <cstddef>
#include <limits>
#include <vector>

#include "memlog/stats/shapes.h"

// Step 4: Bayesian averaging over shapes (Hoeting, Madigan, Raftery & Volinsky 1999) instead of picking one: a short
// log rarely tells a slow warm-up from a leak, and then the answer should say so.
namespace memlog::stats {

struct Weighed {
  Candidate candidate;
  double score = 0.0;     // BIC with the class' size and prior
  double weight = 0.0;    // the weights of those kept sum to 1
  Contrast slope;         // terminal; estimate and error 0 where the shape ends flat
};

struct ClassWeight {
  ShapeClass shape;
  double weight = 0.0;
};

struct Average {
  std::vector<Weighed> kept;           // in the order of the search
  std::vector<ClassWeight> classes;    // heaviest first
  std::size_t best = 0;                // heaviest candidate, place in `kept`
  double leak_probability = 0.0;       // that the terminal slope is above the threshold
  double growth_probability = 0.0;     // that it is above a tenth of the threshold, for good
  double p_value = 1.0;                // that it is not above zero
  double slope = 0.0;                  // MB per hour
  double slope_low = 0.0;              // 90 % interval
  double slope_high = 0.0;
  double onset_hours = std::numeric_limits<double>::quiet_NaN();    // NaN: from the first sample on

  const Weighed& heaviest() const { return kept[best]; }
};

// `candidates` must not be empty. `threshold` in MB per hour.
Average average_shapes(ShapeFrame& frame, std::vector<Candidate> candidates, double threshold);

}  // namespace memlog::stats
