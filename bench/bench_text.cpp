#include <benchmark/benchmark.h>

#include "memlog/base/decimal.h"
#include "memlog/base/swar.h"
#include "memlog/base/time.h"

namespace {

using namespace memlog;

void decimal(benchmark::State& state) {
  for (auto unused : state) {
    std::string_view s = "  598.4 MB | VMS: ";
    benchmark::DoNotOptimize(s);
    benchmark::DoNotOptimize(take_decimal(s));
  }
}
BENCHMARK(decimal);

void decimal_swar(benchmark::State& state) {
  for (auto unused : state) {
    const char* p = " 598.4 MB | VMS: ";
    benchmark::DoNotOptimize(p);
    std::uint32_t tenths = 0;
    benchmark::DoNotOptimize(swar::read_six(p, tenths));
    benchmark::DoNotOptimize(tenths);
  }
}
BENCHMARK(decimal_swar);

void timestamp(benchmark::State& state) {
  for (auto unused : state) {
    std::string_view s = "2025-11-16 08:34:15 ---";
    benchmark::DoNotOptimize(s);
    benchmark::DoNotOptimize(take_timestamp(s));
  }
}
BENCHMARK(timestamp);

}  // namespace
