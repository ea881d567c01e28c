#include "memlog/stats/shapes.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace memlog::stats {
namespace {

// Column of a function of the bin.
template <typename F>
Column column_of(std::span<const FloorBin> bins, F value) {
  Column out;
  out.reserve(bins.size());
  for (const FloorBin& bin : bins) out.push_back(value(bin));
  return out;
}

// From bin `at` to the end of its stratum.
Column shift_column(std::span<const FloorBin> bins, std::size_t at) {
  Column out(bins.size(), 0.0);
  for (std::size_t i = at; i < bins.size() && bins[i].stratum == bins[at].stratum; ++i) out[i] = 1.0;
  return out;
}

std::string kind_name(ShapeKind kind) {
  switch (kind) {
    case ShapeKind::constant: return "const";
    case ShapeKind::linear: return "linear";
    case ShapeKind::onset: return "onset";
    case ShapeKind::two_slope: return "two-slope";
    case ShapeKind::fill: return "fill";
    case ShapeKind::rise: return "rise";
    case ShapeKind::saturating: return "saturating";
    case ShapeKind::saturating_linear: return "saturating+linear";
    case ShapeKind::log: return "log";
    case ShapeKind::steps:
    case ShapeKind::steps_linear: return "steps";
    case ShapeKind::runs: return "runs";
  }
  return "const";
}

}  // namespace

std::string name_of(const ShapeClass& shape) {
  std::string out = kind_name(shape.kind);
  if (shape.shifts > 0) out += std::to_string(shape.shifts);
  if (shape.kind == ShapeKind::steps_linear) out += "+linear";
  if (shape.daily) out += "+day";
  return out;
}

bool ends_flat(ShapeKind kind) {
  return kind == ShapeKind::constant || kind == ShapeKind::fill || kind == ShapeKind::rise || kind == ShapeKind::steps;
}

ShapeFrame::ShapeFrame(const FloorBins& floor, std::vector<RunColumn> run_columns)
    : bins_(floor.bins),
      width_(floor.width),
      runs_(std::move(run_columns)),
      design_(floor.bins, floor.width, kShapePhis) {
  if (bins_.empty()) return;
  double last_t = first_t_ = bins_.front().t_hours;
  for (const FloorBin& bin : bins_) {
    first_t_ = std::min(first_t_, bin.t_hours);
    last_t = std::max(last_t, bin.t_hours);
    max_age_ = std::max(max_age_, bin.age_hours);
  }
  span_ = last_t - first_t_;
  for (const Ar1Design::Range& r : design_.strata()) strata_hours_ += bins_[r.end - 1].t_hours - bins_[r.begin].t_hours;
  plain_ = ColumnBlock(shared_columns(false));
  if (has_daily()) daily_ = ColumnBlock(shared_columns(true));
}

bool ShapeFrame::has_daily() const { return span_ >= kDailySpanHours; }
double ShapeFrame::log_bins() const { return std::log(static_cast<double>(bins_.size())); }

std::vector<Column> ShapeFrame::shared_columns(bool daily) const {
  std::vector<Column> out;
  const auto differs = [&](const FloorBin& bin) { return bin.sessions != bins_.front().sessions; };
  if (std::any_of(bins_.begin(), bins_.end(), differs)) {
    out.push_back(column_of(bins_, [](const FloorBin& bin) { return bin.sessions; }));
  }
  if (!daily) return out;
  const int harmonics = bins_.size() >= kThirdHarmonicBins ? 3 : 2;
  for (int j = 1; j <= harmonics; ++j) {
    const auto angle = [&](const FloorBin& bin) { return 2.0 * std::numbers::pi * j * (bin.t_hours - first_t_) / 24.0; };
    out.push_back(column_of(bins_, [&](const FloorBin& bin) { return std::sin(angle(bin)); }));
    out.push_back(column_of(bins_, [&](const FloorBin& bin) { return std::cos(angle(bin)); }));
  }
  return out;
}

Column ShapeFrame::time_after(double knot) const {
  return column_of(bins_, [&](const FloorBin& bin) { return std::max(0.0, bin.t_hours - knot); });
}

std::vector<Column> ShapeFrame::columns(const Shape& shape) const {
  const double x = shape.at;
  const auto risen = [&](const FloorBin& bin) { return 1.0 - std::exp(-bin.age_hours / x); };
  const auto warm_up = [&] { return column_of(bins_, risen); };
  std::vector<Column> out;
  switch (shape.of.kind) {
    case ShapeKind::constant: break;
    case ShapeKind::linear: return {time_after(first_t_)};
    case ShapeKind::onset: return {time_after(x)};
    case ShapeKind::two_slope: return {time_after(first_t_), time_after(x)};
    case ShapeKind::fill: return {column_of(bins_, [&](const FloorBin& b) { return std::min(b.age_hours, x); })};
    case ShapeKind::rise:
      return {column_of(bins_, [&](const FloorBin& b) { return std::clamp((b.t_hours - x) / shape.length, 0.0, 1.0); })};
    case ShapeKind::saturating: return {warm_up()};
    case ShapeKind::saturating_linear: return {warm_up(), time_after(first_t_)};
    case ShapeKind::log: return {column_of(bins_, [&](const FloorBin& b) { return std::log1p(b.age_hours / x); })};
    case ShapeKind::steps_linear: out.push_back(time_after(first_t_)); [[fallthrough]];
    case ShapeKind::steps:
      for (std::size_t k = 0; k < shape.of.shifts; ++k) out.push_back(shift_column(bins_, shape.shifts[k]));
      break;
    case ShapeKind::runs: return {runs_[shape.task].count};
  }
  return out;
}

Coefficients ShapeFrame::terminal(const Shape& shape) {
  Coefficients c{};
  const std::size_t own = shared(shape.of.daily).size();
  const double warm_up_end = std::exp(-max_age_ / shape.at) / shape.at;
  switch (shape.of.kind) {
    case ShapeKind::constant:
    case ShapeKind::fill:
    case ShapeKind::rise:
    case ShapeKind::steps: break;
    case ShapeKind::linear:
    case ShapeKind::onset:
    case ShapeKind::steps_linear: c[own] = 1.0; break;
    case ShapeKind::two_slope: c[own] = c[own + 1] = 1.0; break;
    case ShapeKind::saturating: c[own] = warm_up_end; break;
    case ShapeKind::saturating_linear:
      c[own] = warm_up_end;
      c[own + 1] = 1.0;
      break;
    case ShapeKind::log: c[own] = 1.0 / (shape.at + max_age_); break;
    case ShapeKind::runs: {
      const Column& count = runs_[shape.task].count;
      double finished = 0.0;
      for (const Ar1Design::Range& r : design_.strata()) finished += count[r.end - 1] - count[r.begin];
      c[own] = finished / strata_hours_;
      break;
    }
  }
  return c;
}

Contrast ShapeFrame::terminal_slope(const Candidate& candidate) {
  const Shape& shape = candidate.shape;
  return design_.contrast(shared(shape.of.daily), columns(shape), candidate.fit, terminal(shape));
}

Column ShapeFrame::fitted(const Candidate& candidate) {
  Column out(bins_.size(), 0.0);
  std::size_t number = 0;
  const auto add = [&](const Column& column) {
    for (std::size_t i = 0; i < out.size(); ++i) out[i] += candidate.fit.b[number] * column[i];
    ++number;
  };
  for (const Column& column : shared(candidate.shape.of.daily).columns()) add(column);
  for (const Column& column : columns(candidate.shape)) add(column);
  return out;
}

}  // namespace memlog::stats
