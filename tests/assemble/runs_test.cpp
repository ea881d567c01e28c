#include "memlog/assemble/run_rows.h"

#include <doctest/doctest.h>

#include "memlog/base/decimal.h"
#include "memlog/base/time.h"
#include "memlog/event/bare_row.h"
#include "memlog/format/format.h"
#include "support/log_builder.h"

using namespace memlog;
using namespace memlog::test;

namespace {

struct Runs {
  std::vector<Run> all;
  explicit Runs(std::string_view text) {
    RunTracker tracker([this](const Run& run) { all.push_back(run); });
    const Log log(text);
    for (const Record& event : log.events) tracker.fold(event);
    tracker.finish();
  }
  std::string outcomes() const {
    std::string out;
    for (const Run& run : all) out += (out.empty() ? "" : " ") + std::string(to_string(run.outcome));
    return out;
  }
};

std::string daily(std::string_view time, std::string_view mark, std::string_view rss) {
  return "2025-11-16 " + std::string(time) + " " + std::string(mark) + " | RSS: " + std::string(rss) + " MB\n";
}
std::string worker(std::string_view time, int process, std::string_view message) {
  return "[2025-11-16 " + std::string(time) + ",000: INFO/ForkPoolWorker-" + std::to_string(process) + "] " + std::string(message) + "\n";
}
std::string main_process(std::string_view time, std::string_view message) {
  return "[2025-11-16 " + std::string(time) + ",000: ERROR/MainProcess] " + std::string(message) + "\n";
}

}  // namespace

TEST_CASE("runs: in the daily log the next end ends the open run, whatever its label") {
  const Runs runs(daily("08:30:00", ">>> TASK START [Dump Download]", "245.3") + daily("08:34:00", "--- [Dump Processing]", "598.4") +
                  daily("08:36:45", "<<< TASK END [Dump Complete]", "289.1"));
  REQUIRE(runs.outcomes() == "finished");
  CHECK(runs.all[0].start_mb == 245.3);
  CHECK(runs.all[0].peak_mb == 598.4);
  CHECK(runs.all[0].delta_mb == doctest::Approx(43.8));
  CHECK(runs.all[0].line == 1);
  CHECK(runs.all[0].end_line == 3);
  CHECK(runs.all[0].end.seconds() - runs.all[0].start.seconds() == 405);
}

TEST_CASE("runs: an end that names an error is a failure") {
  CHECK(Runs(daily("08:30:00", ">>> TASK START [Dump]", "1.0") + daily("08:36:45", "<<< TASK END [Dump Error]", "2.0")).outcomes() == "failed");
}

TEST_CASE("runs: a start while another is open, an end without a start, a start without an end") {
  CHECK(Runs(daily("08:30:00", ">>> TASK START [A]", "1.0") + daily("08:31:00", ">>> TASK START [B]", "1.0") + daily("08:36:45", "<<< TASK END [B]", "2.0")).outcomes() ==
        "unfinished finished");
  CHECK(Runs(daily("08:36:45", "<<< TASK END [B]", "2.0")).outcomes() == "");
  CHECK(Runs(daily("08:30:00", ">>> TASK START [A]", "1.0")).outcomes() == "unfinished");
}

TEST_CASE("runs: a start of the bot kills what was open, unless it had shut down") {
  const std::string start = daily("08:30:00", ">>> TASK START [A]", "1.0");
  const std::string boot = daily("08:40:00", "--- [Bot Started]", "1.0");
  CHECK(Runs(start + boot).outcomes() == "killed");
  CHECK(Runs(start + daily("08:39:00", "--- [Bot Shutting Down]", "1.0") + boot).outcomes() == "unfinished");
}

TEST_CASE("runs: a task may run over midnight") {
  const Runs runs("2025-11-16 23:50:00 >>> TASK START [A] | RSS: 1.0 MB\n2025-11-17 00:10:00 <<< TASK END [A] | RSS: 2.0 MB\n");
  REQUIRE(runs.outcomes() == "finished");
  CHECK(runs.all[0].end.seconds() - runs.all[0].start.seconds() == 1200);
}

TEST_CASE("runs: Celery pairs by process and task, interleaved") {
  const Runs runs(worker("08:00:00", 1, "Memory [a] START: RSS=10.0MB (peak=10.0MB)") + worker("08:00:01", 2, "Memory [a] START: RSS=20.0MB (peak=20.0MB)") +
                  worker("08:00:02", 2, "Memory [a] FINISH (delta=+5.1MB, peak=30.0MB): RSS=25.0MB (peak=30.0MB)") +
                  worker("08:00:03", 1, "Memory [a] FAILURE (X): RSS=11.0MB (peak=40.0MB)"));
  REQUIRE(runs.outcomes() == "finished failed");
  CHECK(runs.all[0].start_mb == 20.0);
  // What the log prints wins over the difference.
  CHECK(runs.all[0].delta_mb == 5.1);
  CHECK(runs.all[0].peak_mb == 30.0);
  CHECK(runs.all[1].peak_mb == 40.0);
}

