#include <doctest/doctest.h>

#include <algorithm>

#include "memlog/stats/leak_constants.h"
#include "memlog/stats/thinned_samples.h"

using namespace memlog::stats;

namespace {

void feed(ThinnedSamples& store, std::uint32_t segment, double from, int count) {
  for (int i = 0; i < count; ++i) store.add({from + i, from + i, 0.0F, segment});
}

}  // namespace

TEST_CASE("thinned samples: below the limit nothing is lost") {
  ThinnedSamples store;
  feed(store, 1, 0, 10000);
  feed(store, 2, 10000, 6000);
  CHECK(store.samples().size() == 16000);
}

TEST_CASE("thinned samples: beyond it, evenly spread ones stay, with every segment's ends") {
  ThinnedSamples store;
  feed(store, 1, 0, 50001);
  feed(store, 2, 50001, 50000);
  feed(store, 3, 100001, 99999);
  const auto kept = store.samples();
  CHECK(kept.size() <= kMaxKeptSamples + 1);
  CHECK(kept.size() > kMaxKeptSamples / 4);
  CHECK(kept.front().t == 0);
  CHECK(kept.back().t == 199999);
  const auto second = std::find_if(kept.begin(), kept.end(), [](const KeptSample& s) { return s.segment == 2; });
  REQUIRE(second != kept.end());
  CHECK(second->t == 50001);
  CHECK(std::prev(second)->t == 50000);
  double widest = 0.0;
  for (std::size_t i = 1; i < kept.size(); ++i) widest = std::max(widest, kept[i].t - kept[i - 1].t);
  CHECK(widest <= 16.0);
}

TEST_CASE("thinned samples: the newest sample is there whenever one looks") {
  ThinnedSamples store;
  for (int i = 0; i < 100000; ++i) {
    store.add({double(i), 1.0, 0.0F, 1});
    if (i % 997 == 0) CHECK(store.samples().back().t == i);
  }
}

TEST_CASE("thinned samples: slight disorder is sorted within the segment") {
  ThinnedSamples store;
  for (const double t : {0.0, 5.0, 3.0, 9.0}) store.add({t, 1.0, 0.0F, 1});
  store.add({4.0, 1.0, 0.0F, 2});
  const auto kept = store.samples();
  REQUIRE(kept.size() == 5);
  CHECK(kept[1].t == 3.0);
  CHECK(kept[4].t == 4.0);
}

TEST_CASE("thinned samples: a restart with every sample does not fill the memory") {
  ThinnedSamples store;
  for (std::uint32_t i = 0; i < 200000; ++i) store.add({double(i), 1.0, 0.0F, i});
  CHECK(store.size() <= kMaxKeptSamples);
}

TEST_CASE("thinned samples: rows keep what their samples keep one by one") {
  ThinnedSamples rows;
  ThinnedSamples singles;
  const auto same = [&] {
    const auto a = rows.samples();
    const auto b = singles.samples();
    return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](const KeptSample& x, const KeptSample& y) { return x.t == y.t && x.mb == y.mb && x.segment == y.segment; });
  };
  std::uint32_t segment = 1;
  double t = 0;
  for (std::size_t i = 0; t < 300'000; ++i) {
    const std::size_t count = i % 17 == 0 ? 40'000 : i % 5 * 31;
    rows.add_row(count, segment, [&](std::size_t k) { return KeptSample{t + static_cast<double>(k), 1.0, 0.0F, segment}; });
    for (std::size_t k = 0; k < count; ++k) singles.add(t + static_cast<double>(k), 1.0, 0.0F, segment);
    t += static_cast<double>(count);
    if (i % 3 == 0) CHECK(same());
    if (i % 40 == 39) ++segment;
    if (i == 60) {
      rows.thin();
      singles.thin();
    }
  }
  CHECK(same());
  rows.clear();
  CHECK(rows.samples().empty());
  feed(rows, 1, 0, 100);
  CHECK(rows.samples().size() == 100);
}
