#include "memlog/stats/step_sums.h"

#include <doctest/doctest.h>

#include <map>

using namespace memlog::stats;

TEST_CASE("step sums: each step has the sum of what came to it, in order of the steps") {
  StepSums sums;
  std::map<std::int64_t, std::int64_t> expected;
  std::uint64_t random = 1;
  for (int i = 0; i < 20'000; ++i) {
    random = random * 6364136223846793005ULL + 1442695040888963407ULL;
    const std::int64_t key = static_cast<std::int64_t>(random >> 50) - 8000;
    sums.add(key, i + 1);
    expected[key] += i + 1;
  }
  const auto sorted = sums.sorted();
  REQUIRE(sorted.size() == expected.size());
  CHECK(sums.size() == expected.size());
  auto at = expected.begin();
  for (const auto& step : sorted) {
    CHECK(step.key == at->first);
    CHECK(step.sum == at->second);
    ++at;
  }
  CHECK(StepSums().sorted().empty());
}

TEST_CASE("step sums: beyond the most steps a neighbour counts, and nothing is lost") {
  StepSums sums;
  const auto most = static_cast<std::int64_t>(StepSums::kMostSteps);
  for (std::int64_t key = 0; key < 2 * most; ++key) sums.add(2 * key, 1);
  CHECK(sums.size() == StepSums::kMostSteps);
  sums.add(3, 10);       // between two steps: the one above
  sums.add(4, 100);
  sums.add(-50, 1000);
  const auto sorted = sums.sorted();
  REQUIRE(sorted.size() == StepSums::kMostSteps);
  CHECK(sorted[0].sum == 1001);
  CHECK(sorted[2].key == 4);
  CHECK(sorted[2].sum == 111);
  CHECK(sorted.back().sum == most + 1);
  std::int64_t all = 0;
  for (const auto& step : sorted) all += step.sum;
  CHECK(all == 2 * most + 1110);
}

TEST_CASE("step sums: many steps that lie close together take an array, however many there are") {
  StepSums sums;
  for (int round = 0; round < 2; ++round) {
    for (std::int64_t key = 0; key < 60'000; ++key) sums.add((key * 7919) % 60'000, 1);
  }
  CHECK(sums.size() == 60'000);
  CHECK(sums.bytes() <= 700'000);
  for (const auto& step : sums.sorted()) REQUIRE(step.sum == 2);
  StepSums few;
  for (std::int64_t key = 0; key < 100; ++key) few.add(key * 1'000'000, 1);
  CHECK(few.bytes() <= 8192);
}

TEST_CASE("step sums: the array is as long as its steps ask for") {
  StepSums low;
  for (std::int64_t key = 0; key < 8000; ++key) low.add(key, 1);
  constexpr std::size_t table = 16 * sizeof(StepSums::Step);   // empty: all of it moved to the array
  CHECK(low.bytes() <= table + 9100 * sizeof(std::int64_t));
  for (std::int64_t key = 8000; key < 20'000; ++key) low.add(key, 1);
  CHECK(low.size() == 20'000);
  CHECK(low.bytes() <= table + 22'700 * sizeof(std::int64_t));
  for (const auto& step : low.sorted()) REQUIRE(step.sum == 1);
  // None of many steps belongs to the array.
  StepSums high;
  for (std::int64_t key = 0; key < 20'000; ++key) high.add(100'000 + key, 1);
  high.add(-7, 5);
  CHECK(high.size() == 20'001);
  CHECK(high.sorted().front().sum == 5);
}
