#pragma once

#include <cmath>
#include <cstdint>

namespace memlog::stats {

// The chance of `hits` or more of `trials`, each with probability `p`: summed exactly, in logarithms.
inline double binomial_tail(std::uint64_t hits, std::uint64_t trials, double p) {
  if (hits == 0) return 1;
  if (hits > trials || p <= 0) return 0;
  if (p >= 1) return 1;
  const auto n = static_cast<double>(trials);
  double sum = 0;
  for (std::uint64_t i = hits; i <= trials; ++i) {
    const auto k = static_cast<double>(i);
    const double term = std::exp(std::lgamma(n + 1) - std::lgamma(k + 1) - std::lgamma(n - k + 1) + k * std::log(p) + (n - k) * std::log1p(-p));
    sum += term;
    // Behind the middle the terms only shrink.
    if (k > n * p && term < sum * 1e-17) break;
  }
  return sum < 1 ? sum : 1;
}

}  // namespace memlog::stats
