#pragma once

#include <cstdint>
#include <limits>
#include <optional>

#include "memlog/stats/floor_samples.h"

// Step 5: is the floor better explained by elapsed time or by how often one task has run?
namespace memlog::stats {

struct Culprit {
  std::uint32_t task = 0;
  std::uint64_t runs = 0;           // finished, in all processes of the group
  double kept_mb_per_run = 0.0;     // not given back after each run
  double kept_mb = 0.0;             // by all of them
  double share = std::numeric_limits<double>::quiet_NaN();    // of the growth over all segments; the caller fills it in
  double evidence = 0.0;            // BIC of elapsed time less BIC of this task's runs
  bool certain = false;             // else time explains the floor about as well
};

// Nothing where the growth follows the clock, where runs are not marked, or where the floor grows between runs too.
std::optional<Culprit> find_culprit(SeriesGroup group);

}  // namespace memlog::stats
