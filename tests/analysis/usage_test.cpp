#include "memlog/analysis/usage.h"

#include <doctest/doctest.h>

#include <ctime>
#include <utility>

#include "support/analyse.h"
#include "support/bot_log.h"

using namespace memlog;
using namespace memlog::test;

namespace {

struct OnlyUsage : Analysis {
  Usage usage;

  void fold(const Slice& slice) override { usage.fold(slice); }
  Report report(const ReadResult&) override { return {}; }
};

// Of a bot whose readings are all different, up to 4,000 MB.
Usage usage_of(std::uint32_t readings) {
  BotLog log;
  for (std::uint32_t i = 0; i < readings; ++i) log.add("--- [Idle", 1 + (i * 7919) % 40'000);
  ReadResult result;
  OnlyUsage analysis;
  read_into(analysis, result, {{"memory_20251116.log", log.text()}});
  return std::move(analysis.usage);
}

}  // namespace

TEST_CASE("usage: samples, highest and quantiles of readings that are all different") {
  const Usage usage = usage_of(40'000);
  CHECK(usage.samples() == 40'000);
  CHECK(usage.maximum() == 4000.0);
  CHECK(usage.quantile(0.5) == doctest::Approx(2000.05));
  CHECK(render_value(usage.usage_value()["samples"]) == "40000");
  CHECK(usage_of(0).samples() == 0);
}

TEST_CASE("usage: how many samples there are is known without a look at the histogram") {
  const Usage usage = usage_of(40'000);
  // `report` asks at every reading. Milliseconds, where a look through all counters takes seconds.
  constexpr int kTimes = 1000;
  constexpr int kAtOnce = 1000;
  const std::clock_t begin = std::clock();
  std::uint64_t all = 0;
  for (int i = 0; i < kTimes && std::clock() - begin < CLOCKS_PER_SEC; ++i) {
    for (int k = 0; k < kAtOnce; ++k) all += usage.samples();
  }
  CHECK(all == std::uint64_t{40'000} * kTimes * kAtOnce);
}
