#include <doctest/doctest.h>

#include <array>
#include <cmath>
#include <cstdint>
#include <vector>

#include "memlog/stats/ar1_fit.h"
#include "memlog/stats/lane_kernels.h"
#include "memlog/stats/leak_constants.h"
#include "support/vectors.h"

using namespace memlog;
using namespace memlog::stats;
using memlog::test::all_vectors;

namespace {

// Bins of three strata with noise and gaps.
std::vector<FloorBin> noisy_bins(std::size_t count) {
  std::vector<FloorBin> out;
  std::uint32_t state = 11;
  double t = 0.0;
  for (std::size_t i = 0; i < count; ++i) {
    state = state * 1664525 + 1013904223;
    t += 1.0 + (state >> 28) / 8.0;
    out.push_back({t, 200.0 + 0.3 * t + (state >> 8) % 1000 / 100.0, t, 0.0, static_cast<std::uint32_t>(3 * i / count)});
  }
  return out;
}

std::vector<Column> some_columns(const std::vector<FloorBin>& bins) {
  std::vector<Column> out(3);
  for (const FloorBin& bin : bins) {
    out[0].push_back(bin.t_hours);
    out[1].push_back(std::sin(bin.t_hours / 7.0));
    out[2].push_back(std::max(0.0, bin.t_hours - 40.0));
  }
  return out;
}

}  // namespace

TEST_CASE("lane kernels: eight at once, with any vectors, are to the last bit what each alone is") {
  const std::vector<FloorBin> bins = noisy_bins(150);
  const std::vector<Column> columns = some_columns(bins);
  Ar1Design design(bins, 1.0, kShapePhis);
  std::vector<Whitening> whitenings;
  for (const double phi : kShapePhis) whitenings.push_back(design.whitening(phi));
  const LaneWhitening side_by_side(whitenings);
  for (const Vectors with : all_vectors()) {
    CAPTURE(static_cast<int>(with));
    const LaneKernels& kernels = lane_kernels(with);
    std::vector<LaneColumn> z(3, LaneColumn(bins.size()));
    for (std::size_t c = 0; c < 3; ++c) kernels.whiten(side_by_side, design.strata(), columns[c].data(), z[c].data());
    std::vector<const LaneColumn*> others = {&z[0], &z[1], &z[2], &side_by_side.y, &z[1]};
    std::array<Lanes, 5> products;
    kernels.dots(z[2], others, products.data());
    std::array<Lanes, 3> b;
    for (std::size_t k = 0; k < kLanes; ++k) b[0][k] = 0.5, b[1][k] = -2.0, b[2][k] = 0.1 * static_cast<double>(k);
    Lanes squares;
    kernels.residual(side_by_side.y, std::span(others).first(3), b.data(), &squares);
    for (std::size_t k = 0; k < kLanes; ++k) {
      CAPTURE(k);
      std::vector<Column> alone(3, Column(bins.size()));
      for (std::size_t c = 0; c < 3; ++c) {
        design.whiten(whitenings[k], columns[c], alone[c]);
        for (std::size_t i = 0; i < bins.size(); ++i) CHECK(z[c][i][k] == alone[c][i]);
      }
      CHECK(products[0][k] == dot(alone[2], alone[0]));
      CHECK(products[1][k] == dot(alone[2], alone[1]));
      CHECK(products[2][k] == dot(alone[2], alone[2]));
      CHECK(products[3][k] == dot(alone[2], whitenings[k].y));
      CHECK(products[4][k] == products[1][k]);
      Column left = whitenings[k].y;
      for (std::size_t c = 0; c < 3; ++c) {
        for (std::size_t i = 0; i < left.size(); ++i) left[i] -= b[c][k] * alone[c][i];
      }
      CHECK(squares[k] == dot(left, left));
    }
  }
}

TEST_CASE("lane kernels: what a level shift at each of eight bins explains") {
  const std::vector<FloorBin> bins = noisy_bins(100);
  Ar1Design design(bins, 1.0, kShapePhis);
  const Whitening w = design.whitening(0.7);
  Column trend(bins.size());
  design.whiten(w, some_columns(bins)[0], trend);
  const double length = std::sqrt(dot(trend, trend));
  for (double& v : trend) v /= length;
  const std::vector<Column> basis = {trend};
  for (std::size_t s = 0; s < 3; ++s) {
    const BinRange stratum = design.strata()[s];
    const ShiftSetting setting{w, stratum, w.unit_square[s], basis, w.y};
    for (const Vectors with : all_vectors()) {
      LaneColumn room(bins.size());
      for (std::size_t from = stratum.begin + 1; from < stratum.end; from += kLanes) {
        Lanes drops;
        lane_kernels(with).shift_drops(setting, from, room, &drops);
        for (std::size_t at = from; at < std::min(from + kLanes, stratum.end); ++at) {
          CAPTURE(at);
          Column shift(bins.size(), 0.0);
          for (std::size_t i = at; i < stratum.end; ++i) shift[i] = 1.0;
          Column z(bins.size());
          design.whiten(w, shift, z);
          const double along = dot(trend, z);
          for (std::size_t i = 0; i < z.size(); ++i) z[i] -= along * trend[i];
          const double explained = dot(z, w.y) * dot(z, w.y) / dot(z, z);
          CHECK(drops[at - from] == doctest::Approx(explained).epsilon(1e-9));
        }
      }
    }
  }
}

TEST_CASE("lane kernels: a fit over a list of correlations is the best of one fit for each") {
  for (const std::size_t count : {40u, 150u, 2100u}) {    // the last one is larger than what is kept side by side
    CAPTURE(count);
    const std::vector<FloorBin> bins = noisy_bins(count);
    const std::vector<Column> columns = some_columns(bins);
    Ar1Design all(bins, 1.0, kCulpritPhis);
    ColumnBlock shared({columns[0], columns[1]});
    const std::vector<Column> extra = {columns[2]};
    const auto fit = all.fit(shared, extra);
    REQUIRE(fit);
    double best = -1e300;
    for (const double phi : kCulpritPhis) {
      const std::array one = {phi};
      Ar1Design design(bins, 1.0, one);
      const auto alone = design.fit(columns);
      REQUIRE(alone);
      if (alone->ml > best) best = alone->ml;
      if (phi == fit->phi_reml) CHECK(alone->b == fit->b);
      if (phi == fit->phi_ml) CHECK(alone->ml == fit->ml);
    }
    CHECK(best == fit->ml);
  }
}
