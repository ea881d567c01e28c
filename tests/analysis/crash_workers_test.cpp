#include "memlog/analysis/crash_workers.h"

#include <doctest/doctest.h>

#include "support/crash_logs.h"

using namespace memlog;
using namespace memlog::test;

namespace {

std::string line(const std::string& time, const std::string& process, const std::string& message) { return "[2025-11-16 " + time + ": INFO/" + process + "] " + message + "\n"; }

std::string starts(const std::string& time, int n) { return line(time, "ForkPoolWorker-" + std::to_string(n), "Worker process initializing (PID: " + std::to_string(100 + n) + ")"); }

std::string memory(const std::string& time, int n, const std::string& task, const std::string& what, double rss_mb) {
  char text[200];
  std::snprintf(text, sizeof text, "Memory [%s] %s: RSS=%.1fMB (peak=%.1fMB), Process%%=2.1%%, System=41.3%%, GC objects=1", task.c_str(), what.c_str(), rss_mb, rss_mb);
  return line(time, "ForkPoolWorker-" + std::to_string(n), text);
}

std::string pool() { return starts("10:00:00,100", 1) + starts("10:00:00,200", 2) + line("10:00:01,000", "MainProcess", "celery@host ready."); }

std::string told(const std::string& log, double limit_mb = kMissing) {
  Crash::Options options;
  options.limit_mb = limit_mb;
  return Crashes(log, options).told();
}

const std::string kMeanwhile = memory("10:01:30,000", 2, "app.mail", "START", 80) + memory("10:01:31,000", 2, "app.mail", "FINISH (delta=+0.0MB, peak=80.0MB)", 80);

}  // namespace

TEST_CASE("workers: a new number after a worker that never finished its task is that worker's death") {
  const std::string log = pool() + memory("10:01:00,000", 1, "app.parse", "START", 100) + kMeanwhile + starts("10:02:00,000", 3) + memory("10:02:10,000", 3, "app.mail", "START", 80) +
                          memory("10:02:11,000", 3, "app.mail", "FINISH (delta=+0.0MB, peak=80.0MB)", 80);
  const Crashes crashes(log);
  CHECK(crashes.told() == "10:01:00 killed [restart]\n");
  CHECK(crashes.word(0, "process") == "ForkPoolWorker-1");
  CHECK(crashes.word(0, "confidence") == "low");
  CHECK(words(as_list(crashes.list[0]["tasks_in_flight"])[0]["task"]) == "app.parse");
  CHECK(words(as_list(crashes.list[0]["evidence"])[0]["text"]) ==
        "ForkPoolWorker-3 came while ForkPoolWorker-1 had been running 'app.parse' since 2025-11-16 10:01:00.000, which never ended");
}

TEST_CASE("workers: near a stated limit that death is for memory") {
  const std::string log = pool() + memory("10:01:00,000", 1, "app.parse", "START", 100) + memory("10:01:05,000", 1, "app.parse", "checkpoint:mid", 495) + kMeanwhile + starts("10:02:00,000", 3);
  CHECK(told(log, 512) == "10:01:05 oom [high_memory restart]\n");
}

TEST_CASE("workers: one that goes on with its task has made room for nobody") {
  const std::string open = pool() + memory("10:01:00,000", 1, "app.parse", "START", 100) + kMeanwhile + starts("10:02:00,000", 3);
  CHECK(told(open + memory("10:05:00,000", 1, "app.parse", "checkpoint:mid", 120)) == "");
  CHECK(told(open + memory("10:05:00,000", 1, "app.parse", "FINISH (delta=+0.0MB, peak=100.0MB)", 100)) == "");
}

TEST_CASE("workers: a planned recycle explains the new number, once") {
  const std::string recycled = pool() + memory("10:01:00,000", 1, "app.parse", "START", 100) + kMeanwhile +
                               line("10:01:50,000", "MainProcess", "Process 'ForkPoolWorker-2' pid:102 exited with 'exitcode 155'") + starts("10:02:00,000", 3);
  CHECK(told(recycled) == "");
  CHECK(told(recycled + starts("10:03:00,000", 4)) == "10:01:00 killed [restart]\n");
}

TEST_CASE("workers: a kill that is told explains the new number") {
  const std::string log = pool() + memory("10:01:00,000", 1, "app.parse", "START", 100) + memory("10:01:01,000", 2, "app.mail", "START", 80) +
                          line("10:01:50,000", "MainProcess", "Process 'ForkPoolWorker-2' pid:102 exited with 'signal 9 (SIGKILL)'") + starts("10:01:50,100", 3);
  CHECK(told(log) == "10:01:50 killed [sigkill]\n");
}

TEST_CASE("workers: where two may have made room none is named") {
  const std::string log = pool() + memory("10:01:00,000", 1, "app.parse", "START", 100) + memory("10:01:01,000", 2, "app.mail", "START", 80) + starts("10:02:00,000", 3);
  CHECK(told(log) == "");
}

TEST_CASE("workers: the workers with which a pool starts replace nobody") {
  CHECK(told(pool() + memory("10:00:05,000", 1, "app.parse", "START", 100) + starts("10:00:05,200", 3)) == "");
}

TEST_CASE("crash: a worker's summary is a sample and no operation") {
  const std::string log = pool() + memory("10:01:00,000", 1, "app.parse", "START", 100) +
                          line("10:01:01,000", "ForkPoolWorker-1", "Worker memory summary: PID=101, RSS=101.0MB, Process%=2.1%, System=41.3% (available=2000.0MB)") +
                          line("10:01:50,000", "MainProcess", "Process 'ForkPoolWorker-1' pid:101 exited with 'signal 9 (SIGKILL)'");
  const Crashes crashes(log);
  REQUIRE(crashes.size() == 1);
  CHECK(as_number(crashes.list[0]["rss_mb"]) == 101);
  REQUIRE(as_list(crashes.list[0]["operations"]).size() == 1);
  CHECK(words(as_list(crashes.list[0]["operations"])[0]["operation"]) == "app.parse");
}

