#pragma once

#include "memlog/report/report.h"
#include "memlog/scan/read_events.h"

namespace memlog {

// One question asked of a log: fold() takes the records in order, report() answers. Memory must not grow with the log.
class Analysis {
 public:
  virtual ~Analysis() = default;
  virtual void fold(const Slice& slice) = 0;
  virtual Report report(const ReadResult& result) = 0;

  // Samples whose RSS is not above this need not be folded any more; it never falls. Negative: all are wanted.
  virtual double wanted_above_mb() const { return -1; }

  // Of a reading only RSS, the system's free memory and a run's own peak and change matter: the rest may be missing in
  // events, and ordinary readings may come as Slice::readings.
  virtual bool rss_only() const { return false; }
};

}  // namespace memlog
