#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "memlog/base/cpu.h"
#include "memlog/stats/ar1_whitening.h"

// Eight of the same thing at once, side by side: regressions for each φ of a list, shifts at eight places. What is a sum
// over bins, each step waiting for the one before, becomes eight sums that do not wait for one another. Each is made in
// the order in which one alone would be, so all machines give the same numbers, and the same as one after the other.
namespace memlog::stats {

inline constexpr std::size_t kLanes = 8;

// One number for each of the eight.
struct alignas(kLanes * sizeof(double)) Lanes {
  double& operator[](std::size_t k) { return of[k]; }
  double operator[](std::size_t k) const { return of[k]; }
  double of[kLanes] = {};
};
using LaneColumn = std::vector<Lanes>;

// As Whitening, for up to kLanes φ; lanes that are left over repeat the last one.
struct LaneWhitening {
  explicit LaneWhitening(std::span<const Whitening> whitenings);

  LaneColumn rho;
  LaneColumn scale;
  LaneColumn unit;
  LaneColumn y;
  LaneColumn unit_square;
};

// A level shift, and what the regression so far leaves for it to explain, all whitened with one φ.
struct ShiftSetting {
  const Whitening& whitening;
  BinRange stratum;
  double unit_square = 0.0;             // of the stratum
  std::span<const Column> basis;        // orthonormal, what is explained
  const Column& residual;
};

// What is done with them, with the vectors that the machine has.
struct LaneKernels {
  // As Ar1Design::whiten(); `out` has a place for each bin.
  void (*whiten)(const LaneWhitening& w, std::span<const BinRange> strata, const double* column, Lanes* out);
  // Sums of products of z with each of the others.
  void (*dots)(const LaneColumn& z, std::span<const LaneColumn* const> others, Lanes* out);
  // How much shifts at the bins from `at` on, all of the stratum, lower the sum of squares: (z'e)²/z'z of each; 0 where
  // the basis explains the shift. `z` is room for the columns.
  void (*shift_drops)(const ShiftSetting& setting, std::size_t at, LaneColumn& z, Lanes* out);
  // Sum of squares of y - Σ b[j] columns[j].
  void (*residual)(const LaneColumn& y, std::span<const LaneColumn* const> columns, const Lanes* b, Lanes* out);
};
const LaneKernels& lane_kernels(Vectors with = vectors());

}  // namespace memlog::stats
