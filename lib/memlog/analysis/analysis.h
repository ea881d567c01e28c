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

  // Of a reading only RSS and a run's own peak and change matter: the rest may be missing in events.
  virtual bool rss_only() const { return false; }

  // Ordinary readings may come as Slice::readings: with rss_only() all that say no more, else those that lose nothing
  // but VMS.
  virtual bool bare_readings() const { return false; }
  // Or as Slice::row, with rss_only() without other figures.
  virtual bool reading_columns() const { return false; }
};

}  // namespace memlog
