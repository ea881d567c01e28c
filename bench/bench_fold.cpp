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
BENCHMARK_CAPTURE(fold<Peak>, peak_daily, "daily");
BENCHMARK_CAPTURE(fold<ByTask>, by_task_daily, "daily");
BENCHMARK_CAPTURE(fold<ByTask>, by_task_celery, "celery");
BENCHMARK_CAPTURE(fold<Leaks>, leaks_celery, "celery");

}  // namespace
