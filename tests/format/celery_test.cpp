#include <doctest/doctest.h>

#include "support/log_builder.h"

using namespace memlog;
using namespace memlog::test;

namespace {

constexpr std::string_view kPrefix = "[2025-11-16 08:30:00,123: INFO/ForkPoolWorker-2] ";
std::string line(std::string_view message) { return std::string(kPrefix) + std::string(message) + "\n"; }

}  // namespace

TEST_CASE("celery: start, checkpoint, finish and failure of a task") {
  const Parsing p(
      line("Memory [fileintel.tasks.document_tasks.process_document] START: RSS=245.3MB (peak=245.3MB), Process%=6.1%, System=45.2%, GC objects=127,453") +
      line("Memory [T] checkpoint:after_chunking: RSS=512.7MB (peak=512.7MB), Process%=12.8%, System=47.1%, GC objects=234,567") +
      line("Memory [T] FINISH (delta=+125.4MB, peak=512.7MB): RSS=370.7MB (peak=512.7MB), Process%=9.3%, System=46.8%, GC objects=145,234") +
      line("Memory [T] FAILURE (ValueError): RSS=371.0MB (peak=512.7MB), Process%=9.3%, System=46.8%, GC objects=1"));
  REQUIRE(p.size() == 4);
  CHECK(p[0].kind == EventKind::task_start);
  CHECK(p.task(0) == "fileintel.tasks.document_tasks.process_document");
  CHECK(p.process(0) == "ForkPoolWorker-2");
  CHECK(p[0].rss_mb == 245.3);
  CHECK(p[0].peak_mb == 245.3);
  CHECK(p[0].process_percent == 6.1);
  CHECK(p[0].free_percent == doctest::Approx(54.8));
  CHECK(p.metric(0, "gc_objects") == 127453);
  CHECK(p.context(0) == "START");
  CHECK(p[1].kind == EventKind::checkpoint);
  CHECK(p.context(1) == "checkpoint:after_chunking");
  CHECK(p[2].kind == EventKind::task_end);
  CHECK(p[2].delta_mb == 125.4);
  CHECK(p[2].rss_mb == 370.7);
  CHECK(p[2].peak_mb == 512.7);
  CHECK(p[3].kind == EventKind::task_failed);
  CHECK(p[3].rss_mb == 371.0);
  for (std::size_t i = 0; i < p.size(); ++i) CHECK(p.format(i) == "celery");
}

TEST_CASE("celery: the older writer had no comma behind RSS") {
  const Parsing p(line("Memory [T] START: RSS=245.3MB Process%=6.1%, System=45.2%, GC objects=127,453"));
  REQUIRE(p.size() == 1);
  CHECK(p[0].rss_mb == 245.3);
  CHECK(p[0].process_percent == 6.1);
  CHECK(p.metric(0, "gc_objects") == 127453);
}

TEST_CASE("celery: a checkpoint's label is free text, the last ': RSS=' counts") {
  const Parsing p(
      line("Memory [T] checkpoint:batch 51234: 100%: RSS=512.7MB (peak=600.0MB), Process%=12.8%, System=47.1%, GC objects=1") +
      line("Memory [T] checkpoint:said : RSS=1.0MB then: RSS=512.7MB (peak=600.0MB)") +
      line("Memory [T] checkpoint:odd ] START: RSS=512.7MB (peak=600.0MB)"));
  REQUIRE(p.size() == 3);
  CHECK(p.context(0) == "checkpoint:batch 51234: 100%");
  CHECK(p[1].rss_mb == 512.7);
  CHECK(p[2].kind == EventKind::checkpoint);
  for (std::size_t i = 0; i < 3; ++i) CHECK(p.task(i) == "T");
}

TEST_CASE("celery: 'Memory [' counts only where a message starts") {
  const Parsing p(
      line("Task failed: ValueError('Memory [T] START: RSS=245.3MB (peak=245.3MB)')") + line("   Memory [T] START: RSS=245.3MB (peak=245.3MB)") +
      "ValueError: Memory [T] START: RSS=245.3MB (peak=245.3MB)\n");
  // But for what may end a traceback.
  REQUIRE(p.size() == 1);
  CHECK(p.part(0) == Part::exception);
  CHECK(p.batch.counts.ignored == 3);
}

TEST_CASE("celery: a warning repeats the line, and is the same reading") {
  const Log log(
      line("Memory [T] checkpoint:a: RSS=512.7MB (peak=512.7MB), Process%=82.8%, System=47.1%, GC objects=1") +
      line("HIGH MEMORY USAGE: Memory [T] checkpoint:a: RSS=512.7MB (peak=512.7MB), Process%=82.8%, System=47.1%, GC objects=1"));
  CHECK(log.samples().size() == 1);
  CHECK(log.lines.records == 2);
  const Log alone(line("HIGH MEMORY USAGE: Memory [T] checkpoint:a: RSS=512.7MB (peak=512.7MB), Process%=82.8%, System=47.1%, GC objects=1"));
  REQUIRE(alone.samples().size() == 1);
  CHECK(alone.samples()[0].alert == Alert::high);
}

