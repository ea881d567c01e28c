#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "memlog/stats/floor_samples.h"

namespace memlog::stats {

struct SettledSample {
  double t = 0.0;               // seconds
  double mb = 0.0;
  std::uint32_t stratum = 0;    // counted over all processes
};

// Floor samples of one process after its tasks have given back what they will give back.
struct SettledProcess {
  const LeakSeries* series = nullptr;
  std::vector<SettledSample> samples;
};

// Per process: samples in the second half of each interval between a run's end and the next run's start, but for those
// that a later one of the segment, within half an hour, clearly undercuts. Processes with too few are left out.
std::vector<SettledProcess> collect_settled(SeriesGroup group);

// Intervals between runs, by the sorted starts and ends of those runs; the log's own bounds close the outer ones.
class IdleIntervals {
 public:
  IdleIntervals(std::span<const RunLog::Run> runs, double first_t, double last_t);
  bool settled(double t) const;

 private:
  std::vector<double> starts_;
  std::vector<double> ends_;
  double first_t_;
  double last_t_;
};

}  // namespace memlog::stats
