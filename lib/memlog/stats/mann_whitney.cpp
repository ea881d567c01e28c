#include "memlog/stats/mann_whitney.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <functional>
#include <numeric>
#include <vector>

namespace memlog::stats {

namespace {

// Midranks, doubled so that ties stay whole numbers, and the sum of t^3 - t over the groups of ties.
struct Ranks {
  std::vector<std::int64_t> doubled;    // of a's values, then of b's
  double ties = 0;
};

Ranks rank(std::span<const double> a, std::span<const double> b) {
  std::vector<double> values(a.begin(), a.end());
  values.insert(values.end(), b.begin(), b.end());
  std::vector<std::size_t> order(values.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::sort(order.begin(), order.end(), [&](std::size_t x, std::size_t y) { return values[x] < values[y]; });
  Ranks ranks;
  ranks.doubled.resize(values.size());
  for (std::size_t begin = 0; begin < order.size();) {
    std::size_t end = begin + 1;
    while (end < order.size() && values[order[end]] == values[order[begin]]) ++end;
    for (std::size_t i = begin; i < end; ++i) ranks.doubled[order[i]] = static_cast<std::int64_t>(begin + 1 + end);
    const auto t = static_cast<double>(end - begin);
    ranks.ties += t * t * t - t;
    begin = end;
  }
  return ranks;
}

// The share of all choices of `n` ranks whose sum is at least as far from the middle as `observed`. Counts of choices by
// their size and sum, one rank at a time; with 50 values they stay whole in a double, and with more each is right to its
// last digits, since nothing is taken away.
double exact_p(const std::vector<std::int64_t>& doubled, std::size_t n, std::int64_t observed) {
  // No choice of n has a larger sum than that of the n highest.
  std::vector<std::int64_t> highest = doubled;
  std::sort(highest.begin(), highest.end(), std::greater<>());
  const auto total = static_cast<std::size_t>(std::accumulate(highest.begin(), highest.begin() + static_cast<std::ptrdiff_t>(n), std::int64_t{0}));
  std::vector<std::vector<double>> ways(n + 1, std::vector<double>(total + 1, 0.0));
  ways[0][0] = 1;
  for (std::size_t used = 0; used < doubled.size(); ++used) {
    const auto rank = static_cast<std::size_t>(doubled[used]);
    for (std::size_t k = std::min(n, used + 1); k > 0; --k) {
      for (std::size_t sum = total; sum >= rank; --sum) ways[k][sum] += ways[k - 1][sum - rank];
    }
  }
  // The middle of the doubled rank sums is n (N + 1).
  const auto middle = static_cast<std::int64_t>(n * (doubled.size() + 1));
  const std::int64_t distance = std::abs(observed - middle);
  double all = 0;
  double far = 0;
  for (std::size_t sum = 0; sum <= total; ++sum) {
    all += ways[n][sum];
    if (std::abs(static_cast<std::int64_t>(sum) - middle) >= distance) far += ways[n][sum];
  }
  return std::min(1.0, far / all);
}

}  // namespace

MannWhitney mann_whitney(std::span<const double> a, std::span<const double> b) {
  MannWhitney result;
  if (a.empty() || b.empty()) return result;
  const Ranks ranks = rank(a, b);
  const auto n = static_cast<double>(a.size());
  const auto m = static_cast<double>(b.size());
  const auto rank_sum = std::accumulate(ranks.doubled.begin(), ranks.doubled.begin() + static_cast<std::ptrdiff_t>(a.size()), std::int64_t{0});
  result.u = static_cast<double>(rank_sum) / 2 - n * (n + 1) / 2;
  const auto [few, many] = std::minmax({a.size(), b.size()});
  if (few + many <= kMostExact || (few <= kFewExact && many <= kMostBeside)) {
    // The smaller sample has fewer choices.
    if (a.size() <= b.size()) {
      result.p_value = exact_p(ranks.doubled, a.size(), rank_sum);
    } else {
      const auto all = std::accumulate(ranks.doubled.begin(), ranks.doubled.end(), std::int64_t{0});
      result.p_value = exact_p(ranks.doubled, b.size(), all - rank_sum);
    }
    return result;
  }
  result.exact = false;
  const double all = n + m;
  const double variance = n * m / 12 * (all + 1 - ranks.ties / (all * (all - 1)));
  if (variance <= 0) return result;
  const double z = std::max(0.0, std::fabs(result.u - n * m / 2) - 0.5) / std::sqrt(variance);
  result.p_value = std::erfc(z / std::sqrt(2.0));
  return result;
}

double least_p_value(std::size_t a, std::size_t b) {
  const auto [few, many] = std::minmax({a, b});
  double p = 2;
  for (std::size_t i = 1; i <= few && p > 1e-12; ++i) p *= static_cast<double>(i) / static_cast<double>(many + i);
  return std::min(1.0, p);
}

}  // namespace memlog::stats
