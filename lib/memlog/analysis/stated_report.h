#pragma once

#include <string>

#include "memlog/event/event.h"
#include "memlog/report/report.h"
#include "memlog/scan/read_events.h"

namespace memlog {

// The report that the program wrote about itself into its log: its own figures and verdict, of the last one. They are
// told beside memlog's, because they need not agree.
class StatedReport {
 public:
  void fold(const Slice& slice);

  bool any() const { return time_.known() || count_ > 0; }
  Value value(const ReadResult& result) const;   // null without one
  Table table(const ReadResult& result) const;
  const std::string& verdict() const { return verdict_; }
  std::uint64_t count() const { return count_; }
  std::uint64_t leaks() const { return leaks_; }

 private:
  std::uint64_t count_ = 0;
  std::uint64_t leaks_ = 0;          // reports that told of a leak
  Timestamp time_;
  double current_mb_ = kMissing;
  double average_mb_ = kMissing;
  double min_mb_ = kMissing;
  double max_mb_ = kMissing;
  double samples_ = kMissing;
  double growth_mb_per_hour_ = kMissing;
  double total_growth_mb_ = kMissing;
  std::string verdict_;
  std::uint16_t input_ = 0;
  std::uint64_t line_ = 0;
};

}  // namespace memlog
