#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <span>
#include <vector>

// Order statistics of plain numbers. Values must not be NaN; an empty input gives NaN.
namespace memlog::stats {

// Sample quantile with linear interpolation between order statistics: Hyndman & Fan 1996, type 7, the default of R
// and numpy. q is clamped to [0, 1]. The values are reordered, not sorted: O(n).
inline double quantile_in_place(std::span<double> values, double q) {
  if (values.empty()) return std::numeric_limits<double>::quiet_NaN();
  const double place = std::clamp(q, 0.0, 1.0) * static_cast<double>(values.size() - 1);
  const auto below = static_cast<std::size_t>(place);
  const auto nth = values.begin() + static_cast<std::ptrdiff_t>(below);
  std::nth_element(values.begin(), nth, values.end());
  const double low = *nth;
  if (below + 1 == values.size()) return low;
  const double high = *std::min_element(nth + 1, values.end());
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
