#include <doctest/doctest.h>
#include <fmt/format.h>

#include "memlog/analysis/by_task.h"
#include "memlog/report/render.h"
#include "support/analyse.h"

using namespace memlog;
using namespace memlog::test;

namespace {

// A worker's log of one task; `rss` as it is printed.
class WorkerLog {
 public:
  void add(const std::string& rss) {
    const int s = lines_ / 10;
    text_ += fmt::format("[2025-11-16 {:02}:{:02}:{:02},{}00: INFO/ForkPoolWorker-1] Memory [app.tasks.load] checkpoint:after_load: RSS={}MB (peak={}MB), Process%=6.1%, System=45.2%, GC objects=127,453\n",
                         8 + s / 3600, s / 60 % 60, s % 60, lines_ % 10, rss, rss);
    ++lines_;
  }
  const std::string& text() const { return text_; }

 private:
  std::string text_;
  int lines_ = 0;
};

std::string answer(const std::string& path, bool bare) {
  ReadOptions options;
  options.stream.parse.rss_only = options.stream.parse.bare_readings = options.stream.parse.reading_columns = bare;
  options.threads = 1;
  ByTask by_task(ByTask::Options{});
  ReadResult result;
  read_events(list_inputs({path}), options, result, [&](const Slice& slice) { by_task.fold(slice); });
  return render(by_task.report(result), Output::json, {});
}

}  // namespace

// More different readings than a histogram has steps: it makes them wider and its array goes, while a tally counts in it.
TEST_CASE("by-task: a histogram whose steps become wider in the middle of a row of readings") {
  WorkerLog log;
  for (int i = 0; i < 300; ++i) log.add(fmt::format("{:.1f}", 100 + i / 10.0));
  log.add("900.0");
  int fine = 0;
  for (int hundredths = 10'100; fine < 65'200; ++hundredths) {
    if (hundredths % 10 == 0) continue;
    log.add(fmt::format("{:.2f}", hundredths / 100.0));
    ++fine;
  }
  for (int i = 0; i < 20'000; ++i) log.add("100.0");
  for (int round = 0; round < 3; ++round) {
    for (int i = 0; i < 600; ++i) log.add(fmt::format("{:.1f}", 200 + i / 10.0));
  }
  const TempDirectory directory;
  const std::string path = directory.write("worker.log", log.text());
  const std::string bare = answer(path, true);
  CHECK(bare.find("\"count\": 87301") != std::string::npos);
  CHECK(bare == answer(path, false));
}
