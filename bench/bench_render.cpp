#include <benchmark/benchmark.h>

#include "assembled.h"
#include "memlog/analysis/events.h"

namespace {

using namespace memlog;

// Bytes of log whose events are written in a second; `out` is what comes out.
void write(benchmark::State& state, const std::string& kind, Output output) {
  const bench::Assembled log(kind);
  std::size_t bytes = 0;
  EventWriter writer(output, [&](std::string_view piece) { bytes += piece.size(); });
  for (auto unused : state) writer.fold(log.slice());
  state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations() * log.text.size()));
  state.counters["out"] = benchmark::Counter(static_cast<double>(bytes), benchmark::Counter::kIsRate, benchmark::Counter::kIs1024);
}
BENCHMARK_CAPTURE(write, ndjson_daily, "daily", Output::ndjson);
BENCHMARK_CAPTURE(write, ndjson_celery, "celery", Output::ndjson);
BENCHMARK_CAPTURE(write, ndjson_tree, "tree", Output::ndjson);
BENCHMARK_CAPTURE(write, csv_daily, "daily", Output::csv);
BENCHMARK_CAPTURE(write, csv_celery, "celery", Output::csv);

}  // namespace
