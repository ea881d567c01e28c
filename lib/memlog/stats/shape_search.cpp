#include <algorithm>
#include <cmath>

#include "memlog/stats/level_shifts.h"
#include "memlog/stats/shapes.h"

// The grid of knots and time constants for each class, and which fits make no sense.
namespace memlog::stats {
namespace {

double evenly(const Grid& grid, int i) { return grid.from + (grid.to - grid.from) * i / (grid.count - 1); }

double geometrically(const Grid& grid, int i) {
  return grid.from * std::pow(grid.to / grid.from, static_cast<double>(i) / (grid.count - 1));
}

class Search {
 public:
  explicit Search(ShapeFrame& frame) : frame_(frame) {}

  std::vector<Candidate> run() {
    for (const bool daily : {false, true}) {
      if (daily && !frame_.has_daily()) break;
      daily_ = daily;
      try_shape(ShapeKind::constant, 0.0, 0.0);
      try_shape(ShapeKind::linear, 0.0, 0.0);
      try_knots();
      try_fills();
      try_rises();
      try_warm_ups();
    }
    daily_ = false;
    try_runs();
    add_level_shifts(frame_, found_);
    return std::move(found_);
  }

 private:
  void try_knots() {
    for (int i = 0; i < kKnots.count; ++i) {
      const double knot = frame_.first_t() + evenly(kKnots, i) * frame_.span();
      const std::size_t before = count([&](const FloorBin& b) { return b.t_hours < knot; });
      if (!enough(before)) continue;
      try_shape(ShapeKind::two_slope, knot, 1.0);
      const double rest = frame_.first_t() + frame_.span() - knot;
      if (rest >= std::max(kMinPhaseHours, kMinPhaseShare * frame_.span())) try_shape(ShapeKind::onset, knot, 1.0);
    }
  }

  void try_fills() {
    for (int i = 0; i < kFills.count; ++i) {
      const double full = evenly(kFills, i) * frame_.max_age();
      if (enough(count([&](const FloorBin& b) { return b.age_hours < full; }))) try_shape(ShapeKind::fill, full, 1.0);
    }
  }

  void try_rises() {
    const double after_least =
        std::max(static_cast<double>(kMinPhaseBins), kMinRiseShare * static_cast<double>(frame_.bins().size()));
    for (const double share : kRiseLengths) {
      for (int i = 0; i < kRises.count; ++i) {
        const double theta = evenly(kRises, i);
        const double begin = frame_.first_t() + theta * frame_.span();
        const double end = frame_.first_t() + (theta + share) * frame_.span();
        const std::size_t before = count([&](const FloorBin& b) { return b.t_hours < begin; });
        const std::size_t after = count([&](const FloorBin& b) { return b.t_hours > end; });
        if (before < kMinPhaseBins || static_cast<double>(after) < after_least) continue;
        Shape shape;
        shape.of = {ShapeKind::rise, 0, daily_};
        shape.at = begin;
        shape.length = end - begin;
        try_shape(shape, 2.0);
      }
    }
  }

  void try_warm_ups() {
    for (int i = 0; i < kWarmUps.count; ++i) {
      const double tau = frame_.max_age() * geometrically(kWarmUps, i);
      if (tau < kMinTauBins * frame_.width()) continue;
      try_shape(ShapeKind::saturating, tau, 1.0);
      try_shape(ShapeKind::saturating_linear, tau, 1.0);
    }
    for (int i = 0; i < kLogTaus.count; ++i) {
      try_shape(ShapeKind::log, frame_.max_age() * geometrically(kLogTaus, i), 1.0);
    }
  }

  void try_runs() {
    for (std::size_t task = 0; task < frame_.runs().size(); ++task) {
      const Column& runs = frame_.runs()[task].count;
      double finished = 0.0;
      for (const Ar1Design::Range& r : frame_.design().strata()) finished += runs[r.end - 1] - runs[r.begin];
      if (finished < kMinRuns || !(frame_.strata_hours() > 0.0)) continue;
      Shape shape;
      shape.of = {ShapeKind::runs, 0, false};
      shape.task = task;
      try_shape(shape, 0.0);
    }
  }

  void try_shape(ShapeKind kind, double at, double searched) {
    Shape shape;
    shape.of = {kind, 0, daily_};
    shape.at = at;
    try_shape(shape, searched);
  }

  // `searched` is the number of knots and time constants that were searched for.
  void try_shape(const Shape& shape, double searched) {
    ColumnBlock& shared = frame_.shared(daily_);
    const std::optional<Ar1Fit> fit = frame_.design().fit(shared, frame_.columns(shape));
    if (!fit || !sensible(shape, *fit, shared.size())) return;
    found_.push_back({shape, *fit, fit->bic + searched * kKnotPenalty * frame_.log_bins()});
  }

  bool sensible(const Shape& shape, const Ar1Fit& fit, std::size_t own) const {
    switch (shape.of.kind) {
      case ShapeKind::fill:
      case ShapeKind::saturating:
      case ShapeKind::saturating_linear:
      case ShapeKind::log: return fit.b[own] >= 0.0;    // a warm-up rises
      case ShapeKind::two_slope: return !wins_back(shape, fit.b[own], fit.b[own] + fit.b[own + 1]);
      default: return true;
    }
  }

  // A fall, then a rise that has not reached new ground yet.
  bool wins_back(const Shape& shape, double before, double after) const {
    if (!(before < 0.0 && after > 0.0)) return false;
    const double fallen = -before * (shape.at - frame_.first_t());
    const double risen = after * (frame_.first_t() + frame_.span() - shape.at);
    return fallen > kLateRiseShare * risen;
  }

  template <typename F>
  std::size_t count(F matches) const {
    return static_cast<std::size_t>(std::count_if(frame_.bins().begin(), frame_.bins().end(), matches));
  }

  bool enough(std::size_t before) const {
    return before >= kMinPhaseBins && frame_.bins().size() - before >= kMinPhaseBins;
  }

  ShapeFrame& frame_;
  bool daily_ = false;
  std::vector<Candidate> found_;
};

}  // namespace

std::vector<Candidate> fit_shapes(ShapeFrame& frame) {
  if (frame.bins().empty() || !(frame.max_age() > 0.0) || !(frame.span() > 0.0)) return {};
  return Search(frame).run();
}

}  // namespace memlog::stats
