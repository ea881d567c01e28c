#include "memlog/stats/leak_verdict.h"

#include <algorithm>

#include "memlog/stats/leak_constants.h"

namespace memlog::stats {
namespace {

bool positive(Verdict verdict) { return verdict == Verdict::leak || verdict == Verdict::below_threshold; }

Reason reason_of_growth(ShapeKind kind) {
  switch (kind) {
    case ShapeKind::onset:
    case ShapeKind::two_slope: return Reason::growth_since_onset;
    case ShapeKind::runs: return Reason::growth_per_run;
    case ShapeKind::saturating:
    case ShapeKind::log: return Reason::saturating;
    default: return Reason::steady_growth;
  }
}

Reason reason_of_rest(ShapeKind kind, double slope) {
  switch (kind) {
    case ShapeKind::constant: return Reason::flat;
    case ShapeKind::linear:
    case ShapeKind::two_slope:
    case ShapeKind::onset: return slope < 0.0 ? Reason::shrinking : Reason::not_significant;
    case ShapeKind::fill:
    case ShapeKind::saturating:
    case ShapeKind::log: return Reason::saturating;
    case ShapeKind::steps: return Reason::level_shift;
    case ShapeKind::rise: return Reason::load_rise;
    default: return Reason::not_significant;
  }
}

// The mean terminal slope that a class' candidates speak for.
double slope_of(const ShapeClass& shape, const Average& average) {
  double sum = 0.0;
  for (const Weighed& w : average.kept) {
    if (w.candidate.shape.of == shape) sum += w.weight * w.slope.estimate;
  }
  return sum;
}

}  // namespace

Verdict decide(const Average& average, std::size_t chances) {
  const double m = static_cast<double>(std::max<std::size_t>(1, chances));
  if (average.leak_probability >= 1.0 - (1.0 - kLeakProbability) / m) return Verdict::leak;
  return average.growth_probability >= kGrowthProbability ? Verdict::below_threshold : Verdict::no_leak;
}

Confidence confidence_in(Verdict verdict, const Average& average) {
  double right = 1.0 - average.leak_probability;
  if (verdict == Verdict::leak) right = average.leak_probability;
  if (verdict == Verdict::below_threshold) right = std::min(right, average.growth_probability);
  if (right >= kHighConfidence) return Confidence::high;
  return right >= kMediumConfidence ? Confidence::medium : Confidence::low;
}

ShapeClass deciding_class(Verdict verdict, const Average& average) {
  const auto speaks = [&](const ClassWeight& c) { return !positive(verdict) || !ends_flat(c.shape.kind); };
  const auto first = std::find_if(average.classes.begin(), average.classes.end(), speaks);
  return first == average.classes.end() ? ShapeClass{} : first->shape;
}

Reason reason_for(Verdict verdict, const Average& average) {
  const ShapeClass shape = deciding_class(verdict, average);
  return positive(verdict) ? reason_of_growth(shape.kind) : reason_of_rest(shape.kind, slope_of(shape, average));
}

}  // namespace memlog::stats
