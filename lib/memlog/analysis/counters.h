#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "memlog/event/event.h"
#include "memlog/event/process_table.h"
#include "memlog/stats/leak_series.h"

namespace memlog {

// A counter that grows as the memory does: a hint at what is kept, no proof.
struct Correlate {
  NameId metric = kNoName;
  double growth_per_hour = kMissing;
  double correlation = kMissing;   // Pearson's r with the RSS of the same readings
  double first = kMissing;
  double last = kMissing;
};

// The counters of the snapshots (`sessions`, `threads`, `gc_objects`, …) beside the memory of their process. Memory is
// bounded: a fixed number of counters, some thousand readings of each, every second one dropped when they are full.
class Counters {
 public:
  void add(ProcessId process, NameId metric, double t_seconds, double rss_mb, double value);

  // The counters of a process that grow for good by the leak method and go with the memory; strongest first.
  std::vector<Correlate> growing_with_memory(ProcessId process, std::span<const stats::LeakSeries::Segment> segments) const;

 private:
  struct Point {
    double t = 0;
    double value = 0;
  };
  struct Track {
    ProcessId process = 0;
    NameId metric = kNoName;
    std::vector<Point> points;
    std::uint64_t stride = 1;      // one reading in so many is kept
    std::uint64_t count = 0;
    double first = kMissing;
    double last = kMissing;
    // Running means and co-moments (Welford 1962; Chan, Golub & LeVeque 1983 for the covariance).
    double mean_rss = 0;
    double mean_value = 0;
    double m2_rss = 0;
    double m2_value = 0;
    double co_moment = 0;
  };

  static double correlation(const Track& track);

  std::vector<Track> tracks_;
  std::size_t recent_ = 0;
};

}  // namespace memlog
