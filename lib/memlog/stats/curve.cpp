#include "memlog/stats/curve.h"

#include <algorithm>

namespace memlog::stats {

void Curve::merge(Bin& bin, const Bin& other) {
  if (!other.low.used) return;
  if (!bin.low.used) {
    bin = other;
    return;
  }
  if (other.low.mb < bin.low.mb) bin.low = other.low;
  if (other.high.mb > bin.high.mb) bin.high = other.high;
}

void Curve::widen() {
  for (std::size_t i = 0; i < bins_.size(); i += 2) {
    Bin merged = bins_[i];
    if (i + 1 < bins_.size()) merge(merged, bins_[i + 1]);
    bins_[i / 2] = merged;
  }
  bins_.resize((bins_.size() + 1) / 2);
  width_s_ *= 2;
}

void Curve::add(double t, double mb, std::uint32_t label, std::uint64_t source) {
  if (bins_.empty()) origin_ = t;
  // A clock that goes back behind the first reading adds to the first bin.
  const double since = std::max(0.0, t - origin_);
  while (since / width_s_ >= static_cast<double>(most_)) widen();
  const auto at = static_cast<std::size_t>(since / width_s_);
  if (at >= bins_.size()) bins_.resize(at + 1);
  const Point point{t, mb, source, label, true};
  merge(bins_[at], {point, point});
}

std::vector<Curve::Point> Curve::points() const {
  std::vector<Point> found;
  for (const Bin& bin : bins_) {
    if (!bin.low.used) continue;
    const bool one = bin.low.source == bin.high.source && bin.low.t == bin.high.t;
    const bool low_first = bin.low.t <= bin.high.t;
    found.push_back(low_first ? bin.low : bin.high);
    if (!one) found.push_back(low_first ? bin.high : bin.low);
  }
  return found;
}

}  // namespace memlog::stats
