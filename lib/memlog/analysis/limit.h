#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "memlog/base/decimal.h"
#include "memlog/event/bare_reading.h"
#include "memlog/event/event.h"
#include "memlog/event/process_table.h"

namespace memlog {

struct Limit {
  double mb = kMissing;
  std::string_view source;  // `option`, `log`, `system` or empty
};

// The memory limit of a log: what the user says, else what the log states, else the total memory that its readings of
// the system imply. Where its processes state different ones, each has its own, and the log has none.
class LimitTracker {
 public:
  explicit LimitTracker(double option_mb) : option_mb_(option_mb) {}

  void fold(const Event& event) {
    if (is_known(event.limit_mb)) state(event.process, event.limit_mb);
    if (is_known(event.available_mb) && is_known(event.free_percent)) add(event.available_mb, event.free_percent);
  }
  void fold(const BareReading& reading) {
    if (tells(reading.available, reading.free)) add_tenths(reading.available, reading.free);
  }

  // The same of each of a row (BareRow, ReadingRow).
  template <typename Row>
  void fold_row(const Row& row) {
    std::uint64_t available_sum = 0;
    std::uint64_t free_sum = 0;
    for (std::size_t i = 0; i < row.size(); ++i) {
      const bool is_told = tells(row.available(i), row.free(i));
      available_sum += is_told ? row.available(i) : 0;
      free_sum += is_told ? row.free(i) : 0;
    }
    add_tenths(available_sum, free_sum);
  }

  // Of the whole log: what its processes have in common.
  Limit limit() const {
    if (is_known(option_mb_)) return {option_mb_, "option"};
    if (is_known(stated_mb_) && !differ()) return {stated_mb_, "log"};
    return of_system();
  }

  // No process is judged by another's: one that states none has the limit of the log.
  Limit limit_of(ProcessId process) const {
    if (is_known(option_mb_)) return {option_mb_, "option"};
    if (process < by_process_.size() && is_known(by_process_[process])) return {by_process_[process], "log"};
    return limit();
  }

  // There are processes with different limits: limit() is not about them.
  bool differ() const {
    for (const double mb : by_process_) {
      if (is_known(mb) && mb != stated_mb_) return true;
    }
    return false;
  }

 private:
  static bool tells(std::uint32_t available, std::uint32_t free) {
    return available != BareReading::kNone && free != BareReading::kNone && free != 0;
  }
  void add_tenths(std::uint64_t available_sum, std::uint64_t free_sum) {
    available_sum_ += available_sum * (kPerUnit / 10);
    free_sum_ += free_sum * (kPerUnit / 10);
  }

  void state(ProcessId process, double mb) {
    stated_mb_ = mb;
    if (process >= by_process_.size()) by_process_.resize(std::size_t{process} + 1, kMissing);
    by_process_[process] = mb;
  }

  Limit of_system() const {
    if (free_sum_ == 0) return {};
    return {static_cast<double>(available_sum_) * 100.0 / static_cast<double>(free_sum_), "system"};
  }

  static constexpr std::uint64_t kPerUnit = 10'000;
  static constexpr double kLargest = 1e8;  // 100 TB: more is no memory

  // available = free share of the total: the ratio of the sums weighs readings by how well they tell.
  void add(double available_mb, double free_percent) {
    if (!(free_percent > 0) || !(available_mb >= 0)) return;
    available_sum_ += in_steps(available_mb);
    free_sum_ += in_steps(free_percent);
  }
  static std::uint64_t in_steps(double value) { return static_cast<std::uint64_t>(nearest(std::min(value, kLargest) * kPerUnit)); }

  double option_mb_;
  double stated_mb_ = kMissing;              // the last one
  std::vector<double> by_process_;
  // In steps of 0.0001, so that they do not depend on how the readings came.
  std::uint64_t available_sum_ = 0;
  std::uint64_t free_sum_ = 0;
};

}  // namespace memlog
