#pragma once

#include <array>
#include <cmath>
#include <cstddef>

#include "memlog/stats/leak_constants.h"

// Normal equations of a handful of columns, by hand: a matrix library would be larger than the whole analysis.
namespace memlog::stats {

// Most columns that a shape can have: sessions, six of the daily cycle, a trend, four level shifts.
inline constexpr std::size_t kMaxColumns = 12;
using Coefficients = std::array<double, kMaxColumns>;

// A symmetric positive definite matrix of at most kMaxColumns rows, of which the lower half is filled in, factored and
// solved. Rows are scaled to a unit diagonal first, and a ridge far below any answer's precision is added, so nearly
// equal columns neither fail nor depend on their units (Golub & Van Loan, Matrix Computations, 4.2).
class NormalMatrix {
 public:
  explicit NormalMatrix(std::size_t size = 0) : size_(size) {}

  // More rows behind those that are factored already: fill them in, and factor() goes on from there.
  void grow(std::size_t size) { size_ = size; }

  double& at(std::size_t row, std::size_t column) { return a_[row][column]; }

  // False when a diagonal element is too small: that column is explained by the levels alone.
  bool factor() {
    for (std::size_t i = factored_; i < size_; ++i) {
      if (!(a_[i][i] >= kMinColumn) || !std::isfinite(a_[i][i])) return false;
      scale_[i] = 1.0 / std::sqrt(a_[i][i]);
    }
    for (; factored_ < size_; ++factored_) {
      const std::size_t i = factored_;
      for (std::size_t j = 0; j <= i; ++j) a_[i][j] = reduced(i, j);
      log_det_ += 2.0 * (std::log(a_[i][i]) - std::log(scale_[i]));
    }
    return true;
  }

  // Solves for one right-hand side; factor() comes first.
  Coefficients solve(const Coefficients& right) const {
    Coefficients x{};
    for (std::size_t i = 0; i < size_; ++i) {
      double sum = right[i] * scale_[i];
      for (std::size_t k = 0; k < i; ++k) sum -= a_[i][k] * x[k];
      x[i] = sum / a_[i][i];
    }
    for (std::size_t i = size_; i-- > 0;) {
      double sum = x[i];
      for (std::size_t k = i + 1; k < size_; ++k) sum -= a_[k][i] * x[k];
      x[i] = sum / a_[i][i];
    }
    for (std::size_t i = 0; i < size_; ++i) x[i] *= scale_[i];
    return x;
  }

  double log_det() const { return log_det_; }

 private:
  // Element (i, j) of the factor; on entry rows above i and columns before j hold theirs.
  double reduced(std::size_t i, std::size_t j) const {
    double sum = a_[i][j] * scale_[i] * scale_[j];
    if (i == j) sum += kRelativeRidge + kAbsoluteRidge * scale_[i] * scale_[i];
    for (std::size_t k = 0; k < j; ++k) sum -= a_[i][k] * a_[j][k];
    if (i != j) return sum / a_[j][j];
    return std::sqrt(sum > kSmallestPivot ? sum : kSmallestPivot);
  }

  static constexpr double kSmallestPivot = 1e-14;    // rounding may eat the ridge; a pivot stays positive

  std::size_t size_;
  std::size_t factored_ = 0;    // rows
  std::array<Coefficients, kMaxColumns> a_{};
  Coefficients scale_{};
  double log_det_ = 0.0;
};

}  // namespace memlog::stats
