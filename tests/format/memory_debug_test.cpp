#include <doctest/doctest.h>

#include "support/log_builder.h"

using namespace memlog;
using namespace memlog::test;

namespace {

const std::string kRule(80, '-');
const std::string kDouble(80, '=');

std::string at(std::string_view time, std::string_view message) { return "[2025-10-27 " + std::string(time) + "] " + std::string(message) + "\n"; }

}  // namespace

TEST_CASE("memory_debug: the header tells the start and the plan's limit, and is no restart") {
  const Log log(kDouble + "\nMEMORY DEBUG LOG - Telegram Bot on Render 512MB Plan\nStarted: 2025-10-27 14:30:15\n" + kDouble + "\n" + at("14:35:22", "📊 Periodic Snapshot: 145.3 MB"));
  REQUIRE(log.records.size() == 1);
  CHECK(log.records[0].limit_mb == 512);
  REQUIRE(log.events.size() == 2);
  CHECK(log.events[0].kind == EventKind::restart);
  CHECK(log.events[0].is(flag::kBoot));
  CHECK(log.events[0].at() == "2025-10-27 14:30:15");
}

TEST_CASE("memory_debug: a periodic snapshot is two lines") {
  for (const std::string_view mark : {"📊 ", "? ", "ðŸ“Š ", ""}) {
    CAPTURE(mark);
    const Log log(at("14:35:22", std::string(mark) + "Periodic Snapshot: 145.3 MB") + at("14:35:22", "   Sessions: 1 | Queue: 0 | Active DLs: 0 | Cache: 5"));
    REQUIRE(log.records.size() == 1);
    CHECK(log.records[0].kind == EventKind::snapshot);
    CHECK(log.records[0].task_name == "Periodic Check");
    CHECK(log.records[0].rss_mb == 145.3);
    CHECK(log.records[0].number("cache") == 5);
    CHECK(log.lines.records == 2);
  }
}

TEST_CASE("memory_debug: with a container the figure of a periodic snapshot is the container's") {
  const Log log(at("14:35:22", "📊 Periodic Snapshot (High Memory): 470.2 MB (Container: 470.2 MB)"));
  REQUIRE(log.records.size() == 1);
  CHECK(log.records[0].container_mb == 470.2);
  CHECK_FALSE(is_known(log.records[0].rss_mb));
  CHECK_FALSE(log.records[0].is(flag::kSample));
  const Log both(at("14:35:22", "📊 Periodic Snapshot (High Memory): 405.1 MB (Container: 470.2 MB)"));
  REQUIRE(both.records.size() == 1);
  CHECK(both.records[0].container_mb == 470.2);
  CHECK(both.records[0].rss_mb != 470.2);
}

TEST_CASE("memory_debug: a spike with its cause, tree, list and rule is one sample") {
  const Log log(at("14:42:10", "⚠️ MEMORY SPIKE: +87.5 MB") + at("14:42:10", "Memory spike caused by: Session Created - User 12345") +
                at("14:42:10", "📊 MEMORY SNAPSHOT | Operation: Session Created") +
                "├─ RAM Usage: 265.7 MB (Virtual: 1024.3 MB)\n├─ System: 56.2% used (223.8 MB available)\n├─ Sessions: 2 | Queue: 0 | Active DLs: 1\n"
                "├─ Cache: 12 items | Threads: 8 | Open files: 15\n└─ Context: User 12345\n" +
                at("14:42:10", "Recent operations:") + at("14:42:10", "  1. [14:35:22] Periodic Check - 145.3 MB - Auto-check every 300s") +
                at("14:42:10", "  2. [14:42:10] Session Created - 265.7 MB - User 12345") + at("14:42:10", kRule) + "\n");
  CHECK(log.samples().size() == 1);
  const auto snapshots = log.of(EventKind::snapshot);
  REQUIRE(snapshots.size() == 1);
  CHECK(snapshots[0].rss_mb == 265.7);
  CHECK(snapshots[0].delta_mb == 87.5);
  CHECK(snapshots[0].is(flag::kSpike));
  // The first entry is new to this log; the second is the reading itself.
  const auto operations = log.of(EventKind::operation);
  REQUIRE(operations.size() == 1);
  CHECK(operations[0].at() == "2025-10-27 14:35:22");
  CHECK(log.lines.records == 12);
  CHECK(log.lines.ignored == 1);
}

