#include "memlog/stats/lane_kernels.h"

#include <algorithm>

#include "memlog/stats/cholesky.h"

namespace memlog::stats {
namespace {

// Lanes as the compiler's vectors, which become the machine's, one or several.
using Wide [[gnu::may_alias]] = double __attribute__((vector_size(sizeof(Lanes))));
const Wide* wide(const LaneColumn& column) { return reinterpret_cast<const Wide*>(column.data()); }

// Written once; inlined into functions for each kind of vectors.
#define MEMLOG_KERNEL [[gnu::always_inline]] static inline

struct Kernels {
  MEMLOG_KERNEL void whiten(const LaneWhitening& w, std::span<const BinRange> strata, const double* column, Lanes* out) {
    const Wide* const rho = wide(w.rho);
    const Wide* const scale = wide(w.scale);
    const Wide* const unit = wide(w.unit);
    const Wide* const unit_square = wide(w.unit_square);
    Wide* const to = reinterpret_cast<Wide*>(out);
    for (std::size_t s = 0; s < strata.size(); ++s) {
      double before = 0.0;
      Wide along = {};
      for (std::size_t i = strata[s].begin; i < strata[s].end; ++i) {
        const Wide z = (column[i] - rho[i] * before) * scale[i];
        before = column[i];
        along += z * unit[i];
        to[i] = z;
      }
      const Wide level = along / unit_square[s];
      for (std::size_t i = strata[s].begin; i < strata[s].end; ++i) to[i] -= level * unit[i];
    }
  }

  // Four sums at once, so that none waits for its last step.
  MEMLOG_KERNEL void dots(const LaneColumn& z, std::span<const LaneColumn* const> others, Lanes* out) {
    constexpr std::size_t kAtOnce = 4;
    const Wide* const mine = wide(z);
    for (std::size_t from = 0; from < others.size(); from += kAtOnce) {
      const auto other = [&](std::size_t k) { return wide(*others[std::min(from + k, others.size() - 1)]); };
      const Wide* const a = other(0);
      const Wide* const b = other(1);
      const Wide* const c = other(2);
      const Wide* const d = other(3);
      Wide sums[kAtOnce] = {};
      for (std::size_t i = 0; i < z.size(); ++i) {
        sums[0] += mine[i] * a[i];
        sums[1] += mine[i] * b[i];
        sums[2] += mine[i] * c[i];
        sums[3] += mine[i] * d[i];
      }
      for (std::size_t k = 0; k < kAtOnce && from + k < others.size(); ++k) reinterpret_cast<Wide&>(out[from + k]) = sums[k];
    }
  }

  MEMLOG_KERNEL void shift_drops(const ShiftSetting& setting, std::size_t at, LaneColumn& column, Lanes* out) {
    const Whitening& w = setting.whitening;
    Wide* const z = reinterpret_cast<Wide*>(column.data());
    const std::size_t size = column.size();
    for (std::size_t i = 0; i < size; ++i) z[i] = Wide{};
    Wide along = {};
    const std::size_t end = setting.stratum.end;
    for (std::size_t i = at; i < end; ++i) {
      const double unit = w.unit(i);
      for (std::size_t k = 0; k < kLanes && i < at + kLanes; ++k) z[i][k] = i < at + k ? 0.0 : i == at + k ? w.scale[i] : unit;
      if (i >= at + kLanes) z[i] += unit;
      along += z[i] * unit;
    }
    const Wide level = along / setting.unit_square;
    for (std::size_t i = setting.stratum.begin; i < end; ++i) z[i] -= level * w.unit(i);
    for (const Column& q : setting.basis) {
      Wide common = {};
      for (std::size_t i = 0; i < size; ++i) common += q[i] * z[i];
      for (std::size_t i = 0; i < size; ++i) z[i] -= common * q[i];
    }
    Wide square = {};
    Wide along_residual = {};
    for (std::size_t i = 0; i < size; ++i) {
      square += z[i] * z[i];
      along_residual += z[i] * setting.residual[i];
    }
    const Wide drop = along_residual * along_residual / square;
    for (std::size_t k = 0; k < kLanes; ++k) out->of[k] = square[k] <= kMinColumn ? 0.0 : drop[k];
  }

