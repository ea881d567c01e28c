#include "memlog/stats/histogram.h"

#include <algorithm>
#include <cmath>

#include "memlog/base/decimal.h"

namespace memlog {

namespace {

// 100 TB: more is no memory, and sums stay far from the end of their type.
constexpr double kLargest = 1e8;

}  // namespace

void Histogram::add_count(double value) {
  if (!is_known(value)) return;
  ++count_;
  sum_ += nearest(std::clamp(value, -kLargest, kLargest) * 10'000.0);
}

void Histogram::add_any(double value) {
  if (!is_known(value)) return;
  value = std::clamp(value, -kLargest, kLargest);
  ++count_;
  sum_ += nearest(value * 10'000.0);
  std::int64_t key = nearest(value * 100.0);
  for (std::uint32_t i = 0; i < coarsened_; ++i) key = coarser(key);
  add_key(key, 1);
}

// Narrow sums for as many counters as they hold: a loop for the machine's vectors.
Histogram::Counted Histogram::in_array() const {
  Counted all;
  constexpr std::size_t kPart = 1 << 8;
  for (std::size_t begin = 0; begin < array_.size(); begin += kPart) {
    const std::size_t size = std::min(kPart, array_.size() - begin);
    std::uint32_t count = 0;
    std::uint32_t used = 0;
    std::uint32_t sum = 0;
    for (std::size_t i = 0; i < size; ++i) {
      const std::uint32_t counter = array_[begin + i];
      count += counter;
      used += counter != 0 ? 1 : 0;
      sum += counter * static_cast<std::uint32_t>(i);
    }
    all.count += count;
    all.used += used;
    all.sum += static_cast<std::int64_t>(std::uint64_t{sum} + std::uint64_t{count} * begin);
  }
  return all;
}

// Distinct steps in the array.
std::size_t Histogram::used() {
  if (used_is_old_) used_ = in_array().used;
  used_is_old_ = false;
  return used_;
}

// As many distinct steps as there may be.
bool Histogram::is_full() { return in_slots_ + array_.size() >= kMaxSteps && in_slots_ + used() >= kMaxSteps; }

bool Histogram::in_table(std::int64_t key) const { return !slots_.empty() && !slots_[slot_of(key)].free(); }

std::size_t Histogram::slot_of(std::int64_t key) const {
  const std::size_t mask = slots_.size() - 1;
  std::size_t at = (static_cast<std::uint64_t>(key) * 0x9E3779B97F4A7C15ULL >> 32) & mask;
  while (!slots_[at].free() && slots_[at].key() != key) at = (at + 1) & mask;
  return at;
}

void Histogram::add_key(std::int64_t key, std::uint64_t count) {
  if (!array_.empty() && add_to_array(key, count)) return;
  if (slots_.empty()) {
    slots_.resize(8);
    note_bytes();
  }
  std::size_t at = slot_of(key);
  if (slots_[at].free()) {
    if (is_full()) {
      coarsen();
      add_key(coarser(key), count);
      return;
    }
    if ((in_slots_ + 1) * 4 > slots_.size() * 3) {
      grow();
      if (!array_.empty() && add_to_array(key, count)) return;
      at = slot_of(key);
    }
    ++in_slots_;
  }
  const std::uint64_t sum = slots_[at].count() + count;
  if (sum > Slot::kMost) spill(key, sum - 1);
  slots_[at] = Slot(key, sum > Slot::kMost ? 1 : sum);
}

void Histogram::spill(std::int64_t key, std::uint64_t count) {
  const auto found = std::find_if(spilled_.begin(), spilled_.end(), [&](const Step& step) { return step.key == key; });
  if (found != spilled_.end()) found->count += count;
  else spilled_.push_back({key, count});
  note_bytes();
}

void Histogram::note_bytes() {
  bytes_ = static_cast<std::uint32_t>(slots_.capacity() * sizeof(Slot) + array_.capacity() * sizeof(std::uint16_t) + spilled_.capacity() * sizeof(Step));
}

// False for a key that has no place in the array: then the table holds it.
bool Histogram::add_to_array(std::int64_t key, std::uint64_t count) {
  if (key < 0 || key % 10 != 0) return false;
  const auto at = static_cast<std::size_t>(key / 10);
  if (at >= array_.size()) {
    // A value far from all others must not cost an array up to it. What the table already holds stays there.
    constexpr std::size_t kSparsest = 32;
    const auto is_sparse = [&](std::size_t used) { return at >= (in_slots_ + used) * kSparsest; };
    // An old `used_` is too small.
    if (static_cast<double>(at) >= kArrayEnd * 10.0 || in_table(key) || (is_sparse(used_) && is_sparse(used()))) return false;
    // By an eighth: a vector would take twice as much.
    const std::size_t wanted = at + at / 8 + 64;
    if (wanted > array_.capacity()) array_.reserve(wanted);
    array_.resize(wanted);
    note_bytes();
  }
  if (array_[at] == 0) {
    if (in_table(key) || is_full()) return false;
    ++used_;
  }
  const std::uint64_t sum = array_[at] + count;
  const bool full = sum > kFull;
  if (full) spill(key, sum - 1);
  // What the counter says now is the array's to tell.
  const std::int64_t more = (full ? 1 : static_cast<std::int64_t>(sum)) - array_[at];
  array_[at] = static_cast<std::uint16_t>(array_[at] + more);
  count_ -= more;
  sum_ -= more * static_cast<std::int64_t>(at) * kTenth;
  return true;
}

// Moves to the array what belongs there, if that takes less room than four times the table.
void Histogram::use_array() {
  std::int64_t highest = -1;
  for (const Slot& step : slots_) {
    if (!step.free() && step.key() >= 0 && step.key() % 10 == 0 && static_cast<double>(step.key()) < kArrayEnd * 100.0) highest = std::max(highest, step.key() / 10);
  }
  const auto length = static_cast<std::size_t>(highest + 1);
  if (highest < 0 || length * sizeof(std::uint16_t) > slots_.size() * 4 * sizeof(Slot)) return;
  std::vector<Slot> old;
  old.swap(slots_);
  used_ = 0;
  in_slots_ = 0;
  array_.resize(length);
  for (const Slot& step : old) {
    if (!step.free()) add_key(step.key(), step.count());
  }
}

void Histogram::grow() {
  constexpr std::size_t kFewest = 64;
  if (array_.empty() && per_mb_ == 100.0 && slots_.size() >= kFewest) {
    use_array();
    if (!array_.empty()) {
      if (slots_.empty()) slots_.resize(8);
      note_bytes();
      if ((in_slots_ + 1) * 4 <= slots_.size() * 3) return;
    }
  }
  std::vector<Slot> old(slots_.size() * 2);
  old.swap(slots_);
  for (const Slot& step : old) {
    if (!step.free()) slots_[slot_of(step.key())] = step;
  }
  note_bytes();
}

void Histogram::coarsen() {
  const std::vector<Step> old = steps();
  forget_steps();
  per_mb_ /= 10.0;
  ++coarsened_;
  for (const Step& step : old) add_key(coarser(step.key), step.count);
}

void Histogram::forget_steps() {
  const Counted counted = in_array();
  count_ += static_cast<std::int64_t>(counted.count);
  sum_ += counted.sum * kTenth;
  // Nothing else gives the memory back: `= {}` keeps it.
  std::vector<Slot>().swap(slots_);
  std::vector<std::uint16_t>().swap(array_);
  std::vector<Step>().swap(spilled_);
  bytes_ = 0;
  used_ = 0;
  used_is_old_ = false;
  in_slots_ = 0;
}

// All of them, the smallest first.
std::vector<Histogram::Step> Histogram::steps() const {
  std::vector<Step> all;
  all.reserve(in_slots_ + in_array().used);
  for (std::size_t i = 0; i < array_.size(); ++i) {
    if (array_[i] != 0) all.push_back({static_cast<std::int64_t>(i) * 10, array_[i]});
  }
  const auto less = [](const Step& a, const Step& b) { return a.key < b.key; };
  const auto middle = static_cast<std::ptrdiff_t>(all.size());
  for (const Slot& step : slots_) {
    if (!step.free()) all.push_back({step.key(), step.count()});
  }
  std::sort(all.begin() + middle, all.end(), less);
  std::inplace_merge(all.begin(), all.begin() + middle, all.end(), less);
  for (const Step& step : spilled_) std::lower_bound(all.begin(), all.end(), step, less)->count += step.count;
  return all;
}

double Histogram::quantile(double q) const { return quantiles({q}).front(); }

std::vector<double> Histogram::quantiles(std::initializer_list<double> qs) const {
  std::vector<double> found;
  const std::vector<Step> all = steps();
  const std::uint64_t values = count();
  for (const double q : qs) {
    if (values == 0) {
      found.push_back(kMissing);
      continue;
    }
    const double position = q * static_cast<double>(values - 1);
    const auto below = static_cast<std::uint64_t>(position);
    const double share = position - static_cast<double>(below);
    double low = kMissing;
    double at = kMissing;
    std::uint64_t seen = 0;
    for (const Step& step : all) {
      const double value = static_cast<double>(step.key) / per_mb_;
      seen += step.count;
      if (!is_known(low) && seen > below) low = at = value;
      if (!is_known(low)) continue;
      at = low + share * (value - low);
      if (seen > below + 1 || share == 0.0) break;
    }
    found.push_back(at);
  }
  return found;
}

double Histogram::mean() const {
  const Counted counted = in_array();
  const std::int64_t values = count_ + static_cast<std::int64_t>(counted.count);
  return values == 0 ? kMissing : static_cast<double>(sum_ + counted.sum * kTenth) / static_cast<double>(values) / 10'000.0;
}

}  // namespace memlog
