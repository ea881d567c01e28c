#pragma once

#include <vector>

#include "memlog/stats/floor_samples.h"
#include "memlog/stats/model_average.h"

// The floor as the best shape draws it: where it was, where it is, and how far tasks rise above it.
namespace memlog::stats {

class FloorCurve {
 public:
  // `end_hours`: the last sample of the series, on the bins' axis.
  FloorCurve(ShapeFrame& frame, const Average& average, double end_hours);

  double start_mb() const { return start_mb_; }      // at the first bin
  double end_mb() const { return end_mb_; }          // at the last sample, by the averaged slope from the last bin on
  double grown_mb() const { return grown_mb_; }      // sum over strata, first to last bin: restarts do not undo it
  const Column& values() const { return values_; }   // at each bin, MB

  // 95th percentile of samples minus floor, at least 0; NaN where no sample is in a segment of the fit.
  double usual_peak_mb(const LeakSeries& series, const FloorSet& floor) const;

 private:
  double at(std::size_t stratum, double t_hours) const;

  std::vector<FloorBin> bins_;
  std::vector<Ar1Design::Range> strata_;
  Column values_;
  double slope_;
  double start_mb_ = 0.0;
  double end_mb_ = 0.0;
  double grown_mb_ = 0.0;
};

}  // namespace memlog::stats
