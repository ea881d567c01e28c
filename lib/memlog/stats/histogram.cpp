#include "memlog/stats/histogram.h"

#include <algorithm>
#include <cmath>

#include "memlog/base/decimal.h"

namespace memlog {

namespace {

// 100 TB: more is no memory, and sums stay far from the end of their type.
constexpr double kLargest = 1e8;

}  // namespace

void Histogram::add(double value) {
  if (!is_known(value)) return;
  value = std::clamp(value, -kLargest, kLargest);
  ++count_;
  sum_ += std::llround(value * 10'000.0);
  add_key(std::llround(value * per_mb_), 1);
}

std::size_t Histogram::slot_of(std::int64_t key) const {
  const std::size_t mask = slots_.size() - 1;
  std::size_t at = (static_cast<std::uint64_t>(key) * 0x9E3779B97F4A7C15ULL >> 32) & mask;
  while (slots_[at].key != kEmpty && slots_[at].key != key) at = (at + 1) & mask;
  return at;
}

void Histogram::add_key(std::int64_t key, std::uint64_t count) {
  if (slots_.empty()) slots_.resize(8);
  std::size_t at = slot_of(key);
  if (slots_[at].key == kEmpty) {
    if (used_ == kMaxSteps) {
      coarsen();
      add_key(std::llround(static_cast<double>(key) / 10.0), count);
      return;
    }
    if ((used_ + 1) * 4 > slots_.size() * 3) {
      grow();
      at = slot_of(key);
    }
    slots_[at].key = key;
    ++used_;
  }
  slots_[at].count += count;
}

void Histogram::grow() {
  std::vector<Step> old(slots_.size() * 2);
  old.swap(slots_);
  for (const Step& step : old) {
    if (step.key != kEmpty) slots_[slot_of(step.key)] = step;
  }
}

void Histogram::coarsen() {
  std::vector<Step> old(8);
  old.swap(slots_);
  used_ = 0;
  per_mb_ /= 10.0;
  for (const Step& step : old) {
    if (step.key != kEmpty) add_key(std::llround(static_cast<double>(step.key) / 10.0), step.count);
  }
}

double Histogram::quantile(double q) const {
  if (count_ == 0) return kMissing;
  std::vector<Step> steps;
  for (const Step& step : slots_) {
    if (step.key != kEmpty) steps.push_back(step);
  }
  std::sort(steps.begin(), steps.end(), [](const Step& a, const Step& b) { return a.key < b.key; });
  const double position = q * static_cast<double>(count_ - 1);
  const auto below = static_cast<std::uint64_t>(position);
  const double share = position - static_cast<double>(below);
  double low = kMissing;
  std::uint64_t seen = 0;
  for (const Step& step : steps) {
    const double value = static_cast<double>(step.key) / per_mb_;
    seen += step.count;
    if (!is_known(low) && seen > below) low = value;
    if (is_known(low) && (seen > below + 1 || share == 0.0)) return low + share * (value - low);
  }
  return low;
}

double Histogram::mean() const { return count_ == 0 ? kMissing : static_cast<double>(sum_) / static_cast<double>(count_) / 10'000.0; }

}  // namespace memlog