TEST_CASE("memory_debug: high memory, with and without a container") {
  const Log plain(at("14:45:18", "⚠️ HIGH MEMORY: 412.3 MB / 512 MB"));
  REQUIRE(plain.records.size() == 1);
  CHECK(plain.records[0].rss_mb == 412.3);
  CHECK(plain.records[0].limit_mb == 512);
  CHECK(plain.records[0].alert == Alert::high);
  const Log container(at("14:45:18", "⚠️ HIGH MEMORY: 470.2 MB / 512 MB (Container: 470.2 MB)"));
  REQUIRE(container.records.size() == 1);
  CHECK(container.records[0].container_mb == 470.2);
  CHECK_FALSE(is_known(container.records[0].rss_mb));
  const Log cause(at("14:45:18", "⚠️ HIGH MEMORY: 470.2 MB / 512 MB (Container: 470.2 MB)") + at("14:45:18", "High memory caused by: Download Started - User 5 - again"));
  REQUIRE(cause.records.size() == 1);
  CHECK(cause.records[0].task_name == "Download Started");
  CHECK(cause.records[0].context_text == "User 5 - again");
}

TEST_CASE("memory_debug: an automatic collection and its result, which may be missing") {
  const Log log(at("14:46:05", "🗑️ Auto GC triggered at 432.1 MB") + at("14:46:05", "   Collected 145 objects, freed 15.3 MB → now 416.8 MB") + at("14:46:05", kRule) +
                at("14:47:05", "🗑️ Auto GC triggered at 450.0 MB") + at("14:48:05", "🗑️ Auto GC triggered at 451.0 MB") +
                at("14:48:05", "   Collected 3 objects, freed -1.4 MB ? now 452.4 MB"));
  const auto gc = log.of(EventKind::gc);
  REQUIRE(gc.size() == 3);
  CHECK(gc[0].number("gc_before_mb") == 432.1);
  CHECK(gc[0].number("gc_collected") == 145);
  CHECK(gc[0].number("gc_freed_mb") == 15.3);
  CHECK(gc[0].number("gc_after_mb") == 416.8);
  CHECK_FALSE(is_known(gc[1].number("gc_after_mb")));
  CHECK(gc[2].number("gc_freed_mb") == -1.4);
  CHECK(log.samples().empty());
}

TEST_CASE("memory_debug: a critical block between two rows of sirens is one sample") {
  const std::string sirens = "🚨🚨🚨🚨🚨🚨🚨🚨🚨🚨🚨🚨🚨🚨🚨🚨🚨🚨🚨🚨";
  const std::string list = at("14:47:33", "  1. [14:45:18] Download Started - 412.3 MB - User 99999 | Active: 2") +
                           at("14:47:33", "  2. [14:47:33] Download Started - 498.7 MB - User 7 | Active: 3");
  const Log log(at("14:47:33", sirens) + at("14:47:33", "🚨 CRITICAL MEMORY - CRASH IMMINENT: 498.7 MB / 512 MB") + at("14:47:33", "🚨 CRITICAL: CRASH IMMINENT! 498.7 MB / 512 MB") +
                "Sessions: 4 | Queue: 3 | Active DLs: 3 | Cache: 22\nLast 5 operations before crash:\n" + list + at("14:47:33", sirens));
  const auto snapshots = log.of(EventKind::snapshot);
  REQUIRE(snapshots.size() == 1);
  const Record& r = snapshots[0];
  CHECK(r.rss_mb == 498.7);
  CHECK(r.limit_mb == 512);
  CHECK(r.alert == Alert::critical);
  CHECK(r.number("sessions") == 4);
  CHECK(r.number("queue") == 3);
  CHECK(r.number("active_dls") == 3);
  CHECK(r.number("cache") == 22);
  CHECK(r.task_name == "Download Started");
  CHECK(r.context_text == "User 7 | Active: 3");
  CHECK(log.of(EventKind::operation).size() == 1);
  CHECK(log.lines.records == 8);
}

TEST_CASE("memory_debug: newer critical blocks name container, operation and context; only the first line has the RSS") {
  const Log log(at("14:47:33", "🚨 CRITICAL MEMORY - CRASH IMMINENT: 410.0 MB / 512 MB") + at("14:47:33", "🚨 CRITICAL: CRASH IMMINENT! 498.7 MB / 512 MB") +
                "Container: 498.7 MB (RSS: 410.0 MB + Cache: 88.7 MB) | Sessions: 4 | Queue: 3 | Active DLs: 3 | Cache: 22 | Ad Sessions: 0\n"
                "Current Operation: Download Started\nContext: User 7\nLast 5 operations before crash:\n");
  REQUIRE(log.records.size() == 1);
  CHECK(log.records[0].rss_mb == 410.0);
  CHECK(log.records[0].container_mb == 498.7);
  CHECK(log.records[0].task_name == "Download Started");
  CHECK(log.records[0].context_text == "User 7");
}

TEST_CASE("memory_debug: the banner of a restart") {
  for (const std::string_view mark : {"🔄 ", "? ", ""}) {
    CAPTURE(mark);
    const Log log(kDouble + "\n" + std::string(mark) + "BOT RESTARTED at 2025-10-27 14:50:12\nPrevious session may have crashed - check logs above\n" + kDouble + "\n");
    REQUIRE(log.records.size() == 1);
    CHECK(log.records[0].kind == EventKind::restart);
    CHECK(log.records[0].at() == "2025-10-27 14:50:12");
    CHECK(log.lines.records == 2);
  }
  const Log bad("🔄 BOT RESTARTED at half past two\n");
  CHECK(bad.lines.malformed == 1);
}

