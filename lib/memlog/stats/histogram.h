#pragma once

#include <cstdint>
#include <vector>

namespace memlog {

// Counts of values in steps of 0.01 MB: quantiles of values that were printed with up to two decimals are exact. With
// more than kMaxSteps distinct values the steps become ten times as wide, so memory is bounded whatever is added.
class Histogram {
 public:
  static constexpr std::size_t kMaxSteps = 1 << 16;

  void add(double value);

  std::uint64_t count() const { return count_; }

  // The quantile q in [0, 1], interpolated linearly between neighbours (type 7 of Hyndman & Fan 1996, "Sample quantiles
  // in statistical packages"; what numpy and spreadsheets do). NaN without values.
  double quantile(double q) const;

  // Sum and mean of the values in steps of 0.0001 MB: independent of the order in which they came.
  double mean() const;

 private:
  struct Step {
    std::int64_t key = kEmpty;
    std::uint64_t count = 0;
  };
  static constexpr std::int64_t kEmpty = INT64_MIN;

  void add_key(std::int64_t key, std::uint64_t count);
  void grow();
  void coarsen();
  std::size_t slot_of(std::int64_t key) const;

  std::vector<Step> slots_;
  std::size_t used_ = 0;
  std::uint64_t count_ = 0;
  std::int64_t sum_ = 0;  // in 0.0001 MB
  double per_mb_ = 100.0;
};

}  // namespace memlog
