#pragma once

#include <cstddef>
#include <span>

namespace memlog::stats {

struct MannWhitney {
  double u = 0;                // of the first sample: pairs in which it is the larger, ties count half
  double p_value = 1;          // two-sided
  bool exact = true;
};

// Do two samples come from one distribution? The rank-sum test of Mann & Whitney 1947: no assumption about the shape,
// so a few skewed readings with an outlier are no problem.
//
// Up to kMostExact values in all, the p-value is exact: the share of all ways to divide the observed (mid)ranks that are
// at least as far from the middle, ties included. Beyond, the normal approximation with the correction for ties and for
// continuity. An empty sample gives p = 1. Values must not be NaN.
MannWhitney mann_whitney(std::span<const double> a, std::span<const double> b);

inline constexpr std::size_t kMostExact = 50;

}  // namespace memlog::stats
