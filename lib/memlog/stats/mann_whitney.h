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
// Up to kMostExact values in all, or with at most kFewExact on one side and kMostBeside on the other, the p-value is
// exact: the share of all ways to divide the observed (mid)ranks that are at least as far from the middle, ties
// included. A few values beside many are where the normal approximation is worst. Beyond, the normal approximation with the correction for ties and for
// continuity. An empty sample gives p = 1. Values must not be NaN.
MannWhitney mann_whitney(std::span<const double> a, std::span<const double> b);

inline constexpr std::size_t kMostExact = 50;
inline constexpr std::size_t kFewExact = 8;
inline constexpr std::size_t kMostBeside = 1000;   // bounds the work

// The smallest p-value that samples of these sizes can have: of all divisions, the two in which one lies above the
// other. 1 where a side is empty.
double least_p_value(std::size_t a, std::size_t b);

}  // namespace memlog::stats
