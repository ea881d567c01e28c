#include <doctest/doctest.h>

#include "memlog/analysis/by_task.h"
#include "memlog/analysis/period_report.h"
#include "memlog/analysis/spikes.h"
#include "support/analyse.h"

using namespace memlog;
using namespace memlog::test;

namespace {

constexpr Output kOutputs[] = {Output::text, Output::json, Output::ndjson, Output::csv, Output::markdown};

template <typename Make>
void check_pieces(const std::string& log, const Make& make) {
  const TempDirectory directory;
  const std::string path = directory.write("test.log", testdata(log));
  const auto read = [&](Analysis& analysis, ReadResult& result) { read_events(list_inputs({path}), ReadOptions{}, result, [&](const Slice& slice) { analysis.fold(slice); }); };
  ReadResult held_result;
  auto held = make(false, held_result);
  read(*held, held_result);
  const Report whole = held->report(held_result);
  held.reset();
  ReadResult result;
  const auto analysis = make(true, result);
  read(*analysis, result);
  const Report pieces = analysis->report(result);
  CHECK(render(whole, Output::json, {}).size() > 1000);
  for (const Output output : kOutputs) {
    for (const int width : {0, 60}) {
      CAPTURE(log);
      CAPTURE(static_cast<int>(output));
      CHECK(render(pieces, output, {.width = width}) == render(whole, output, {.width = width}));
    }
  }
}

}  // namespace

// A report that is held outlives its analysis: what it says was copied out of it, entry by entry.
TEST_CASE("pieces: spikes, tasks and windows read the same, made one by one or held") {
  for (const char* log : {"telegram-v1/memory_debug.log", "daily/memory_20251007.log", "celery/worker.log"}) {
    check_pieces(log, [](bool in_pieces, ReadResult&) { return std::make_unique<Spikes>(Spikes::Options{.over_mb = 5, .in_pieces = in_pieces}); });
    check_pieces(log, [](bool in_pieces, ReadResult&) { return std::make_unique<ByTask>(ByTask::Options{.runs = true, .in_pieces = in_pieces}); });
  }
}

TEST_CASE("pieces: more windows than are held read the same") {
  for (const char* log : {"telegram-v1/logs.txt", "polymarket/bot.log", "daily/memory_20251007.log"}) {
    for (const double window_s : {0.0, 60.0, 3600.0}) {
      CAPTURE(window_s);
      check_pieces(log, [&](bool in_pieces, ReadResult& result) { return std::make_unique<PeriodReport>(PeriodReport::Options{.window_s = window_s, .in_pieces = in_pieces}, result); });
    }
  }
}

// Histograms that have no room are put aside after every chunk; nobody can tell by the answer.
TEST_CASE("pieces: tasks whose readings were put aside read the same, whatever they were put aside with") {
  for (const char* log : {"telegram-v1/memory_debug.log", "daily/memory_20251007.log", "celery/worker.log"}) {
    CAPTURE(log);
    const TempDirectory directory;
    const std::string path = directory.write("test.log", testdata(log));
    for (const auto sort : {ByTask::Sort::max, ByTask::Sort::p95}) {
      std::string whole;
      for (const std::size_t bytes : {ByTask::kStepsBytes, std::size_t{0}, std::size_t{2000}}) {
        for (const std::size_t chunk : {std::size_t{0}, std::size_t{64}, std::size_t{5000}}) {
          for (const bool bare : {true, false}) {
            CAPTURE(bytes);
            CAPTURE(chunk);
            ReadOptions options;
            if (chunk > 0) options.stream.chunk_size = chunk;
            options.stream.parse.bare_readings = options.stream.parse.reading_columns = bare;
            ReadResult result;
            ByTask analysis({.sort = sort, .runs = true, .steps_bytes = bytes});
            read_events(list_inputs({path}), options, result, [&](const Slice& slice) { analysis.fold(slice); });
            const std::string told = render(analysis.report(result), Output::json, {});
            if (whole.empty()) whole = told;
            CHECK(told == whole);
          }
        }
      }
      CHECK(whole.size() > 1000);
    }
  }
}
