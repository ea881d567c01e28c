#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <span>
#include <vector>

// Order statistics of plain numbers. Values must not be NaN; an empty input gives NaN.
namespace memlog::stats {

// The nth smallest, from 0, moved to its place: none before it is larger, none behind it smaller. O(n).
double select_in_place(std::span<double> values, std::size_t nth);

// Sample quantile with linear interpolation between order statistics: Hyndman & Fan 1996, type 7, the default of R
// and numpy. q is clamped to [0, 1]. The values are reordered, not sorted: O(n).
inline double quantile_in_place(std::span<double> values, double q) {
  if (values.empty()) return std::numeric_limits<double>::quiet_NaN();
  const double place = std::clamp(q, 0.0, 1.0) * static_cast<double>(values.size() - 1);
  const auto below = static_cast<std::size_t>(place);
  const double low = select_in_place(values, below);
  if (below + 1 == values.size()) return low;
  double high = values[below + 1];
  for (const double v : values.subspan(below + 1)) high = std::min(high, v);
  return low + (place - static_cast<double>(below)) * (high - low);
}

inline double quantile(std::vector<double> values, double q) { return quantile_in_place(values, q); }

inline double median_in_place(std::span<double> values) { return quantile_in_place(values, 0.5); }

// A standard deviation that outliers do not move: 1.4826 times the median distance from the median, which is the
// standard deviation where the values are normal (Hampel 1974).
inline double robust_deviation(std::vector<double> values) {
  const double middle = median_in_place(values);
  for (double& v : values) v = std::fabs(v - middle);
  return 1.4826 * median_in_place(values);
}

}  // namespace memlog::stats
