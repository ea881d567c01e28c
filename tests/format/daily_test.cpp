#include <doctest/doctest.h>

#include "support/log_builder.h"

using namespace memlog;
using namespace memlog::test;

TEST_CASE("daily: the three kinds of lines") {
  const Parsing p(
      "2025-11-16 08:30:00 >>> TASK START [Nations Dump Download] | RSS:  245.3 MB | VMS:  512.1 MB | System Available: 1024.5 MB (50.2% free)\n"
      "2025-11-16 08:34:15 --- [Nations Dump Processing] | RSS:  598.4 MB | VMS:  812.7 MB | System Available:  725.3 MB (35.6% free)\n"
      "2025-11-16 08:36:45 <<< TASK END [Nations Dump Complete] | RSS:  289.1 MB | VMS:  545.8 MB | System Available:  989.7 MB (48.6% free)\n");
  REQUIRE(p.size() == 3);
  CHECK(p[0].kind == EventKind::task_start);
  CHECK(p.task(0) == "Nations Dump Download");
  CHECK(p[0].rss_mb == 245.3);
  CHECK(p[0].vms_mb == 512.1);
  CHECK(p[0].available_mb == 1024.5);
  CHECK(p[0].free_percent == 50.2);
  CHECK(format_time(p[0].time) == "2025-11-16T08:30:00");
  CHECK(p[1].kind == EventKind::sample);
  CHECK(p[1].line == 2);
  CHECK(p[2].kind == EventKind::task_end);
  CHECK(p.task(2) == "Nations Dump Complete");
  for (std::size_t i = 0; i < 3; ++i) {
    CHECK(p.format(i) == "daily");
    CHECK(p[i].is(flag::kRecord | flag::kSample));
  }
  CHECK(p.batch.counts.records == 3);
}

TEST_CASE("daily: the end's label names the outcome") {
  for (const std::string_view label : {"Nations Dump Error", "Import failed", "Import Failed", "Import Timeout"}) {
    CAPTURE(label);
    const Parsing p("2025-11-16 08:36:45 <<< TASK END [" + std::string(label) + "] | RSS: 1.0 MB\n");
    REQUIRE(p.size() == 1);
    CHECK(p[0].kind == EventKind::task_failed);
  }
  const Parsing p("2025-11-16 08:36:45 <<< TASK END [Error Report Complete] | RSS: 1.0 MB\n");
  CHECK(p[0].kind == EventKind::task_end);
}

TEST_CASE("daily: a label may hold brackets, bars and even a reading") {
  for (const std::string_view label : {"a ] b", "a | b", "Import | RSS: 12.0 MB", "x] | RSS: 12.0 MB | y", "[nested]", "Żółw: 3", "🔧 fix"}) {
    CAPTURE(label);
    const Parsing p("2025-11-16 08:34:15 --- [" + std::string(label) + "] | RSS:  598.4 MB | VMS:  812.7 MB\n");
    REQUIRE(p.size() == 1);
    CHECK(p.task(0) == label);
    CHECK(p[0].rss_mb == 598.4);
    CHECK(p[0].vms_mb == 812.7);
  }
}

TEST_CASE("daily: numbers grow past their padding") {
  const Parsing p("2025-11-16 08:34:15 --- [Idle] | RSS: 12345.6 MB | VMS: 112345.6 MB | System Available: 1030725.3 MB (35.6% free)\n");
  REQUIRE(p.size() == 1);
  CHECK(p[0].rss_mb == 12345.6);
  CHECK(p[0].vms_mb == 112345.6);
  CHECK(p[0].available_mb == 1030725.3);
}

TEST_CASE("daily: abridged lines are read as far as they go") {
  const Parsing p(
      "08:32:00 --- [Idle] | RSS:  234.2 MB\n"
      "08:34:00 --- [Nations Dump Processing] | RSS:  598.4 MB  <- Spike of 364 MB!\n"
      "Day 1 - 08:00 [Idle] | RSS:  234 MB\n"
      "2025-11-16 08:34:15 --- [Idle] | RSS:  598.4 MB | VMS:  81\n"
      "2025-11-16 08:34:15 --- [Idle] | RSS:  598.4 MB | VMS:  812.7 MB | System Avai\n");
  REQUIRE(p.size() == 5);
  CHECK(p[0].rss_mb == 234.2);
  CHECK_FALSE(p[0].time.dated);
  CHECK(format_time(p[0].time) == "08:32:00");
  CHECK(p[1].rss_mb == 598.4);
  CHECK(p[2].rss_mb == 234.0);
  CHECK(p.task(2) == "Idle");
  CHECK_FALSE(is_known(p[3].vms_mb));
  CHECK(p[4].vms_mb == 812.7);
  CHECK_FALSE(is_known(p[4].available_mb));
  CHECK(p.batch.counts.records == 5);
}

