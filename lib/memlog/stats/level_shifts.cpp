#include "memlog/stats/level_shifts.h"

#include <algorithm>
#include <cmath>
#include <optional>

namespace memlog::stats {
namespace {

// Takes out of z what the orthonormal columns explain.
void project_out(const std::vector<Column>& basis, Column& z) {
  for (const Column& q : basis) {
    const double along = dot(q, z);
    for (std::size_t i = 0; i < z.size(); ++i) z[i] -= along * q[i];
  }
}

// Orthonormal basis of whitened columns: modified Gram–Schmidt, twice, which is as good as Householder's.
std::vector<Column> orthonormal(std::vector<Column> columns) {
  std::vector<Column> out;
  for (Column& z : columns) {
    const double before = dot(z, z);
    project_out(out, z);
    project_out(out, z);
    const double length = std::sqrt(dot(z, z));
    if (!(length * length > kRelativeRidge * before)) continue;
    for (double& v : z) v /= length;
    out.push_back(std::move(z));
  }
  return out;
}

class ShiftSearch {
 public:
  ShiftSearch(ShapeFrame& frame, bool trend) : frame_(frame), design_(frame.design()), trend_(trend) {
    shape_.of.kind = trend ? ShapeKind::steps_linear : ShapeKind::steps;
  }

  void run(std::vector<Candidate>& out) {
    std::optional<Ar1Fit> fit = fit_now();
    for (std::size_t count = 1; count <= kMaxShifts && fit && room_for(count); ++count) {
      const std::optional<std::size_t> at = best_shift(fit->phi_ml);
      if (!at) return;
      shape_.shifts[count - 1] = *at;
      shape_.of.shifts = static_cast<std::uint8_t>(count);
      fit = fit_now();
      if (!fit) return;
      if (released(*fit)) continue;
      const double penalty = kShiftPenalty * static_cast<double>(count) * frame_.log_bins();
      out.push_back({shape_, *fit, fit->bic + penalty});
    }
  }

 private:
  std::optional<Ar1Fit> fit_now() { return design_.fit(frame_.shared(false), frame_.columns(shape_)); }

  bool room_for(std::size_t count) const {
    const std::size_t strata = design_.strata().size();
    return design_.size() >= kBinsPerShift * count + 2 * strata && design_.size() <= kMaxShiftBins &&
           strata <= kMaxShiftStrata;
  }

  // The shift that lowers the residual of the fit so far most, by the drop (z'e)²/z'z.
  std::optional<std::size_t> best_shift(double phi) {
    const Whitening& w = design_.whitening(phi);
    const std::vector<Column> basis = whitened_basis(w);
    Column residual = w.y;
    project_out(basis, residual);
    std::optional<std::size_t> best;
    double most = 0.0;
    z_.resize(design_.size());
    for (std::size_t s = 0; s < design_.strata().size(); ++s) {
      const Ar1Design::Range stratum = design_.strata()[s];
      const ShiftSetting setting{w, stratum, w.unit_square[s], basis, residual};
      for (std::size_t from = stratum.begin + 1; from < stratum.end; from += kLanes) {
        Lanes drops;
        lane_kernels().shift_drops(setting, from, z_, &drops);
        for (std::size_t at = from; at < std::min(from + kLanes, stratum.end); ++at) {
          if (!allowed(at) || drops[at - from] <= most) continue;
          most = drops[at - from];
          best = at;
        }
      }
    }
    return best;
  }

  std::vector<Column> whitened_basis(const Whitening& w) {
    std::vector<Column> columns = frame_.shared(false).columns();
    for (Column& own : frame_.columns(shape_)) columns.push_back(std::move(own));
    Column z(design_.size());
    for (Column& column : columns) {
      design_.whiten(w, column, z);
      column = z;
    }
    return orthonormal(std::move(columns));
  }

  bool allowed(std::size_t at) const {
    if (at < 2 || at + 2 > design_.size()) return false;
    const auto close = [&](std::size_t other) { return at > other ? at - other < 2 : other - at < 2; };
    return std::none_of(shape_.shifts.begin(), shape_.shifts.begin() + shape_.of.shifts, close);
  }

  // Ramps that are given back again: a sawtooth, not a trend with releases.
  bool released(const Ar1Fit& fit) {
    if (!trend_) return false;
    const std::size_t own = frame_.shared(false).size();
    double down = 0.0;
    for (std::size_t k = 0; k < shape_.of.shifts; ++k) down -= std::min(0.0, fit.b[own + 1 + k]);
    return down > kReleasedShare * std::max(0.0, fit.b[own]) * frame_.span();
  }

  ShapeFrame& frame_;
  Ar1Design& design_;
  bool trend_;
  Shape shape_;
  LaneColumn z_;    // room for shifts
};

}  // namespace

void add_level_shifts(ShapeFrame& frame, std::vector<Candidate>& out) {
  for (const bool trend : {false, true}) ShiftSearch(frame, trend).run(out);
}

}  // namespace memlog::stats
