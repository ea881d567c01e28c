#include <benchmark/benchmark.h>

#include "assembled.h"
#include "memlog/analysis/by_task.h"
#include "memlog/analysis/leaks.h"
#include "memlog/analysis/peak.h"

namespace {

using namespace memlog;

// Bytes of log whose events are folded in a second.
template <typename Fold>
void fold(benchmark::State& state, const std::string& kind) {
  const bench::Assembled log(kind);
  Fold analysis{typename Fold::Options{}};
  for (auto unused : state) analysis.fold(log.slice());
  state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations() * log.text.size()));
}
void peak(benchmark::State& state, const std::string& kind) { fold<Peak>(state, kind); }
void by_task(benchmark::State& state, const std::string& kind) { fold<ByTask>(state, kind); }
void leaks(benchmark::State& state, const std::string& kind) { fold<Leaks>(state, kind); }
BENCHMARK_CAPTURE(peak, daily, "daily");
BENCHMARK_CAPTURE(by_task, daily, "daily");
BENCHMARK_CAPTURE(by_task, celery, "celery");
BENCHMARK_CAPTURE(leaks, celery, "celery");

}  // namespace
