#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "memlog/base/decimal.h"

namespace memlog::stats {

// Values in bounded memory, evenly spread over all that were added: when the store is full every second one is dropped,
// and from then on one in two is kept (then one in four, …). The same values in the same order give the same store.
//
// Four bytes a value, in steps of 0.0001 MB; values beyond 200 GB make the steps of their store ten times as wide.
class EvenSamples {
 public:
  static constexpr std::size_t kMost = 128;

  void add(double value) {
    if ((count_++ & (stride_ - 1)) == 0) keep(value);
  }

  // As many of the next values need not be told: none of them would be kept.
  std::uint64_t may_skip() const { return (0 - count_) & (stride_ - 1); }
  void skip(std::uint64_t values) { count_ += values; }

  std::vector<double> values() const {
    std::vector<double> values;
    values.reserve(steps_.size());
    for (const std::int32_t step : steps_) values.push_back(static_cast<double>(step) / per_mb_);
    return values;
  }
  std::uint64_t count() const { return count_; }

 private:
  static constexpr double kLargestStep = 2e9;
  static constexpr double kLargest = 1e12;   // MB: no memory has more

  void keep(double value) {
    if (steps_.size() == kMost) {
      for (std::size_t i = 0; 2 * i < kMost; ++i) steps_[i] = steps_[2 * i];
      steps_.resize(kMost / 2);
      stride_ *= 2;
      if (((count_ - 1) & (stride_ - 1)) != 0) return;
    }
    value = std::clamp(value, -kLargest, kLargest);
    while (std::abs(value) * per_mb_ > kLargestStep) {
      per_mb_ /= 10.0;
      for (std::int32_t& step : steps_) step = step / 10 + (step % 10 >= 5 ? 1 : step % 10 <= -5 ? -1 : 0);
    }
    steps_.push_back(static_cast<std::int32_t>(nearest(value * per_mb_)));
  }

  std::vector<std::int32_t> steps_;
  double per_mb_ = 10'000.0;
  std::uint64_t count_ = 0;
  std::uint64_t stride_ = 1;       // a power of two
};

}  // namespace memlog::stats
