#include <doctest/doctest.h>

#include <cstdint>
#include <string>

#include "memlog/analysis/by_task.h"
#include "memlog/report/render.h"
#include "support/bot_log.h"
#include "support/log_builder.h"

using namespace memlog;
using namespace memlog::test;

namespace {

enum class As { events, bare_readings, columns };

std::string answer(const std::string& path, As as, bool runs, std::size_t chunk, bool samples = true) {
  ReadOptions options;
  options.stream.parse.rss_only = options.stream.parse.bare_readings = as != As::events;
  options.stream.parse.reading_columns = as == As::columns;
  options.stream.chunk_size = chunk;
  options.threads = 1;
  ByTask by_task(ByTask::Options{.runs = runs, .samples = samples});
  ReadResult result;
  read_events(list_inputs({path}), options, result, [&](const Slice& slice) { by_task.fold(slice); });
  return render(by_task.report(result), Output::json, {});
}

void check_same(const std::string& text) {
  const TempDirectory directory;
  const std::string path = directory.write("bot.log", text);
  for (const bool runs : {false, true}) {
    CAPTURE(runs);
    const std::string events = answer(path, As::events, runs, 1 << 18);
    for (const std::size_t chunk : {std::size_t{20'000}, std::size_t{1} << 18}) {
      CHECK((answer(path, As::columns, runs, chunk) == events));
      CHECK((answer(path, As::bare_readings, runs, chunk) == events));
    }
  }
  CHECK((answer(path, As::columns, false, 1 << 18, false) == answer(path, As::events, false, 1 << 18, false)));
}

}  // namespace

TEST_CASE("by-task: rows of runs that finish, fail, start anew and never end") {
  BotLog log;
  const std::string tasks[] = {"Dump", "Cards", "Report", "Backup"};
  for (int i = 0; i < 12'000; ++i) {
    const std::string& task = tasks[log.random(4)];
    const std::uint32_t rss = 1500 + log.random(2000);
    switch (log.random(12)) {
      case 0:
      case 1: log.add(">>> TASK START [" + task, rss); break;
      case 2: log.add("<<< TASK END [" + task, rss); break;
      case 3: log.add("<<< TASK END [" + task + (log.random(3) == 0 ? " Error" : " Complete"), rss); break;
      // Words that mean something in another place alone.
      case 4: log.add(log.random(2) == 0 ? "--- [Dump Failed" : ">>> TASK START [Dump Failed", rss); break;
      default: log.add("--- [" + task, rss);
    }
    if (log.random(700) == 0) log.put_back(90);
    if (log.random(3000) == 0) log.add(log.random(2) == 0 ? "--- [Bot Started" : "<<< TASK END [Bot Started", 900);
  }
  check_same(log.text());
}

TEST_CASE("by-task: rows with a value that a counter has no room for, one that has none, and values that rise") {
  BotLog log;
  for (int i = 0; i < 3000; ++i) log.add("--- [Idle", 2000 + log.random(300));
  for (int i = 0; i < 70'000; ++i) log.add(i % 9 == 0 ? "--- [Dump" : "--- [Idle", i % 9 == 0 ? 1000 + static_cast<std::uint32_t>(i / 20) : 2100);
  // Far from all others: from here on a value may be counted elsewhere.
  log.add("--- [Idle", 90'000);
  for (int i = 0; i < 3000; ++i) log.add("--- [Idle", 1500 + log.random(4000));
  check_same(log.text());
}