TEST_CASE("celery: garbage collections, summaries and thresholds") {
  const Parsing p(line("Garbage collection [T]: freed 34.5MB, collected 1234 objects") +
                  line("Worker memory summary: PID=42, RSS=345.6MB, Process%=8.4%, System=61.0% (available=1500.2MB)") +
                  line("Memory threshold exceeded: 3200.5MB > 3000.0MB"));
  REQUIRE(p.size() == 3);
  CHECK(p[0].kind == EventKind::gc);
  CHECK(p.task(0) == "T");
  CHECK(p.metric(0, "gc_freed_mb") == 34.5);
  CHECK(p.metric(0, "gc_collected") == 1234);
  CHECK(p[1].kind == EventKind::sample);
  CHECK(p[1].rss_mb == 345.6);
  CHECK(p[1].available_mb == 1500.2);
  CHECK(p[1].free_percent == doctest::Approx(39.0));
  CHECK(p.metric(1, "pid") == 42);
  CHECK(p[2].alert == Alert::high);
  CHECK(p[2].rss_mb == 3200.5);
}

TEST_CASE("celery: what Celery says about the ends of workers and tasks") {
  const Parsing p(
      "[2025-11-16 08:30:00,123: ERROR/MainProcess] Process 'ForkPoolWorker-3' pid:26 exited with 'signal 9 (SIGKILL)'\n"
      "[2025-11-16 08:30:00,123: ERROR/MainProcess] Task handler raised error: WorkerLostError('Worker exited prematurely: signal 9 (SIGKILL) Job: 7.')\n"
      "[2025-11-16 08:30:00,123: INFO/ForkPoolWorker-2] Task a.b[0f7c1d2e-aaaa-bbbb-cccc-0123456789ab] retry: Retry in 60s\n"
      "[2025-11-16 08:30:00,123: ERROR/ForkPoolWorker-2] Task a.b[0f7c1d2e-aaaa-bbbb-cccc-0123456789ab] raised unexpected: ValueError('x')\n"
      "[2025-11-16 08:30:00,123: ERROR/MainProcess] Hard time limit (4s) exceeded for a.b[0f7c1d2e-aaaa-bbbb-cccc-0123456789ab]\n"
      "[2025-11-16 08:30:00,123: ERROR/MainProcess] Process 'ForkPoolWorker-4' pid:27 exited with 'exitcode 155'\n"
      "[2025-11-16 08:30:00,123: WARNING/ForkPoolWorker-4] child process exiting after exceeding memory limit (272348KiB / 260000KiB)\n"
      "[2025-11-16 08:30:00,123: INFO/ForkPoolWorker-2] Task a.b[0f7c1d2e-aaaa-bbbb-cccc-0123456789ab] succeeded in 12.3s: None\n");
  // The last error is told at the chunk's end, for a traceback in the next.
  REQUIRE(p.size() == 8);
  CHECK(p.part(7) == Part::logged_error);
  CHECK(p[0].kind == EventKind::kill);
  CHECK(p.process(0) == "ForkPoolWorker-3");
  CHECK(p[0].is(flag::kRecord));
  CHECK(p[1].kind == EventKind::worker_lost);
  CHECK_FALSE(p[1].is(flag::kRecord));
  CHECK(p[2].kind == EventKind::task_retried);
  CHECK(p.task(2) == "a.b");
  CHECK(p[3].kind == EventKind::task_failed);
  CHECK_FALSE(p[3].is(flag::kRecord));
  CHECK(p[4].kind == EventKind::time_limit);
  CHECK(p[5].kind == EventKind::worker_exited);
  CHECK(p[5].is(flag::kOrderly));
  CHECK(p[6].is(flag::kOrderly));
  CHECK(p.batch.counts.records == 2);
  CHECK(p.batch.counts.ignored == 6);
}

TEST_CASE("celery: a line that a kill cut is read as far as it goes, or is malformed") {
  const Parsing p(line("Memory [T] START: RSS=245.3MB (peak=24"));
  REQUIRE(p.size() == 1);
  CHECK(p[0].rss_mb == 245.3);
  for (const std::string_view cut : {"Memory [T] START: RSS=24", "Memory [T] START: RS", "Memory [T] START: RSS=x.5MB"}) {
    CAPTURE(cut);
    const Parsing bad(line(cut));
    CHECK(bad.size() == 0);
    CHECK(bad.batch.counts.malformed == 1);
  }
}
