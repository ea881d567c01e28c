#include <benchmark/benchmark.h>

#include "memlog/analysis/events.h"
#include "memlog/assemble/records.h"
#include "memlog/scan/parse_chunk.h"
#include "samples.h"

namespace {

using namespace memlog;

// Bytes of log whose events are written in a second; `out` is what comes out.
void write(benchmark::State& state, const std::string& kind, Output output) {
  const std::string text = bench::sample_log(kind);
  EventBatch batch;
  bench::fill(batch, text);
  parse_chunk(batch, {});
  RunNames names;
  Assembler assembler(names, {});
  assembler.assemble(batch);
  for (Event& event : batch.events) event.flags |= flag::kSelected;
  std::vector<InputSummary> inputs(1);
  inputs[0].path = "logs/memory.log";
  std::size_t bytes = 0;
  EventWriter writer(output, [&](std::string_view piece) { bytes += piece.size(); });
  for (auto unused : state) writer.fold({batch.events, batch, names, inputs});
  state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations() * text.size()));
  state.counters["out"] = benchmark::Counter(static_cast<double>(bytes), benchmark::Counter::kIsRate, benchmark::Counter::kIs1024);
}
BENCHMARK_CAPTURE(write, ndjson_daily, "daily", Output::ndjson);
BENCHMARK_CAPTURE(write, ndjson_celery, "celery", Output::ndjson);
BENCHMARK_CAPTURE(write, ndjson_tree, "tree", Output::ndjson);
BENCHMARK_CAPTURE(write, csv_daily, "daily", Output::csv);
BENCHMARK_CAPTURE(write, csv_celery, "celery", Output::csv);

}  // namespace