TEST_CASE("memory_debug: a look at /memory-debug ends with its status") {
  const Log log(at("15:02:00", "📊 /memory-debug accessed") +
                "├─ RAM Usage: 430.1 MB (Virtual: 939.7 MB)\n├─ System: 31.3% used (44153.2 MB available)\n├─ Sessions: 1 | Queue: 0 | Active DLs: 0\n"
                "├─ Cache: 4 items | Ad Sessions: 4\n├─ Threads: 11 | Open files: 2\n└─ Status: ⚠️ HIGH - Needs Attention\n" +
                at("15:02:00", kRule));
  REQUIRE(log.records.size() == 1);
  CHECK(log.records[0].task_name == "/memory-debug");
  CHECK(log.records[0].rss_mb == 430.1);
  CHECK(log.records[0].context_text == "HIGH - Needs Attention");
  CHECK(log.lines.records == 8);
}

TEST_CASE("memory_debug: the compact writer, in whole MB") {
  const Log log(at("14:47:33", "🚨 CRITICAL: 494MB - Sessions:7 DLs:1 - Session Created") + at("14:48:33", "⚠️ Memory spike: +51MB - Download Started") +
                at("14:49:33", "⚠️ High memory: 443MB - Download Started") + at("14:50:33", "📊 Periodic: 448MB - auto GC") + at("14:51:33", "📊 /memory-debug: 200MB"));
  REQUIRE(log.records.size() == 5);
  CHECK(log.records[0].rss_mb == 494);
  CHECK(log.records[0].alert == Alert::critical);
  CHECK(log.records[0].task_name == "Session Created");
  CHECK(log.records[0].number("sessions") == 7);
  CHECK(log.records[0].number("active_dls") == 1);
  CHECK(log.records[1].delta_mb == 51);
  CHECK(log.records[1].alert == Alert::spike);
  CHECK_FALSE(is_known(log.records[1].rss_mb));
  CHECK_FALSE(log.records[1].is(flag::kSample));
  CHECK(log.records[2].rss_mb == 443);
  CHECK(log.records[2].task_name == "Download Started");
  CHECK(log.records[2].alert == Alert::high);
  CHECK(log.records[3].rss_mb == 448);
  CHECK(log.records[3].task_name == "Periodic Check");
  CHECK(log.records[4].rss_mb == 200);
  CHECK(log.records[4].task_name == "/memory-debug");
}

TEST_CASE("memory_debug: blocks with the time on their first line only, as the guide shows them") {
  const Log log(at("14:42:10", "⚠️ MEMORY SPIKE: +87.5 MB") + "📊 MEMORY SNAPSHOT | Operation: Session Created\n├─ RAM Usage: 265.7 MB (Virtual: 1024.3 MB)\n└─ Context: User 12345\nRecent operations:\n" +
                "  1. [14:35:22] Periodic Check - 145.3 MB - Auto-check every 300s\n  2. [14:42:10] Session Created - 265.7 MB - User 12345\n" + kRule + "\n");
  const auto snapshots = log.of(EventKind::snapshot);
  REQUIRE(snapshots.size() == 1);
  CHECK(snapshots[0].at() == "2025-10-27 14:42:10");
  CHECK(snapshots[0].rss_mb == 265.7);
  CHECK(snapshots[0].delta_mb == 87.5);
  const auto operations = log.of(EventKind::operation);
  REQUIRE(operations.size() == 1);
  CHECK(operations[0].at() == "2025-10-27 14:35:22");
}

TEST_CASE("memory_debug: the file may end anywhere") {
  const std::string whole = at("14:47:33", "🚨 CRITICAL MEMORY - CRASH IMMINENT: 498.7 MB / 512 MB") + at("14:47:33", "🚨 CRITICAL: CRASH IMMINENT! 498.7 MB / 512 MB") +
                            "Sessions: 4 | Queue: 3 | Active DLs: 3 | Cache: 22\nLast 5 operations before crash:\n" +
                            at("14:47:33", "  1. [14:45:18] Download Started - 412.3 MB - User 99999 | Active: 2") +
                            at("14:47:33", "  2. [14:47:33] Download Started - 498.7 MB - User 7 | Active: 3") + at("14:48:00", "🗑️ Auto GC triggered at 432.1 MB") +
                            at("14:48:00", "   Collected 145 objects, freed 15.3 MB → now 416.8 MB");
  for (std::size_t n = 0; n <= whole.size(); ++n) {
    CAPTURE(n);
    const Log log(std::string_view(whole).substr(0, n));
    CHECK(log.accounted());
    CHECK(log.samples().size() <= 1);
  }
}
