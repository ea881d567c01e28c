#include "memlog/stats/model_average.h"

#include <algorithm>
#include <cmath>

#include "memlog/stats/student_t.h"

namespace memlog::stats {
namespace {

double prior(ShapeKind kind) {
  const bool unusual =
      kind == ShapeKind::onset || kind == ShapeKind::two_slope || kind == ShapeKind::steps_linear;
  return unusual ? kUnusualPrior : 1.0;
}

// Shapes that bend towards a level: what is left of their slope will not go on.
bool flattens(ShapeKind kind) {
  return kind == ShapeKind::fill || kind == ShapeKind::saturating || kind == ShapeKind::log;
}

bool has_knot_in_time(ShapeKind kind) { return kind == ShapeKind::onset || kind == ShapeKind::two_slope; }

std::vector<Weighed> score(std::vector<Candidate> candidates) {
  std::vector<ClassWeight> sizes;
  const auto size_of = [&](const ShapeClass& of) -> double& {
    const auto same = [&](const ClassWeight& c) { return c.shape == of; };
    const auto known = std::find_if(sizes.begin(), sizes.end(), same);
    return known != sizes.end() ? known->weight : sizes.emplace_back(ClassWeight{of, 0.0}).weight;
  };
  for (const Candidate& c : candidates) size_of(c.shape.of) += 1.0;
  std::vector<Weighed> out;
  for (Candidate& c : candidates) {
    const double in_class = size_of(c.shape.of);
    const double total = c.bic + 2.0 * std::log(in_class) - 2.0 * std::log(prior(c.shape.of.kind));
    out.push_back({std::move(c), total, 0.0, {}});
  }
  return out;
}

void weigh(std::vector<Weighed>& all) {
  const auto lower = [](const Weighed& a, const Weighed& b) { return a.score < b.score; };
  const double best = std::min_element(all.begin(), all.end(), lower)->score;
  std::erase_if(all, [&](const Weighed& w) { return !(w.score - best < kKeepScore); });
  double sum = 0.0;
  for (Weighed& w : all) sum += w.weight = std::exp(-0.5 * (w.score - best));
  for (Weighed& w : all) w.weight /= sum;
}

void add_slopes(ShapeFrame& frame, Average& out, double threshold) {
  double above_zero = 0.0;
  for (Weighed& w : out.kept) {
    const ShapeKind kind = w.candidate.shape.of.kind;
    w.slope.df = w.candidate.fit.df;
    if (ends_flat(kind)) continue;
    w.slope = frame.terminal_slope(w.candidate);
    const Contrast& slope = w.slope;
    const auto above = [&](double least) { return student_t_tail((least - slope.estimate) / slope.error, slope.df); };
    const double leak = above(threshold);
    out.leak_probability += w.weight * leak;
    out.growth_probability += w.weight * (flattens(kind) ? leak : above(kGrowthShare * threshold));
    above_zero += w.weight * above(0.0);
    out.slope += w.weight * w.slope.estimate;
  }
  // Weights sum to 1 up to rounding.
  out.leak_probability = std::clamp(out.leak_probability, 0.0, 1.0);
  out.growth_probability = std::clamp(out.growth_probability, 0.0, 1.0);
  out.p_value = std::clamp(1.0 - above_zero, 0.0, 1.0);
}

void add_interval(Average& out) {
  double variance = std::pow(kSlopeFloor * out.slope, 2);
  for (const Weighed& w : out.kept) {
    variance += w.weight * (w.slope.error * w.slope.error + std::pow(w.slope.estimate - out.slope, 2));
  }
  const double half = student_t_quantile(kIntervalQuantile, out.heaviest().slope.df) * std::sqrt(variance);
  out.slope_low = out.slope - half;
  out.slope_high = out.slope + half;
}

void add_onset(Average& out) {
  double weight = 0.0;
  double sum = 0.0;
  for (const Weighed& w : out.kept) {
    if (!has_knot_in_time(w.candidate.shape.of.kind)) continue;
    weight += w.weight;
    sum += w.weight * w.candidate.shape.at;
  }
  if (weight > kOnsetWeight) out.onset_hours = sum / weight;
}

void add_classes(Average& out) {
  for (const Weighed& w : out.kept) {
    const auto same = [&](const ClassWeight& c) { return c.shape == w.candidate.shape.of; };
    const auto known = std::find_if(out.classes.begin(), out.classes.end(), same);
    if (known != out.classes.end()) {
      known->weight += w.weight;
    } else {
      out.classes.push_back({w.candidate.shape.of, w.weight});
    }
  }
  const auto heavier = [](const ClassWeight& a, const ClassWeight& b) { return a.weight > b.weight; };
  std::stable_sort(out.classes.begin(), out.classes.end(), heavier);
}

}  // namespace

Average average_shapes(ShapeFrame& frame, std::vector<Candidate> candidates, double threshold) {
  Average out;
  out.kept = score(std::move(candidates));
  weigh(out.kept);
  const auto lighter = [](const Weighed& a, const Weighed& b) { return a.weight < b.weight; };
  out.best = static_cast<std::size_t>(std::max_element(out.kept.begin(), out.kept.end(), lighter) - out.kept.begin());
  add_slopes(frame, out, threshold);
  add_interval(out);
  add_onset(out);
  add_classes(out);
  return out;
}

}  // namespace memlog::stats