TEST_CASE("workers: an end that MainProcess states is no death for memory") {
  const auto line = [](const std::string& clock, const std::string& who, const std::string& words) { return "[2025-10-27 10:00:" + clock + ",123: INFO/" + who + "] " + words + "\n"; };
  const auto memory = [&](const std::string& clock, const std::string& worker, const std::string& what, const std::string& mb) {
    return line(clock, "ForkPoolWorker-" + worker, "Memory [app.tasks.big] " + what + ": RSS=" + mb + "MB (peak=" + mb + "MB), Process%=6.1%, System=45.2%, GC objects=1");
  };
  const std::string full = memory("00", "2", "START", "200") + memory("10", "2", "checkpoint:a", "960");
  const std::string next = memory("20", "5", "START", "100");
  const auto ended = [&](const std::string& how) { return line("15", "MainProcess", "Process 'ForkPoolWorker-2' pid:26 exited with '" + how + "'"); };
  Crash::Options options;
  options.limit_mb = 1000;
  const auto told = [&](const std::string& log) { return Crashes(log, options).told(); };
  CHECK(told(full + ended("signal 9 (SIGKILL)") + next) == "10:00:15 oom [high_memory sigkill]\n");
  for (const char* how : {"signal 15 (SIGTERM)", "exitcode 155"}) {
    CAPTURE(how);
    CHECK(told(full + ended(how) + next) == "");
  }
  for (const char* how : {"signal 11 (SIGSEGV)", "exitcode 1"}) {
    CAPTURE(how);
    CHECK(told(full + ended(how) + next) == "10:00:15 not_oom [stated_end]\n");
  }
  // Somebody revoked the task, or stopped the pool.
  for (const char* why : {"Terminating 0f7c (Signals.SIGKILL)", "worker: Cold shutdown (MainProcess)"}) {
    CAPTURE(why);
    CHECK(told(full + line("14", "MainProcess", why) + ended("signal 9 (SIGKILL)") + next) == "10:00:15 killed [goodbye sigkill]\n");
  }
  // One task of two: the other's worker was killed for its memory.
  const std::string both = told(full + memory("11", "3", "START", "970") + line("14", "MainProcess", "Terminating 0f7c (Signals.SIGKILL)") + ended("signal 9 (SIGKILL)") +
                                line("16", "MainProcess", "Process 'ForkPoolWorker-3' pid:27 exited with 'signal 9 (SIGKILL)'"));
  CHECK(both.find("10:00:16 oom") != std::string::npos);
  CHECK(told(full + line("14", "MainProcess", "worker: Warm shutdown (MainProcess)")) == "");
  // The same words of a worker are its own.
  CHECK(told(full + line("14", "ForkPoolWorker-2", "worker: Warm shutdown (MainProcess)")) != "");
  // Its task is done, and a fresh worker comes.
  CHECK(told(full + memory("14", "2", "FINISH (delta=+1.0MB, peak=960.0MB)", "960") + next) == "");
}

TEST_CASE("workers: docker compose's word that a container was killed is about its worker in the middle of a task") {
  const auto compose = [](const std::string& log) {
    std::string out;
    for (std::string_view rest = log; !rest.empty();) out += "celery-worker-1  | " + std::string(take_until(rest, "\n")) + "\n";
    return out;
  };
  const std::string exited = "celery-worker-1 exited with code 137\n";
  const std::string busy = pool() + memory("10:01:00,000", 1, "app.ocr", "START", 100) + memory("10:02:00,000", 1, "app.ocr", "checkpoint:x", 490);
  // At the limit, and far from it.
  CHECK(told(compose(busy + kMeanwhile) + exited, 512) == "10:02:00 oom [high_memory sigkill]\n");
  CHECK(told(compose(busy + kMeanwhile) + exited, 4096) == "10:02:00 killed [sigkill]\n");
  // Two are busy: one death, of the larger one.
  const std::string both = busy + memory("10:02:01,000", 2, "app.mail", "START", 80);
  CHECK(told(compose(both) + exited, 512) == "10:02:00 oom [high_memory sigkill]\n");
  // Another container's kill is a death of its own.
  CHECK(told(compose(pool() + kMeanwhile) + "web-1 exited with code 137\n", 4096).find("killed [sigkill]") != std::string::npos);
}

TEST_CASE("workers: Celery prints past its logger that it shuts down: a task that ran then is no death") {
  const std::string busy = pool() + memory("10:01:00,000", 1, "app.ocr", "START", 100) + memory("10:02:00,000", 1, "app.ocr", "checkpoint:x", 480);
  const std::string again = line("10:03:00,000", "MainProcess", "celery@host ready.") + memory("10:04:00,000", 1, "app.ocr", "START", 80);
  for (const char* how : {"Warm", "Cold"}) {
    CAPTURE(how);
    CHECK(told(busy + "\nworker: " + how + " shutdown (MainProcess)\n" + again, 512).empty());
  }
  CHECK(told(busy + again, 512).find("oom") != std::string::npos);
  // Its task may take long to end.
  const std::string late = memory("10:22:50,000", 1, "app.ocr", "checkpoint:y", 490) + line("10:23:00,000", "MainProcess", "celery@host ready.");
  CHECK(told(busy + "\nworker: Warm shutdown (MainProcess)\n" + late, 512).empty());
  CHECK(told(busy + late, 512).find("oom") != std::string::npos);
  CHECK(told(busy + "\nworker: Warm shutdown of the pump\n" + again, 512).find("oom") != std::string::npos);
}