TEST_CASE("runs: a retry is told by Celery, or by the next start in the same process") {
  const std::string start = worker("08:00:00", 1, "Memory [a] START: RSS=10.0MB (peak=10.0MB)");
  CHECK(Runs(start + worker("08:00:01", 1, "Task a[0f7c1d2e-aaaa-bbbb-cccc-0123456789ab] retry: Retry in 60s")).outcomes() == "retried");
  CHECK(Runs(start + start).outcomes() == "retried unfinished");
}

TEST_CASE("runs: a SIGKILL is reported later, by another process, without the task's name") {
  const Runs runs(worker("08:00:00", 3, "Memory [a] START: RSS=10.0MB (peak=10.0MB)") + worker("08:00:01", 1, "Memory [b] START: RSS=10.0MB (peak=10.0MB)") +
                  main_process("08:00:02", "Process 'ForkPoolWorker-3' pid:26 exited with 'signal 9 (SIGKILL)'") +
                  worker("08:00:03", 1, "Memory [b] FINISH (delta=+0.0MB, peak=10.0MB): RSS=10.0MB (peak=10.0MB)"));
  REQUIRE(runs.outcomes() == "killed finished");
  CHECK(runs.all[0].last_mb == 10.0);
  CHECK_FALSE(is_known(runs.all[0].delta_mb));
}

TEST_CASE("runs: measured operations nest, ends close the innermost of their name") {
  const std::string prefix = "2025-10-27 14:42:10,123 - memory_monitor - INFO - ";
  const Runs runs(prefix + "🔵 START: Upload | Memory: 150.0 MB | Context: \n" + prefix + "🔵 START: Thumbnail | Memory: 151.0 MB | Context: \n" + prefix +
                  "✅ COMPLETE: Thumbnail\n  ├─ Memory Before: 151.0 MB\n  ├─ Memory After: 160.0 MB\n  ├─ Memory Change: +9.0 MB\n  └─ Context: \n" + prefix +
                  "❌ ERROR in Upload: FloodWait\nMemory at error: 170.0 MB\n");
  REQUIRE(runs.outcomes() == "finished failed");
  CHECK(runs.all[0].delta_mb == 9.0);
  CHECK(runs.all[1].start_mb == 150.0);
}

TEST_CASE("runs: a process that never ends what it starts does not grow without bound") {
  RunTracker tracker([](const Run&) {});
  for (int i = 0; i < 10'000; ++i) {
    Event event;
    event.kind = EventKind::task_start;
    event.task = static_cast<NameId>(i);
    event.format = static_cast<std::uint8_t>(find_format("snapshot_tree"));
    tracker.fold(event);
  }
  CHECK(tracker.open_runs(0).size() <= 256);
}

TEST_CASE("runs: a row whose marks are known gives what its readings give one by one") {
  std::uint32_t seed = 7;
  const auto random = [&](std::uint32_t n) { return (seed = seed * 1'664'525 + 1'013'904'223) >> 8 & 0xffff ? (seed >> 8) % n : 0; };
  std::vector<Run> singly;
  std::vector<Run> in_rows;
  RunTracker one([&](const Run& run) { singly.push_back(run); });
  RunTracker other([&](const Run& run) { in_rows.push_back(run); });
  RunMarks marks;
  const auto daily_format = static_cast<std::uint8_t>(find_format("daily"));
  std::int64_t ns = 0;
  for (int row = 0; row < 300; ++row) {
    std::vector<BareReading> readings(1 + random(20));
    std::size_t in_runs = 0;
    for (std::size_t i = 0; i < readings.size(); ++i) {
      BareReading& reading = readings[i];
      reading.ns = ns += kNanosPerSecond;
      reading.line = static_cast<std::uint32_t>(i + 1);
      reading.rss = 1000 + random(500);
      reading.task = 20 + random(3);
      reading.kind = random(4) == 0 ? EventKind::task_start : random(4) == 0 ? EventKind::task_end : random(12) == 0 ? EventKind::task_failed : EventKind::sample;
      reading.format = daily_format;
      in_runs += reading.kind != EventKind::sample || !one.open_runs(0).empty() ? 1 : 0;
      one.fold(reading, 100);
    }
    marks.find(BareRow(readings));
    CHECK(other.fold_row(BareRow(readings), marks.marks(), marks.high_behind(), 100) == in_runs);
  }
  one.finish();
  other.finish();
  REQUIRE(singly.size() == in_rows.size());
  CHECK(singly.size() > 100);
  CHECK(std::any_of(singly.begin(), singly.end(), [](const Run& run) { return run.outcome == RunOutcome::failed; }));
  bool same = true;
  for (std::size_t i = 0; i < singly.size(); ++i) {
    const Run& a = singly[i];
    const Run& b = in_rows[i];
    same &= a.task == b.task && a.outcome == b.outcome && a.start == b.start && a.end == b.end && a.start_mb == b.start_mb && a.last_mb == b.last_mb &&
            a.peak_mb == b.peak_mb && (a.delta_mb == b.delta_mb || !is_known(a.delta_mb)) && is_known(a.delta_mb) == is_known(b.delta_mb) && a.line == b.line && a.end_line == b.end_line;
  }
  CHECK(same);
}
