#include "memlog/stats/step_sums.h"

#include <algorithm>
#include <bit>
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
  if (!array_.empty()) reach(key);
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
  // Nothing else gives the memory back: `= {}` keeps it.
  std::vector<Step>().swap(slots_);
  std::vector<std::int64_t>().swap(array_);
}

// Makes the array long enough for a step that may stand in it, with an eighth to spare: a vector would take twice as much.
void StepSums::reach(std::int64_t key) {
  if (static_cast<std::uint64_t>(key) >= kArray || static_cast<std::size_t>(key) < array_.size()) return;
  const auto at = static_cast<std::size_t>(key);
  const std::size_t wanted = std::min(kArray, at + at / 8 + 64);
  array_.reserve(wanted);
  array_.resize(wanted);
}

void StepSums::grow() {
  if (array_.empty() && slots_.size() >= kMostSlots) {
    for (const Step& step : slots_) {
      if (step.key != kFree) reach(step.key);
    }
  }
  // Twice the room of what stays in the table: next to none where an array was begun.
  std::size_t staying = 0;
  for (const Step& step : slots_) staying += step.key != kFree && static_cast<std::uint64_t>(step.key) >= array_.size() ? 1U : 0U;
  std::vector<Step> old(std::max<std::size_t>(16, std::bit_ceil(2 * staying)), Step{kFree, 0});
  old.swap(slots_);
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
