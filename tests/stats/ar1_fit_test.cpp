#include <doctest/doctest.h>

#include <array>
#include <cmath>
#include <vector>

#include "memlog/stats/ar1_fit.h"
#include "memlog/stats/leak_constants.h"
#include "worked_example.h"

using namespace memlog::stats;

namespace {

std::vector<FloorBin> example_bins() {
  std::vector<FloorBin> out;
  for (std::size_t i = 0; i < worked_example::kRssMb.size(); ++i) {
    const double hours = worked_example::seconds(i) / 3600.0;
    out.push_back({hours, worked_example::kRssMb[i], hours, 0.0, 0});
  }
  return out;
}

std::array<Column, 1> time_of(const std::vector<FloorBin>& bins) {
  std::array<Column, 1> out;
  for (const FloorBin& bin : bins) out[0].push_back(bin.t_hours);
  return out;
}

bool near(double got, double want, double absolute) { return std::fabs(got - want) <= absolute; }

}  // namespace

TEST_CASE("ar1 fit: slope and likelihoods for a fixed correlation are those of R's nlme::gls with corAR1") {
  struct Row {
    double phi, b, scale, unit, ml;
  };
  const Row rows[] = {
      {0.0, 18.7662, 0.0, 3.5835, -35.5550},
      {0.25, 18.7821, 1.1294, 3.0910, -31.9217},
      {0.5, 18.8105, 5.0344, 2.5390, -30.5979},
      {0.7, 18.8565, 11.7835, 1.9708, -31.6689},
  };
  const std::vector<FloorBin> bins = example_bins();
  for (const Row& row : rows) {
    CAPTURE(row.phi);
    const std::array phis = {row.phi};
    Ar1Design design(bins, 300.0 / 3600.0, phis);
    const auto fit = design.fit(time_of(bins));
    REQUIRE(fit);
    CHECK(near(fit->b[0], row.b, 6e-5));
    CHECK(near(fit->ml, row.ml, 6e-5));
    CHECK(near(design.whitening(row.phi).log_scale, row.scale, 6e-5));
    CHECK(near(design.whitening(row.phi).log_unit, row.unit, 6e-5));
    CHECK(fit->df == 34.0);
  }
}

TEST_CASE("ar1 fit: the correlation is chosen by likelihood, the error taken at one standard error above it") {
  const std::vector<FloorBin> bins = example_bins();
  Ar1Design design(bins, 300.0 / 3600.0, kShapePhis);
  const auto fit = design.fit(time_of(bins));
  REQUIRE(fit);
  CHECK(fit->phi_ml == 0.5);
  CHECK(fit->phi_reml == 0.5);
  CHECK(near(fit->bic, 75.5299, 6e-5));
  const Contrast slope = design.contrast(time_of(bins), *fit, {1.0});
  CHECK(near(slope.estimate, 18.84004, 6e-6));
  CHECK(near(slope.error, 1.139157, 2e-6));
  CHECK(slope.df == 34.0);
}

TEST_CASE("ar1 fit: strata differ in level only") {
  std::vector<FloorBin> bins;
  for (std::uint32_t s = 0; s < 3; ++s) {
    for (int i = 0; i < 10; ++i) {
      const double noise = ((i * 7 + static_cast<int>(s) * 3) % 5 - 2) * 0.1;
      bins.push_back({10.0 * s + i, 100.0 - 30.0 * s + 2.5 * i + noise, double(i), 0.0, s});
    }
  }
  Ar1Design design(bins, 1.0, kShapePhis);
  const auto fit = design.fit(time_of(bins));
  REQUIRE(fit);
  CHECK(near(fit->b[0], 2.5, 0.02));
  CHECK(fit->df == 26.0);
}

TEST_CASE("ar1 fit: columns that the levels explain, and too few bins, are refused") {
  const std::vector<FloorBin> bins = example_bins();
  Ar1Design design(bins, 300.0 / 3600.0, kShapePhis);
  const std::array<Column, 1> constant = {Column(bins.size(), 3.0)};
  CHECK_FALSE(design.fit(constant));
  const std::vector<FloorBin> three = {bins[0], bins[1], bins[2]};
  Ar1Design few(three, 300.0 / 3600.0, kShapePhis);
  CHECK_FALSE(few.fit(time_of(three)));
  Ar1Design none({}, 1.0, kShapePhis);
  CHECK_FALSE(none.fit({}));
}

TEST_CASE("ar1 fit: two equal columns share the slope instead of failing") {
  const std::vector<FloorBin> bins = example_bins();
  Ar1Design design(bins, 300.0 / 3600.0, kShapePhis);
  const Column t = time_of(bins)[0];
  const std::array<Column, 2> twice = {t, t};
  const auto fit = design.fit(twice);
  REQUIRE(fit);
  CHECK(fit->b[0] == doctest::Approx(fit->b[1]).epsilon(1e-3));
  CHECK(fit->b[0] + fit->b[1] == doctest::Approx(18.8).epsilon(0.01));
}

TEST_CASE("ar1 fit: shared columns give what the same columns give on their own") {
  const std::vector<FloorBin> bins = example_bins();
  Ar1Design design(bins, 300.0 / 3600.0, kShapePhis);
  Column wave;
  for (const FloorBin& bin : bins) wave.push_back(std::sin(bin.t_hours));
  const Column t = time_of(bins)[0];
  ColumnBlock shared({wave});
  const std::array<Column, 1> extra = {t};
  const std::array<Column, 2> both = {wave, t};
  const auto a = design.fit(shared, extra);
  const auto b = design.fit(both);
  REQUIRE(a);
  REQUIRE(b);
  CHECK(a->bic == doctest::Approx(b->bic).epsilon(1e-12));
  CHECK(a->b[1] == doctest::Approx(b->b[1]).epsilon(1e-12));
}
