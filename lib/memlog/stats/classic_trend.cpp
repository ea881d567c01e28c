#include "memlog/stats/classic_trend.h"

#include "memlog/stats/leak_constants.h"

namespace memlog::stats {

ClassicFigures ClassicTrend::figures(const ClassicLimits& limits) const {
  ClassicFigures out;
  out.samples = samples_;
  if (samples_ == 0) return out;
  out.duration_hours = (last_t_ - first_t_) / 3600.0;
  out.start_mb = first_mb_;
  out.end_mb = last_mb_;
  out.total_growth_mb = last_mb_ - first_mb_;
  out.enough_data = samples_ >= limits.min_samples && samples_ >= 2 && out.duration_hours >= limits.min_duration_hours &&
                    out.duration_hours > 0.0;
  if (!out.enough_data) return out;
  out.growth_rate_mb_per_hour = out.total_growth_mb / out.duration_hours;
  out.growing_share = static_cast<double>(rising_) / static_cast<double>(samples_ - 1);
  if (out.growing_share > kClassicHigh) {
    out.confidence = Confidence::high;
  } else if (out.growing_share > kClassicMedium) {
    out.confidence = Confidence::medium;
  }
  out.leak_detected =
      out.growth_rate_mb_per_hour >= limits.threshold_mb_per_hour && out.confidence != Confidence::low;
  return out;
}

}  // namespace memlog::stats
