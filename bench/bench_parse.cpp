#include <benchmark/benchmark.h>

#include "memlog/envelope/peel.h"
#include "memlog/scan/parse_chunk.h"
#include "samples.h"

namespace {

using namespace memlog;

void parse(benchmark::State& state, const std::string& kind, bool quick, double wanted_above_mb) {
  const std::string text = bench::sample_log(kind);
  EventBatch batch;
  bench::fill(batch, text);
  ParseOptions options;
  options.keep_raw = !quick;  // the general way
  for (auto unused : state) {
    batch.clear();
    batch.wanted_above_mb = wanted_above_mb;
    parse_chunk(batch, options);
    benchmark::DoNotOptimize(batch.events.data());
  }
  state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations() * text.size()));
}

// Quick readers, the same when only high readings are wanted, and the general way.
BENCHMARK_CAPTURE(parse, daily, "daily", true, -1);
BENCHMARK_CAPTURE(parse, daily_sifted, "daily", true, 2000);
BENCHMARK_CAPTURE(parse, daily_general, "daily", false, -1);
BENCHMARK_CAPTURE(parse, celery, "celery", true, -1);
BENCHMARK_CAPTURE(parse, celery_sifted, "celery", true, 2000);
BENCHMARK_CAPTURE(parse, celery_general, "celery", false, -1);
BENCHMARK_CAPTURE(parse, tree, "tree", true, -1);
BENCHMARK_CAPTURE(parse, tree_sifted, "tree", true, 2000);
BENCHMARK_CAPTURE(parse, tree_general, "tree", false, -1);

void peel(benchmark::State& state, const std::string& kind) {
  const std::string text = bench::sample_log(kind);
  const std::string first = text.substr(0, text.find('\n'));
  TextArena arena;
  for (auto unused : state) {
    Line line;
    line.text = line.message = first;
    memlog::peel(line, arena);
    benchmark::DoNotOptimize(line);
  }
  state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations() * first.size()));
}
BENCHMARK_CAPTURE(peel, python_logging, "daily");
BENCHMARK_CAPTURE(peel, celery, "celery");

}  // namespace
