#include "memlog/stats/step_sums.h"

#include <algorithm>
#include <utility>

namespace memlog::stats {

void StepSums::add_any(std::int64_t key, std::int64_t n) {
  if (n == 0) return;
  if (used_ == kMostSteps) {
    auto at = std::lower_bound(full_.begin(), full_.end(), key, [](const Step& step, std::int64_t k) { return step.key < k; });
    if (at == full_.end()) --at;
    at->sum += n;
    return;
  }
  if (static_cast<std::uint64_t>(key) < array_.size()) {
    array_[static_cast<std::size_t>(key)] = n;
    ++used_;
  } else {
    if (4 * (in_slots_ + 1) > 3 * slots_.size()) {
      grow();
      return add(key, n);
    }
    Step& slot = slots_[slot_of(key)];
    if (slot.key == key) {
      slot.sum += n;
      return;
    }
    slot = {key, n};
    ++in_slots_;
    ++used_;
  }
  if (used_ < kMostSteps) return;
  full_ = sorted();
  slots_ = {};
  array_ = {};
}

void StepSums::grow() {
  const bool to_array = array_.empty() && slots_.size() >= kMostSlots;
  std::vector<Step> old(to_array ? slots_.size() : std::max<std::size_t>(16, slots_.size() * 2), Step{kFree, 0});
  old.swap(slots_);
  if (to_array) array_.resize(kArray);
  in_slots_ = 0;
  for (const Step& step : old) {
    if (step.key == kFree) continue;
    if (static_cast<std::uint64_t>(step.key) < array_.size()) {
      array_[static_cast<std::size_t>(step.key)] = step.sum;
    } else {
      slots_[slot_of(step.key)] = step;
      ++in_slots_;
    }
  }
}

std::vector<StepSums::Step> StepSums::sorted() const {
  if (!full_.empty()) return full_;
  std::vector<Step> all;
  all.reserve(used_);
  for (const Step& step : slots_) {
    if (step.key != kFree) all.push_back(step);
  }
  for (std::size_t i = 0; i < array_.size(); ++i) {
    if (array_[i] != 0) all.push_back({static_cast<std::int64_t>(i), array_[i]});
  }
  std::sort(all.begin(), all.end(), [](const Step& a, const Step& b) { return a.key < b.key; });
  return all;
}

}  // namespace memlog::stats
