#include <benchmark/benchmark.h>

#include "memlog/analysis/by_task.h"
#include "memlog/analysis/leaks.h"
#include "memlog/analysis/peak.h"
#include "memlog/assemble/records.h"
#include "memlog/scan/parse_chunk.h"
#include "samples.h"

namespace {

using namespace memlog;

// Bytes of log whose events are folded in a second.
template <typename Fold>
void fold(benchmark::State& state, const std::string& kind) {
  const std::string text = bench::sample_log(kind);
  EventBatch batch;
  bench::fill(batch, text);
  parse_chunk(batch, {});
  RunNames names;
  Assembler assembler(names, {});
  assembler.assemble(batch);
  for (Event& event : batch.events) event.flags |= flag::kSelected;
  const std::vector<InputSummary> inputs(1);
  Fold analysis{typename Fold::Options{}};
  for (auto unused : state) analysis.fold({batch.events, batch, names, inputs});
  state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations() * text.size()));
}
void peak(benchmark::State& state, const std::string& kind) { fold<Peak>(state, kind); }
void by_task(benchmark::State& state, const std::string& kind) { fold<ByTask>(state, kind); }
void leaks(benchmark::State& state, const std::string& kind) { fold<Leaks>(state, kind); }
BENCHMARK_CAPTURE(peak, daily, "daily");
BENCHMARK_CAPTURE(by_task, daily, "daily");
BENCHMARK_CAPTURE(by_task, celery, "celery");
BENCHMARK_CAPTURE(leaks, celery, "celery");

}  // namespace
