#include "memlog/stats/aside_steps.h"

#include <doctest/doctest.h>

#include <cstdint>
#include <string>
#include <vector>

#include "memlog/base/decimal.h"

using namespace memlog;

namespace {

constexpr double kQuantiles[] = {0.0, 0.05, 0.5, 0.95, 0.99, 1.0};

void check_same(const Histogram& a, const Histogram& b) {
  CHECK(a.count() == b.count());
  if (a.count() > 0) CHECK(a.mean() == b.mean());
  for (const double q : kQuantiles) {
    CAPTURE(q);
    const double of_a = a.quantile(q);
    const double of_b = b.quantile(q);
    CHECK((of_a == of_b || (!is_known(of_a) && !is_known(of_b))));
  }
}

// Values as logs print them, the same ones each time.
class Values {
 public:
  double next(std::uint32_t different, double step) {
    state_ = state_ * 1664525u + 1013904223u;
    return static_cast<double>((state_ >> 8) % different) * step;
  }

 private:
  std::uint32_t state_ = 7;
};

}  // namespace

TEST_CASE("histogram: steps that were taken in parts and put together again tell the same quantiles") {
  struct Kind {
    std::uint32_t different;
    double step;
    double from;
  };
  for (const Kind& kind : {Kind{40, 100.0, 0}, Kind{5000, 0.1, 0}, Kind{3000, 0.01, 0}, Kind{300, 1.37, -200}, Kind{200'000, 0.01, 0}, Kind{3, 0.1, 598.4}}) {
    CAPTURE(kind.step);
    Values values;
    Histogram whole;
    Histogram parts;
    std::vector<std::string> taken;
    for (int i = 0; i < 200'000; ++i) {
      const double value = kind.from + values.next(kind.different, kind.step);
      whole.add(value);
      parts.add(value);
      if (i % 30'011 != 0) continue;
      taken.emplace_back();
      parts.take_packed(taken.back());
      CHECK(parts.bytes() == 0);
    }
    // Backwards: no order is asked for.
    for (std::size_t i = taken.size(); i-- > 0;) parts.add_packed(taken[i]);
    check_same(parts, whole);
  }
}

TEST_CASE("histogram: a step is a byte or two when it is put aside, and one that was counted often a few more") {
  Histogram histogram;
  for (int i = 0; i < 4000; ++i) histogram.add(100.0 + i / 10.0);
  std::string once;
  histogram.take_packed(once);
  CHECK(once.size() < 4010);
  for (int i = 0; i < 100'000; ++i) histogram.add(598.4);
  std::string often;
  histogram.take_packed(often);
  CHECK(often.size() < 12);
  CHECK(histogram.count() == 104'000);
  std::string nothing;
  histogram.take_packed(nothing);
  CHECK(nothing.empty());
  histogram.add_packed(often);
  CHECK(histogram.quantile(0.5) == 598.4);
}

TEST_CASE("aside steps: however often histograms are put aside, each tells what it would have told") {
  constexpr std::size_t kHistograms = 300;
  Values values;
  std::vector<Histogram> whole(kHistograms);
  std::vector<Histogram> held(kHistograms / 2);
  stats::AsideSteps aside;
  CHECK(aside.empty());
  std::uint64_t most = 0;
  for (int round = 0; round < 60; ++round) {
    // Later ones come while others are put aside already; some are asked for in few rounds only.
    if (round == 5) held.resize(kHistograms);
    for (std::size_t i = 0; i < held.size(); ++i) {
      for (int n = 0; n < 20 && (i % 7 != 0 || round % 10 == 3); ++n) {
        const double value = 100.0 + values.next(i % 3 == 0 ? 50 : 400, 0.1);
        whole[i].add(value);
        held[i].add(value);
      }
    }
    if (round % 2 == 0) aside.put(held.size(), [&](std::size_t i) -> Histogram& { return held[i]; });
    if (round == 30) most = aside.bytes();
  }
  CHECK_FALSE(aside.empty());
  // Steps that are there already take no more room.
  CHECK(aside.bytes() < 2 * most);
  for (std::size_t i = 0; i < kHistograms; ++i) {
    CAPTURE(i);
    aside.add_to(i, held[i]);
    check_same(held[i], whole[i]);
  }
  Histogram unknown;
  aside.add_to(kHistograms + 5, unknown);
  CHECK_FALSE(is_known(unknown.quantile(0.5)));
}
