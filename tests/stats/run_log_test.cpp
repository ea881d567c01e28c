#include <doctest/doctest.h>

#include "memlog/stats/leak_constants.h"
#include "memlog/stats/run_log.h"

using namespace memlog::stats;

TEST_CASE("run log: an end belongs to the newest open run of its task") {
  RunLog log;
  log.started(7, 1.0);
  log.started(8, 2.0);
  log.started(7, 3.0);
  log.ended(7, 4.0);
  log.ended(8, 5.0);
  log.ended(7, 6.0);
  log.ended(7, 7.0);    // nothing is open any more
  const RunLog::Task* task = log.find(7);
  REQUIRE(task != nullptr);
  CHECK(task->total == 2);
  CHECK(task->kept[0].start == 3.0);
  CHECK(task->kept[1].start == 1.0);
  CHECK(log.find(8)->total == 1);
  CHECK(log.find(9) == nullptr);
}

TEST_CASE("run log: tasks whose numbers end alike are told apart") {
  RunLog log;
  for (int i = 0; i < 30; ++i) {
    for (const std::uint32_t task : {3u, 67u, 131u, 0u, 64u}) {
      if (task == 67 && i % 2 != 0) continue;
      log.started(task, i);
      log.ended(task, i + 0.5);
    }
  }
  CHECK(log.tasks().size() == 5);
  for (const std::uint32_t task : {3u, 131u, 0u, 64u}) CHECK(log.find(task)->total == 30);
  CHECK(log.find(67)->total == 15);
}

TEST_CASE("run log: runs of a process that died never end") {
  RunLog log;
  log.started(1, 1.0);
  log.all_open_lost();
  log.ended(1, 2.0);
  CHECK(log.tasks().empty());
}

TEST_CASE("run log: totals are exact when runs are thinned, and rare tasks keep theirs") {
  RunLog log;
  log.started(2, 0.0);
  log.ended(2, 0.5);
  for (int i = 0; i < 200000; ++i) {
    log.started(1, i + 1.0);
    log.ended(1, i + 1.5);
  }
  CHECK(log.kept() <= kMaxKeptRuns);
  CHECK(log.find(1)->total == 200000);
  CHECK(log.find(1)->kept.size() * log.find(1)->stride >= 200000);
  CHECK(log.find(2)->kept.size() == 1);
}

TEST_CASE("run log: beyond the limit tasks are nameless, not unbounded") {
  RunLog log;
  for (std::uint32_t task = 0; task < 5000; ++task) {
    log.started(task, task);
    log.ended(task, task + 0.5);
  }
  CHECK(log.tasks().size() == kMaxTasks);
  CHECK(log.nameless().total == 5000 - kMaxTasks);
}
