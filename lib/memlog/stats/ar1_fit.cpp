#include "memlog/stats/ar1_fit.h"

#include <algorithm>
#include <cmath>

#include "memlog/stats/leak_constants.h"

namespace memlog::stats {
namespace {

static_assert(kShapePhis.size() <= kLanes && kCulpritPhis.size() <= kLanes);

}  // namespace

Ar1Design::Ar1Design(std::span<const FloorBin> bins, double width, std::span<const double> phis) : phis_(phis) {
  find_strata(bins);
  y_.reserve(bins.size());
  gap_.assign(bins.size(), 1.0);
  for (std::size_t i = 0; i < bins.size(); ++i) {
    y_.push_back(bins[i].mb);
    if (!first_[i]) gap_[i] = std::max(kMinGap, (bins[i].t_hours - bins[i - 1].t_hours) / width);
  }
}

void Ar1Design::find_strata(std::span<const FloorBin> bins) {
  first_.resize(bins.size());
  for (std::size_t i = 0; i < bins.size(); ++i) {
    first_[i] = i == 0 || bins[i].stratum != bins[i - 1].stratum;
    if (first_[i]) strata_.push_back({i, i});
    strata_.back().end = i + 1;
  }
}

// φ as its place in the cache. Large designs keep one whitening only: a handful of fits is made on them.
std::size_t Ar1Design::whitening_number(double phi) {
  for (std::size_t k = 0; k < whitenings_.size(); ++k) {
    if (whitenings_[k].phi == phi) return k;
  }
  if (size() > kMaxCachedBins) whitenings_.clear();
  whitenings_.push_back(make_whitening(phi));
  return whitenings_.size() - 1;
}

Whitening Ar1Design::make_whitening(double phi) const {
  Whitening w;
  w.phi = phi;
  w.rho.resize(size());
  w.scale.resize(size());
  for (std::size_t i = 0; i < size(); ++i) {
    w.rho[i] = first_[i] ? 0.0 : std::pow(phi, gap_[i]);
    w.scale[i] = 1.0 / std::sqrt(1.0 - w.rho[i] * w.rho[i]);
    w.log_scale += std::log(w.scale[i]);
  }
  for (const Range& r : strata_) {
    double square = 0.0;
    for (std::size_t i = r.begin; i < r.end; ++i) square += w.unit(i) * w.unit(i);
    w.unit_square.push_back(square);
    w.log_unit += std::log(square);
  }
  w.y.resize(size());
  whiten(w, y_, w.y);
  return w;
}

void Ar1Design::whiten(const Whitening& w, std::span<const double> column, std::span<double> out) const {
  for (std::size_t s = 0; s < strata_.size(); ++s) {
    const Range r = strata_[s];
    double before = 0.0;
    double along = 0.0;
    for (std::size_t i = r.begin; i < r.end; ++i) {
      out[i] = (column[i] - w.rho[i] * before) * w.scale[i];
      before = column[i];
      along += out[i] * w.unit(i);
    }
    const double level = along / w.unit_square[s];
    for (std::size_t i = r.begin; i < r.end; ++i) out[i] -= level * w.unit(i);
  }
}

const ColumnBlock::Whitened& Ar1Design::shared_columns(ColumnBlock& shared, std::size_t number) {
  if (shared.whitened_.size() <= number) shared.whitened_.resize(number + 1);
  ColumnBlock::Whitened& out = shared.whitened_[number];
  if (!out.gram.empty() || shared.columns_.empty()) return out;
  const Whitening& w = whitenings_[number];
  for (const Column& column : shared.columns_) {
    Column& z = out.z.emplace_back(size());
    whiten(w, column, z);
    const std::size_t row = out.z.size() - 1;
    out.right[row] = dot(z, w.y);
    Coefficients& products = out.gram.emplace_back();
    for (std::size_t j = 0; j <= row; ++j) products[j] = dot(z, out.z[j]);
  }
  return out;
}

// Z'Z and Z'y of the shared and the extra columns; whitened extra columns are left in scratch_.
NormalMatrix Ar1Design::normal_equations(ColumnBlock& shared, std::span<const Column> extra, std::size_t number,
                                         Coefficients& right) {
  const ColumnBlock::Whitened& known = shared_columns(shared, number);
  const std::size_t base = shared.size();
  NormalMatrix gram(base + extra.size());
  right = known.right;
  for (std::size_t i = 0; i < base; ++i) {
    for (std::size_t j = 0; j <= i; ++j) gram.at(i, j) = known.gram[i][j];
  }
  if (scratch_.size() < extra.size()) scratch_.resize(extra.size());
  for (std::size_t e = 0; e < extra.size(); ++e) {
    Column& z = scratch_[e];
    z.resize(size());
    whiten(whitenings_[number], extra[e], z);
    for (std::size_t j = 0; j < base; ++j) gram.at(base + e, j) = dot(z, known.z[j]);
    for (std::size_t j = 0; j <= e; ++j) gram.at(base + e, base + j) = dot(z, scratch_[j]);
    right[base + e] = dot(z, whitenings_[number].y);
  }
  return gram;
}

std::optional<Ar1Design::Solved> Ar1Design::solve(ColumnBlock& shared, std::span<const Column> extra,
                                                  std::size_t number, NormalMatrix& gram) {
  Coefficients right{};
  gram = normal_equations(shared, extra, number, right);
  if (!gram.factor()) return std::nullopt;
  Solved out;
  out.b = gram.solve(right);
  out.log_det = gram.log_det();
  out.log_scale = whitenings_[number].log_scale;
  out.log_unit = whitenings_[number].log_unit;
  residual_ = whitenings_[number].y;
  const auto subtract = [&](const Column& z, double b) {
    for (std::size_t i = 0; i < residual_.size(); ++i) residual_[i] -= b * z[i];
  };
  for (std::size_t j = 0; j < shared.size(); ++j) subtract(shared.whitened_[number].z[j], out.b[j]);
  for (std::size_t e = 0; e < extra.size(); ++e) subtract(scratch_[e], out.b[shared.size() + e]);
  out.residual = dot(residual_, residual_) + kResidualFloor * static_cast<double>(size());
  if (!std::isfinite(out.residual)) return std::nullopt;
  return out;
}

bool Ar1Design::solve_one_by_one(ColumnBlock& shared, std::span<const Column> extra, SolvedList& out) {
  for (std::size_t k = 0; k < phis_.size(); ++k) {
    NormalMatrix gram(shared.size() + extra.size());
    const std::optional<Solved> solved = solve(shared, extra, whitening_number(phis_[k]), gram);
    if (!solved) return false;
    out[k] = *solved;
  }
  return true;
}

void Ar1Design::take_lanes() {
  if (lanes_) return;
  std::vector<Whitening> all;
  for (const double phi : phis_) {
    const Whitening& w = all.emplace_back(make_whitening(phi));
    lane_logs_[all.size() - 1].log_scale = w.log_scale;
    lane_logs_[all.size() - 1].log_unit = w.log_unit;
  }
  lanes_.emplace(all);
}

const SharedLanes& Ar1Design::shared_lanes(ColumnBlock& shared) {
  if (shared.lanes_) return *shared.lanes_;
  SharedLanes& out = shared.lanes_.emplace();
  std::vector<const LaneColumn*> others = {&lanes_->y};
  out.z.reserve(shared.size());
  for (const Column& column : shared.columns_) {
    LaneColumn& z = out.z.emplace_back(size());
    lane_kernels().whiten(*lanes_, strata_, column.data(), z.data());
    others.push_back(&z);
    std::array<Lanes, kMaxColumns + 1> products;
    lane_kernels().dots(z, others, products.data());
    const std::size_t row = out.z.size() - 1;
    for (std::size_t k = 0; k < kLanes; ++k) {
      out.right[k][row] = products[0][k];
      for (std::size_t j = 0; j <= row; ++j) out.gram[k].at(row, j) = products[j + 1][k];
    }
  }
  for (NormalMatrix& gram : out.gram) {
    gram.grow(shared.size());
    out.solvable = gram.factor() && out.solvable;
  }
  return out;
}

bool Ar1Design::solve_side_by_side(ColumnBlock& shared, std::span<const Column> extra, SolvedList& out) {
  take_lanes();
  const SharedLanes& known = shared_lanes(shared);
  if (!known.solvable) return false;
  std::array<NormalMatrix, kLanes> gram = known.gram;
  std::array<Coefficients, kLanes> right = known.right;
  // Shared columns first, then the extra ones; y behind them.
  std::array<const LaneColumn*, kMaxColumns + 1> z{};
  std::size_t columns = 0;
  for (const LaneColumn& column : known.z) z[columns++] = &column;
  if (lane_scratch_.size() < extra.size()) lane_scratch_.resize(extra.size());
  for (std::size_t e = 0; e < extra.size(); ++e) {
    LaneColumn& column = lane_scratch_[e];
    column.resize(size());
    lane_kernels().whiten(*lanes_, strata_, extra[e].data(), column.data());
    const std::size_t row = columns;
    z[columns++] = &column;
    z[columns] = &lanes_->y;
    std::array<Lanes, kMaxColumns + 1> products;
    lane_kernels().dots(column, std::span(z).first(columns + 1), products.data());
    for (std::size_t k = 0; k < kLanes; ++k) {
      for (std::size_t j = 0; j <= row; ++j) gram[k].at(row, j) = products[j][k];
      right[k][row] = products[columns][k];
    }
  }
  std::array<Lanes, kMaxColumns> b;
  for (std::size_t k = 0; k < kLanes; ++k) {
    gram[k].grow(columns);
    if (!gram[k].factor()) return false;
    out[k] = lane_logs_[k];
    out[k].b = gram[k].solve(right[k]);
    out[k].log_det = gram[k].log_det();
    for (std::size_t j = 0; j < columns; ++j) b[j][k] = out[k].b[j];
  }
  Lanes squares;
  lane_kernels().residual(lanes_->y, std::span(z).first(columns), b.data(), &squares);
  for (std::size_t k = 0; k < kLanes; ++k) {
    out[k].residual = squares[k] + kResidualFloor * static_cast<double>(size());
    if (!std::isfinite(out[k].residual)) return false;
  }
  return true;
}

std::optional<Ar1Fit> Ar1Design::fit(ColumnBlock& shared, std::span<const Column> extra) {
  Ar1Fit out;
  out.columns = shared.size() + extra.size();
  if (out.columns > kMaxColumns) return std::nullopt;
  const double n = static_cast<double>(size());
  const double parameters = static_cast<double>(out.columns + strata_.size());
  out.df = n - parameters;
  if (out.df < kMinResidualDf) return std::nullopt;
  SolvedList all;
  const bool is_solved = size() > kMaxCachedBins ? solve_one_by_one(shared, extra, all) : solve_side_by_side(shared, extra, all);
  if (!is_solved) return std::nullopt;
  double reml_best = 0.0;
  for (std::size_t k = 0; k < phis_.size(); ++k) {
    const Solved& solved = all[k];
    const double ml = solved.log_scale - 0.5 * n * std::log(solved.residual / n);
    const double reml =
        solved.log_scale - 0.5 * (solved.log_unit + solved.log_det + out.df * std::log(solved.residual / out.df));
    if (k == 0 || ml > out.ml) {
      out.ml = ml;
      out.phi_ml = phis_[k];
    }
    if (k == 0 || reml > reml_best) {
      reml_best = reml;
      out.phi_reml = phis_[k];
      out.b = solved.b;
    }
  }
  out.bic = -2.0 * out.ml + (parameters + 2.0) * std::log(n);
  return out;
}

std::optional<Ar1Fit> Ar1Design::fit(std::span<const Column> columns) { return fit(nothing_, columns); }

Contrast Ar1Design::contrast(ColumnBlock& shared, std::span<const Column> extra, const Ar1Fit& fit,
                             const Coefficients& c) {
  const double phi = fit.phi_reml + std::sqrt((1.0 - fit.phi_reml * fit.phi_reml) / static_cast<double>(size()));
  const std::size_t number = whitening_number(std::round(std::min(kMaxPhi, phi) * kPhiSteps) / kPhiSteps);
  NormalMatrix gram(fit.columns);
  const std::optional<Solved> solved = solve(shared, extra, number, gram);
  Contrast out;
  out.df = fit.df;
  if (!solved) {    // only just solvable at the neighbouring φ: nothing is known about this contrast
    out.error = std::sqrt(kMaxMemoryMb);
    return out;
  }
  const Coefficients v = gram.solve(c);
  double variance = 0.0;
  for (std::size_t j = 0; j < fit.columns; ++j) {
    out.estimate += c[j] * solved->b[j];
    variance += c[j] * v[j];
  }
  out.error = std::sqrt(std::max(kMinVariance, solved->residual / fit.df * variance));
  return out;
}

Contrast Ar1Design::contrast(std::span<const Column> columns, const Ar1Fit& fit, const Coefficients& c) {
  return contrast(nothing_, columns, fit, c);
}

}  // namespace memlog::stats
