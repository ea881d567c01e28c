#include "memlog/stats/quantile.h"

#include <utility>

namespace memlog::stats {
namespace {

double middle_of(double a, double b, double c) { return std::max(std::min(a, b), std::min(std::max(a, b), c)); }

// The middle one of three middle ones of nine, spread over the values.
double pivot_of(std::span<const double> values) {
  const std::size_t step = values.size() / 8;
  const auto three = [&](std::size_t i) { return middle_of(values[i * step], values[(i + 1) * step], values[(i + 2) * step]); };
  return middle_of(three(0), three(3), middle_of(values[6 * step], values[7 * step], values.back()));
}

// Moves those that go first to the front, without a branch for each: gives where the others begin.
template <typename First>
std::size_t move_to_front(std::span<double> values, First goes_first) {
  std::size_t first = 0;
  for (double& value : values) {
    const double v = std::exchange(value, values[first]);
    values[first] = v;
    first += goes_first(v) ? 1 : 0;
  }
  return first;
}

}  // namespace

// Quickselect (Hoare 1961). Which side a value goes to cannot be foretold, and std::nth_element() decides it by a branch:
// that takes four to five times as long. Where pivots turn out bad it gets the rest.
double select_in_place(std::span<double> values, std::size_t nth) {
  constexpr std::size_t kFew = 24;
  constexpr int kRounds = 40;
  for (int round = 0; round < kRounds && values.size() > kFew; ++round) {
    const double pivot = pivot_of(values);
    const std::size_t less = move_to_front(values, [=](double v) { return v < pivot; });
    if (nth < less) {
      values = values.first(less);
      continue;
    }
    const std::size_t same = less + move_to_front(values.subspan(less), [=](double v) { return v <= pivot; });
    if (nth < same) return pivot;
    values = values.subspan(same);
    nth -= same;
  }
  const auto place = values.begin() + static_cast<std::ptrdiff_t>(nth);
  std::nth_element(values.begin(), place, values.end());
  return *place;
}

}  // namespace memlog::stats
