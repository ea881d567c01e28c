#include "memlog/stats/floor_curve.h"

#include <algorithm>

#include "memlog/stats/leak_constants.h"
#include "memlog/stats/quantile.h"

namespace memlog::stats {

FloorCurve::FloorCurve(ShapeFrame& frame, const Average& average, double end_hours)
    : bins_(frame.bins().begin(), frame.bins().end()),
      strata_(frame.design().strata().begin(), frame.design().strata().end()),
      values_(frame.fitted(average.heaviest().candidate)),
      slope_(average.slope) {
  std::size_t first = 0;
  std::size_t last = 0;
  for (const Ar1Design::Range& r : strata_) {
    std::vector<double> left;
    for (std::size_t i = r.begin; i < r.end; ++i) left.push_back(bins_[i].mb - values_[i]);
    const double level = median_in_place(left);
    for (std::size_t i = r.begin; i < r.end; ++i) {
      values_[i] += level;
      if (bins_[i].t_hours < bins_[first].t_hours) first = i;
      if (bins_[i].t_hours > bins_[last].t_hours) last = i;
    }
    grown_mb_ += values_[r.end - 1] - values_[r.begin];
  }
  start_mb_ = values_[first];
  end_mb_ = values_[last] + slope_ * (end_hours - bins_[last].t_hours);
}

double FloorCurve::usual_peak_mb(const LeakSeries& series, const FloorSet& floor) const {
  std::vector<double> above;
  for (const KeptSample& s : series.all_samples()) {
    for (std::size_t k = 0; k < strata_.size(); ++k) {
      if (floor.strata[bins_[strata_[k].begin].stratum].segment != s.segment) continue;
      above.push_back(s.mb - at(k, (s.t - floor.start) / 3600.0));
      break;
    }
  }
  return above.empty() ? std::numeric_limits<double>::quiet_NaN()
                       : std::max(0.0, quantile_in_place(above, kPeakQuantile));
}

// Between bins by a straight line, before the first and after the last bin level.
double FloorCurve::at(std::size_t stratum, double t_hours) const {
  const auto begin = bins_.begin() + static_cast<std::ptrdiff_t>(strata_[stratum].begin);
  const auto end = bins_.begin() + static_cast<std::ptrdiff_t>(strata_[stratum].end);
  const auto next = std::upper_bound(begin, end, t_hours, [](double t, const FloorBin& bin) { return t < bin.t_hours; });
  const auto place = static_cast<std::size_t>(next - bins_.begin());
  if (next == begin) return values_[place];
  if (next == end) return values_[place - 1];
  const double share = (t_hours - bins_[place - 1].t_hours) / (next->t_hours - bins_[place - 1].t_hours);
  return values_[place - 1] + share * (values_[place] - values_[place - 1]);
}

}  // namespace memlog::stats
