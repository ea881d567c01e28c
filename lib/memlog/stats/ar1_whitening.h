#pragma once

#include <cstddef>
#include <numeric>
#include <vector>

namespace memlog::stats {

using Column = std::vector<double>;    // a value for each bin

// Added in order.
inline double dot(const Column& a, const Column& b) { return std::inner_product(a.begin(), a.end(), b.begin(), 0.0); }

// Bins [begin, end) of one stratum.
struct BinRange {
  std::size_t begin = 0;
  std::size_t end = 0;
};

// Errors whitened with one φ: row i becomes (row[i] - rho[i] row[i-1]) · scale[i], and the levels are projected out.
struct Whitening {
  double phi = 0.0;
  Column rho;                         // 0 in the first bin of a stratum
  Column scale;
  Column y;                           // whitened
  std::vector<double> unit_square;    // per stratum, the squared length of its whitened level
  double log_scale = 0.0;             // Σ ln scale
  double log_unit = 0.0;              // Σ ln unit_square

  double unit(std::size_t i) const { return (1.0 - rho[i]) * scale[i]; }
};

}  // namespace memlog::stats
