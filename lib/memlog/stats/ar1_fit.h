#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <span>
#include <vector>

#include "memlog/stats/lane_kernels.h"
#include "memlog/stats/ar1_whitening.h"
#include "memlog/stats/cholesky.h"
#include "memlog/stats/floor_bin.h"

// Linear regression of the floor with a level for each stratum and AR(1) errors within strata: generalised least
// squares by whitening (Cochrane & Orcutt 1949, with the first bins kept as in Prais & Winsten 1954), the correlation
// chosen from a list by likelihood, and by restricted likelihood (Patterson & Thompson 1971) for inference.
namespace memlog::stats {

struct Ar1Fit {
  double ml = 0.0;          // highest log-likelihood, up to a constant
  double phi_ml = 0.0;      // the correlation of neighbouring bins that gives it
  double phi_reml = 0.0;    // the one of highest restricted likelihood
  Coefficients b{};         // at phi_reml: shared columns first, then the extra ones
  std::size_t columns = 0;
  double df = 0.0;          // bins - columns - strata
  double bic = 0.0;         // -2 ml + (columns + strata + 2) ln bins (Schwarz 1978), before any penalty
};

struct Contrast {
  double estimate = 0.0;    // c'b, in MB per unit of the column
  double error = 0.0;       // its standard error, never 0
  double df = 0.0;
};

// Shared columns whitened for all φ of a design's list.
struct SharedLanes {
  std::vector<LaneColumn> z;
  std::array<NormalMatrix, kLanes> gram;       // Z'Z, factored
  std::array<Coefficients, kLanes> right{};    // Z'y
  bool solvable = true;
};

// Columns that many shapes share, whitened once for each φ. Made by the design that it is used with.
class ColumnBlock {
 public:
  explicit ColumnBlock(std::vector<Column> columns) : columns_(std::move(columns)) {}
  std::size_t size() const { return columns_.size(); }
  const std::vector<Column>& columns() const { return columns_; }

 private:
  friend class Ar1Design;
  struct Whitened {
    std::vector<Column> z;
    std::vector<Coefficients> gram;    // lower half
    Coefficients right{};              // Z'y
  };
  std::vector<Column> columns_;
  std::vector<Whitened> whitened_;     // by number of the whitening
  std::optional<SharedLanes> lanes_;
};

class Ar1Design {
 public:
  using Range = BinRange;

  // `width` is the bin width in hours: φ is the correlation over that time. `phis`, at most kLanes,
  // must outlive the design.
  Ar1Design(std::span<const FloorBin> bins, double width, std::span<const double> phis);

  std::size_t size() const { return y_.size(); }
  std::span<const Range> strata() const { return strata_; }
  bool first_of_stratum(std::size_t i) const { return first_[i]; }

  // Fits y = levels + shared + extra. Nothing where a column vanishes next to the levels, or too few degrees of
  // freedom are left.
  std::optional<Ar1Fit> fit(ColumnBlock& shared, std::span<const Column> extra);
  std::optional<Ar1Fit> fit(std::span<const Column> columns);

  // c'b with its error, refitted at φ_reml plus one standard error of it: autocorrelation is underestimated in short
  // series, and that is where false alarms come from.
  Contrast contrast(ColumnBlock& shared, std::span<const Column> extra, const Ar1Fit& fit, const Coefficients& c);
  Contrast contrast(std::span<const Column> columns, const Ar1Fit& fit, const Coefficients& c);

  // For searches that look at whitened columns themselves. A reference lasts until the next call of any function.
  const Whitening& whitening(double phi) { return whitenings_[whitening_number(phi)]; }
  void whiten(const Whitening& w, std::span<const double> column, std::span<double> out) const;

 private:
  struct Solved {
    Coefficients b{};
    double residual = 0.0;    // R, with its floor
    double log_det = 0.0;
    double log_scale = 0.0;   // of its whitening
    double log_unit = 0.0;
  };
  using SolvedList = std::array<Solved, kLanes>;

  void find_strata(std::span<const FloorBin> bins);
  std::size_t whitening_number(double phi);
  Whitening make_whitening(double phi) const;
  const ColumnBlock::Whitened& shared_columns(ColumnBlock& shared, std::size_t number);
  NormalMatrix normal_equations(ColumnBlock& shared, std::span<const Column> extra, std::size_t number,
                                Coefficients& right);
  std::optional<Solved> solve(ColumnBlock& shared, std::span<const Column> extra, std::size_t number,
                              NormalMatrix& gram);
  // For each φ of the list; false where one of them cannot be solved.
  bool solve_one_by_one(ColumnBlock& shared, std::span<const Column> extra, SolvedList& out);
  bool solve_side_by_side(ColumnBlock& shared, std::span<const Column> extra, SolvedList& out);
  void take_lanes();
  const SharedLanes& shared_lanes(ColumnBlock& shared);

  std::vector<double> y_;
  std::vector<double> gap_;     // to the bin before, in bins
  std::vector<bool> first_;
  std::vector<Range> strata_;
  std::span<const double> phis_;
  std::vector<Whitening> whitenings_;
  std::vector<Column> scratch_;
  Column residual_;
  std::optional<LaneWhitening> lanes_;       // of the list
  SolvedList lane_logs_;                     // of which only the logarithms are set
  std::vector<LaneColumn> lane_scratch_;
  ColumnBlock nothing_{{}};
};

}  // namespace memlog::stats
