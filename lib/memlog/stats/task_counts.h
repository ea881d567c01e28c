#pragma once

#include <cstdint>
#include <vector>

#include "memlog/stats/floor_samples.h"

namespace memlog::stats {

// The tasks of a group with enough finished runs to speak of growth per run: at most kMaxCandidateTasks, those with
// most runs, by id.
std::vector<std::uint32_t> frequent_tasks(SeriesGroup group);

// Finished runs of the task in all processes, exact.
std::uint64_t total_runs(SeriesGroup group, std::uint32_t task);

// How many runs of one task had finished in one process before a time.
class RunCounter {
 public:
  RunCounter(const LeakSeries& series, std::uint32_t task);
  double before(double t_seconds) const;

 private:
  std::vector<double> ends_;
  double stride_ = 1.0;
};

}  // namespace memlog::stats
