#pragma once

#include <cstdint>

namespace memlog::stats {

// One point of the floor that shapes are fitted to. Bins come stratum by stratum, in time order within each.
struct FloorBin {
  double t_hours = 0.0;         // mean time of its samples, from the start of the series
  double mb = 0.0;              // low quantile of its samples
  double age_hours = 0.0;       // since the first floor sample of its stratum
  double sessions = 0.0;        // median of the program's session counter; 0 where the log has none
  std::uint32_t stratum = 0;    // bins of one stratum share a level
};

}  // namespace memlog::stats
