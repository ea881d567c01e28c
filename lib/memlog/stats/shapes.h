#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "memlog/stats/ar1_fit.h"
#include "memlog/stats/floor_bins.h"
#include "memlog/stats/leak_constants.h"

// Step 3: the shapes that a floor can have. Each is a linear regression, a level per stratum plus a few columns; its
// terminal slope is what it says about growth that would go on.
namespace memlog::stats {

enum class ShapeKind {
  constant,
  linear,
  onset,                // flat, then a ramp
  two_slope,
  fill,                 // a ramp that ends: a cache with a bound
  rise,                 // a ramp that begins and ends inside the log: load
  saturating,           // 1 - exp(-age/τ): warm-up
  saturating_linear,
  log,                  // fragmentation
  steps,                // level shifts
  steps_linear,
  runs,                 // growth with the finished runs of one task
};

// What competes as one model; the candidates of a class differ in where their knots and time constants are.
struct ShapeClass {
  ShapeKind kind = ShapeKind::constant;
  std::uint8_t shifts = 0;    // of steps
  bool daily = false;         // with a daily cycle
  bool operator==(const ShapeClass&) const = default;
};

// "saturating+linear", "steps2+linear", "onset+day": the names in reports.
std::string name_of(const ShapeClass& shape);

// Whether its terminal slope is zero by construction.
bool ends_flat(ShapeKind kind);

struct Shape {
  ShapeClass of;
  double at = 0.0;                                 // hours: knot or begin of a rise (time), end of filling (age), or τ
  double length = 0.0;                             // hours: of the rise
  std::array<std::size_t, kMaxShifts> shifts{};    // bins
  std::size_t task = 0;                            // place in ShapeFrame::runs
};

// Finished runs of one task before each bin, in that bin's process.
struct RunColumn {
  std::uint32_t task = 0;
  Column count;
};

struct Candidate {
  Shape shape;
  Ar1Fit fit;
  double bic = 0.0;    // with the penalty for searched places
};

// The bins of one series and what the shapes are drawn on. The design's levels and the shared columns (sessions, daily
// cycle) belong to every shape.
class ShapeFrame {
 public:
  ShapeFrame(const FloorBins& floor, std::vector<RunColumn> run_columns);

  std::span<const FloorBin> bins() const { return bins_; }
  Ar1Design& design() { return design_; }
  ColumnBlock& shared(bool daily) { return daily ? daily_ : plain_; }
  const std::vector<RunColumn>& runs() const { return runs_; }
  bool has_daily() const;

  double first_t() const { return first_t_; }
  double span() const { return span_; }          // between the first and the last bin
  double max_age() const { return max_age_; }
  double width() const { return width_; }
  double strata_hours() const { return strata_hours_; }
  double log_bins() const;                        // ln N

  // A shape's own columns, and the terminal slope's coefficients over shared and own columns.
  std::vector<Column> columns(const Shape& shape) const;
  Coefficients terminal(const Shape& shape);
  Contrast terminal_slope(const Candidate& candidate);
  Column fitted(const Candidate& candidate);      // without the levels

 private:
  std::vector<Column> shared_columns(bool daily) const;
  Column time_after(double knot) const;

  std::span<const FloorBin> bins_;
  double width_;
  double first_t_ = 0.0, span_ = 0.0, max_age_ = 0.0, strata_hours_ = 0.0;
  std::vector<RunColumn> runs_;
  Ar1Design design_;
  ColumnBlock plain_{{}};
  ColumnBlock daily_{{}};
};

// All candidates that can be fitted and make sense. `floor` and its bins must outlive the frame.
std::vector<Candidate> fit_shapes(ShapeFrame& frame);

}  // namespace memlog::stats