  MEMLOG_KERNEL void residual(const LaneColumn& y, std::span<const LaneColumn* const> columns, const Lanes* b, Lanes* out) {
    const Wide* const known = wide(y);
    const Wide* const factors = reinterpret_cast<const Wide*>(b);
    const Wide* from[kMaxColumns] = {};
    for (std::size_t j = 0; j < columns.size(); ++j) from[j] = wide(*columns[j]);
    Wide sum = {};
    for (std::size_t i = 0; i < y.size(); ++i) {
      Wide left = known[i];
      for (std::size_t j = 0; j < columns.size(); ++j) left -= factors[j] * from[j][i];
      sum += left * left;
    }
    reinterpret_cast<Wide&>(*out) = sum;
  }
};

#undef MEMLOG_KERNEL

// clang-format off
#define MEMLOG_LANE_KERNELS(NAME, TARGET)                                                                              \
  struct NAME {                                                                                                        \
    TARGET static void whiten(const LaneWhitening& w, std::span<const BinRange> strata, const double* column, Lanes* out) { \
      Kernels::whiten(w, strata, column, out);                                                                         \
    }                                                                                                                  \
    TARGET static void dots(const LaneColumn& z, std::span<const LaneColumn* const> others, Lanes* out) {              \
      Kernels::dots(z, others, out);                                                                                   \
    }                                                                                                                  \
    TARGET static void shift_drops(const ShiftSetting& setting, std::size_t at, LaneColumn& z, Lanes* out) {           \
      Kernels::shift_drops(setting, at, z, out);                                                                       \
    }                                                                                                                  \
    TARGET static void residual(const LaneColumn& y, std::span<const LaneColumn* const> columns, const Lanes* b, Lanes* out) { \
      Kernels::residual(y, columns, b, out);                                                                           \
    }                                                                                                                  \
    static constexpr LaneKernels kAll = {whiten, dots, shift_drops, residual};                                                      \
  }
// clang-format on

MEMLOG_LANE_KERNELS(Plain, );
#if MEMLOG_HAS_AVX2_CODE
MEMLOG_LANE_KERNELS(Avx2, MEMLOG_AVX2);
MEMLOG_LANE_KERNELS(Avx512, MEMLOG_AVX512);
#endif

template <typename Value>
LaneColumn side_by_side(std::span<const Whitening> whitenings, std::size_t size, Value value) {
  LaneColumn out(size);
  for (std::size_t i = 0; i < size; ++i) {
    for (std::size_t k = 0; k < kLanes; ++k) out[i][k] = value(whitenings[std::min(k, whitenings.size() - 1)], i);
  }
  return out;
}

}  // namespace

LaneWhitening::LaneWhitening(std::span<const Whitening> all)
    : rho(side_by_side(all, all[0].rho.size(), [](const Whitening& w, std::size_t i) { return w.rho[i]; })),
      scale(side_by_side(all, all[0].rho.size(), [](const Whitening& w, std::size_t i) { return w.scale[i]; })),
      unit(side_by_side(all, all[0].rho.size(), [](const Whitening& w, std::size_t i) { return w.unit(i); })),
      y(side_by_side(all, all[0].rho.size(), [](const Whitening& w, std::size_t i) { return w.y[i]; })),
      unit_square(side_by_side(all, all[0].unit_square.size(), [](const Whitening& w, std::size_t s) { return w.unit_square[s]; })) {}

const LaneKernels& lane_kernels(Vectors with) {
#if MEMLOG_HAS_AVX2_CODE
  if (with == Vectors::avx512) return Avx512::kAll;
  if (with == Vectors::avx2) return Avx2::kAll;
#endif
  return Plain::kAll;
}

}  // namespace memlog::stats
