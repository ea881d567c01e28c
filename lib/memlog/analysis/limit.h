#pragma once

#include <string_view>

#include "memlog/base/decimal.h"
#include "memlog/event/bare_reading.h"
#include "memlog/event/event.h"

namespace memlog {

struct Limit {
  double mb = kMissing;
  std::string_view source;  // `option`, `log`, `system` or empty
};

// The memory limit of a log: what the user says, else what the log states, else the total memory that its readings of
// the system imply.
class LimitTracker {
 public:
  explicit LimitTracker(double option_mb) : option_mb_(option_mb) {}

  void fold(const Event& event) {
    if (is_known(event.limit_mb)) stated_mb_ = event.limit_mb;
    if (is_known(event.available_mb) && is_known(event.free_percent)) add(event.available_mb, event.free_percent);
  }
  void fold(const BareReading& reading) {
    if (reading.available != BareReading::kNone && reading.free != BareReading::kNone) add(reading.available / 10.0, reading.free / 10.0);
  }

  Limit limit() const {
    if (is_known(option_mb_)) return {option_mb_, "option"};
    if (is_known(stated_mb_)) return {stated_mb_, "log"};
    if (share_sum_ > 0) return {available_sum_ / share_sum_, "system"};
    return {};
  }

 private:
  // available = free share of the total: the ratio of the sums weighs readings by how well they tell.
  void add(double available_mb, double free_percent) {
    if (!(free_percent > 0)) return;
    available_sum_ += available_mb;
    share_sum_ += free_percent / 100.0;
  }

  double option_mb_;
  double stated_mb_ = kMissing;
  double available_sum_ = 0;
  double share_sum_ = 0;
};

}  // namespace memlog
