#include "memlog/stats/linear_fit.h"

#include <limits>

namespace memlog::stats {
namespace {

double ratio(double sum_ty, double sum_tt) {
  return sum_tt > 0.0 ? sum_ty / sum_tt : std::numeric_limits<double>::quiet_NaN();
}

}  // namespace

double RunningLine::centred_tt() const {
  return count_ == 0 ? 0.0 : sum_tt_ - sum_t_ * sum_t_ / static_cast<double>(count_);
}

double RunningLine::centred_ty() const {
  return count_ == 0 ? 0.0 : sum_ty_ - sum_t_ * sum_y_ / static_cast<double>(count_);
}

double RunningLine::slope() const { return ratio(centred_ty(), centred_tt()); }

RunningLine::Fitted RunningLine::fitted() const {
  const double n = static_cast<double>(count_);
  return {first_y_ + sum_y_ / n, slope(), first_t_, sum_t_ / n};
}

void SegmentedLine::new_segment() {
  sum_tt_ += open_.centred_tt();
  sum_ty_ += open_.centred_ty();
  open_ = {};
}

double SegmentedLine::slope() const { return ratio(sum_ty_ + open_.centred_ty(), sum_tt_ + open_.centred_tt()); }

}  // namespace memlog::stats