TEST_CASE("daily: a date or a time that there is not is malformed") {
  for (const char* time : {"2025-13-07 08:34:15", "2025-02-30 08:34:15", "2025-12-07 24:61:50"}) {
    CAPTURE(time);
    const Parsing p(std::string(time) + " --- [Nations] | RSS:  598.4 MB | VMS:  812.7 MB\n");
    CHECK(p.size() == 0);
    CHECK(p.batch.counts.malformed == 1);
    REQUIRE(p.batch.problems.size() == 1);
    CHECK(p.batch.problems[0].expected == "a date and time that exist");
  }
  // Somebody else's lines.
  CHECK(Parsing("2025-13-07 08:34:15 --- [Nations] starts\n").batch.counts.ignored == 1);
  CHECK(Parsing("2025-13-07 08:34:15 INFO [Nations] | RSS:  598.4 MB\n").batch.counts.ignored == 1);
}

TEST_CASE("daily: numbers it cannot read are malformed, not ignored") {
  for (const std::string_view rest : {"[Idle] | RSS:  5I2.0 MB | VMS:  812.7 MB", "[Idle] | RSS:  nan MB", "[Idle] | RSS: -5.0 MB", "[Idle] | RSS:  234.2 GB", "[Idle] | RSS:",
                                      "[Idle] | RSS"}) {
    CAPTURE(rest);
    const Parsing p("2025-11-16 08:34:15 --- " + std::string(rest) + "\n");
    CHECK(p.size() == 0);
    CHECK(p.batch.counts.malformed == 1);
    CHECK(p.batch.problems.size() == 1);
  }
  const Parsing caret("2025-11-16 08:34:15 --- [Idle] | RSS:  5I2.0 MB | VMS:  812.7 MB\n");
  REQUIRE(caret.batch.problems.size() == 1);
  const Problem& problem = caret.batch.problems.front();
  CHECK(problem.text.substr(problem.column).starts_with("5I2.0"));
}

TEST_CASE("daily: other lines with brackets are not its own") {
  const Parsing p(
      "2025-11-16 08:34:15 --- nothing in brackets\n"
      "2025-11-16 08:34:15 - INFO - [Idle] went to sleep\n"
      "Connected to gateway [shard 0] | RSS feeds: 3\n"
      "[Idle] | RSS: 12.0 MB\n");
  CHECK(p.size() == 0);
  CHECK(p.batch.counts.malformed == 0);
  CHECK(p.batch.counts.ignored == 4);
}

TEST_CASE("daily: starting and stopping of the bot are marked") {
  const Parsing p(
      "2025-11-16 08:00:00 --- [Bot Started] | RSS:  234.2 MB\n"
      "2025-11-16 09:00:00 --- [Bot Shutting Down] | RSS:  234.2 MB\n");
  REQUIRE(p.size() == 2);
  CHECK(p[0].is(flag::kBoot));
  CHECK(p[1].is(flag::kShutdown));
}

TEST_CASE("daily: lines with only a time get the date of the file's name, and the next day past midnight") {
  const Log log("23:58:00 --- [Idle] | RSS:  234.2 MB\n00:00:00 --- [Idle] | RSS:  235.2 MB\n", {.file_name = "memory_20251116.log"});
  REQUIRE(log.records.size() == 2);
  CHECK(log.records[0].at() == "2025-11-16 23:58:00");
  CHECK(log.records[1].at() == "2025-11-17 00:00:00");
  const Log undated("08:32:00 --- [Idle] | RSS:  234.2 MB\n");
  CHECK(undated.records[0].at() == "08:32:00");
}

TEST_CASE("daily: a clock that jumps back leaves the lines in their order") {
  const Log log(
      "2025-10-26 02:58:00 --- [Idle] | RSS:  1.0 MB\n"
      "2025-10-26 02:00:00 --- [Idle] | RSS:  2.0 MB\n"
      "2025-10-26 02:02:00 --- [Idle] | RSS:  3.0 MB\n");
  REQUIRE(log.records.size() == 3);
  CHECK(log.records[1].rss_mb == 2.0);
  CHECK(log.records[1].at() == "2025-10-26 02:00:00");
}
