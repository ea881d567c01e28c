#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace memlog::stats {

// Values in bounded memory, evenly spread over all that were added: when the store is full every second one is dropped,
// and from then on one in two is kept (then one in four, …). The same values in the same order give the same store.
class EvenSamples {
 public:
  static constexpr std::size_t kMost = 128;

  void add(double value) {
    if ((count_++ & (stride_ - 1)) == 0) keep(value);
  }

  const std::vector<double>& values() const { return values_; }
  std::uint64_t count() const { return count_; }

 private:
  void keep(double value) {
    if (values_.size() == kMost) {
      for (std::size_t i = 0; 2 * i < kMost; ++i) values_[i] = values_[2 * i];
      values_.resize(kMost / 2);
      stride_ *= 2;
      if (((count_ - 1) & (stride_ - 1)) != 0) return;
    }
    values_.push_back(value);
  }

  std::vector<double> values_;
  std::uint64_t count_ = 0;
  std::uint64_t stride_ = 1;       // a power of two
};

}  // namespace memlog::stats
