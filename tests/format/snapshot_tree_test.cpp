#include <doctest/doctest.h>

#include "support/log_builder.h"

using namespace memlog;
using namespace memlog::test;

namespace {

const std::string kPrefix = "2025-10-27 14:42:10,123 - memory_monitor - WARNING - ";

struct Decoration {
  std::string_view what, chart, branch, last;
};
// As written, as `?` where a terminal had no such letters, read as Windows-1252, and not at all.
constexpr Decoration kDecorations[] = {{"intact", "📊 ", "├─ ", "└─ "},
                                       {"question marks", "? ", "?? ", "?? "},
                                       {"wrongly decoded", "ðŸ“Š ", "â”œâ”€ ", "â””â”€ "},
                                       {"wrongly decoded twice over", "Ã°Å¸â€œÅ ", "Ã¢â€Å“Ã¢â€â‚¬ ", "Ã¢â€â€Ã¢â€â‚¬ "}};

std::string tree(const Decoration& d, bool container) {
  const std::string branch(d.branch);
  std::string text = kPrefix + std::string(d.chart) + "MEMORY SNAPSHOT | Operation: Download Started\n" + branch + "RAM Usage: 287.5 MB (Virtual: 1024.3 MB)\n";
  if (container) text += branch + "Container Total: 401.2 MB (Process: 287.5 MB + Page Cache: 113.7 MB)\n";
  text += branch + "System: 56.2% used (223.8 MB available)\n" + branch + "Sessions: 2 | Queue: 0 | Active DLs: 1\n";
  if (container) text += branch + "Cache: 12 items | Ad Sessions: 0\n" + branch + "Threads: 8 | Open files: 15\n";
  else text += branch + "Cache: 12 items | Threads: 8 | Open files: 15\n";
  return text + std::string(d.last) + "Context: User 12345 | Active: 1\n";
}

}  // namespace

TEST_CASE("snapshot_tree: a tree is one record, however its decoration arrived") {
  for (const Decoration& decoration : kDecorations) {
    CAPTURE(decoration.what);
    const Log log(tree(decoration, false));
    CHECK(log.lines.records == 6);
    REQUIRE(log.records.size() == 1);
    const Record& r = log.records[0];
    CHECK(r.kind == EventKind::snapshot);
    CHECK(r.is(flag::kSample));
    CHECK(r.task_name == "Download Started");
    CHECK(r.context_text == "User 12345 | Active: 1");
    CHECK(r.rss_mb == 287.5);
    CHECK(r.vms_mb == 1024.3);
    CHECK(r.free_percent == doctest::Approx(43.8));
    CHECK(r.available_mb == 223.8);
    CHECK_FALSE(is_known(r.container_mb));
    CHECK(r.numbers == std::map<std::string, double>{{"sessions", 2}, {"queue", 0}, {"active_dls", 1}, {"cache", 12}, {"threads", 8}, {"open_files", 15}});
    CHECK(r.at() == "2025-10-27 14:42:10.123");
  }
}

TEST_CASE("snapshot_tree: newer versions tell the container, which is never the RSS") {
  for (const Decoration& decoration : kDecorations) {
    CAPTURE(decoration.what);
    const Log log(tree(decoration, true));
    CHECK(log.lines.records == 8);
    REQUIRE(log.records.size() == 1);
    const Record& r = log.records[0];
    CHECK(r.rss_mb == 287.5);
    CHECK(r.container_mb == 401.2);
    CHECK(r.number("page_cache_mb") == 113.7);
    CHECK(r.number("ad_sessions") == 0);
  }
}

TEST_CASE("snapshot_tree: a negative page cache occurs") {
  const Log log(kPrefix + "MEMORY SNAPSHOT | Operation: X\n├─ RAM Usage: 401.2 MB (Virtual: 1.0 MB)\n├─ Container Total: 400.5 MB (Process: 401.2 MB + Page Cache: -0.7 MB)\n");
  REQUIRE(log.records.size() == 1);
  CHECK(log.records[0].number("page_cache_mb") == -0.7);
}

TEST_CASE("snapshot_tree: alerts stand before their tree and are no samples of their own") {
  const std::string snapshot = kPrefix + "📊 MEMORY SNAPSHOT | Operation: Download Started\n├─ RAM Usage: 421.7 MB (Virtual: 1024.3 MB)\n└─ Context: User 1\n";
  const Log spike(kPrefix + "⚠️ MEMORY SPIKE DETECTED: +75.3 MB increase!\n" + snapshot);
  REQUIRE(spike.records.size() == 1);
  CHECK(spike.records[0].is(flag::kSpike));
  CHECK(spike.records[0].delta_mb == 75.3);
  CHECK(spike.records[0].line == 1);
  const Log high(kPrefix + "⚠️ HIGH MEMORY USAGE: 421.7 MB / 512 MB\n" + snapshot);
  REQUIRE(high.records.size() == 1);
  CHECK(high.records[0].is(flag::kHigh));
  CHECK(high.records[0].limit_mb == 512);
  CHECK(high.records[0].alert == Alert::high);
}

TEST_CASE("snapshot_tree: a critical message and the snapshot about the same reading are one sample") {
  const Log log(kPrefix + "🚨 CRITICAL: CRASH IMMINENT! 498.7 MB / 512 MB\nSessions: 4 | Queue: 3 | Active DLs: 3 | Cache: 22\nLast 5 operations before crash:\n" + kPrefix +
                "⚠️ HIGH MEMORY USAGE: 498.7 MB / 512 MB\n" + kPrefix +
                "📊 MEMORY SNAPSHOT | Operation: Download Started\n├─ RAM Usage: 498.7 MB (Virtual: 1024.3 MB)\n└─ Context: User 1\n");
  REQUIRE(log.records.size() == 1);
  CHECK(log.records[0].alert == Alert::critical);
  CHECK(log.records[0].rss_mb == 498.7);
  CHECK(log.records[0].task_name == "Download Started");
  CHECK(log.records[0].number("sessions") == 4);
  CHECK(log.lines.records == 7);
}

TEST_CASE("snapshot_tree: newer critical messages name the operation and the container") {
  const Log log(kPrefix + "🚨 CRITICAL: CRASH IMMINENT! 498.7 MB / 512 MB\nContainer: 498.7 MB (RSS: 410.0 MB + Cache: 88.7 MB) | Sessions: 4 | Queue: 3 | Active DLs: 3 | Cache: 22 | Ad Sessions: 0\n"
                          "Current Operation: Download Started\nContext: User 99999 | Active: 2\nLast 5 operations before crash:\n");
  REQUIRE(log.records.size() == 1);
  const Record& r = log.records[0];
  CHECK(r.task_name == "Download Started");
  CHECK(r.context_text == "User 99999 | Active: 2");
  CHECK(r.rss_mb == 410.0);
  CHECK(r.container_mb == 498.7);
  CHECK(r.number("page_cache_mb") == 88.7);
  CHECK(r.number("sessions") == 4);
}

TEST_CASE("snapshot_tree: entries of a list are operations with their own full time") {
  const Log log(kPrefix + "📜 Recent operations (last 20):\n" + kPrefix + "  1. [10:15:23] Session Created - 150.2 MB - User 123\n" + kPrefix +
                "  2. [10:16:00] Upload - part 2 - 151.0 MB - file - 700.0 MB - final.mkv\n" + kPrefix + "  3. [10:17:00]  - 152.0 MB - \n");
  REQUIRE(log.records.size() == 3);
  CHECK(log.records[0].kind == EventKind::operation);
  CHECK_FALSE(log.records[0].is(flag::kSample));
  CHECK(log.records[0].task_name == "Session Created");
  CHECK(log.records[0].rss_mb == 150.2);
  CHECK(log.records[0].context_text == "User 123");
  CHECK(log.records[0].at() == "2025-10-27 10:15:23");
  CHECK(log.records[1].task_name == "Upload - part 2");
  CHECK(log.records[1].rss_mb == 151.0);
  CHECK(log.records[1].context_text == "file - 700.0 MB - final.mkv");
  CHECK(log.records[2].task_name == "");
  CHECK(log.records[2].context_text == "");
  CHECK(log.lines.records == 4);
}

TEST_CASE("snapshot_tree: a measured operation starts, completes or fails") {
  const Log log(kPrefix + "🔵 START: Thumbnail Generation | Memory: 150.2 MB | Context: User 1 | File size: 49.1 MB\n" + kPrefix +
                "✅ COMPLETE: Thumbnail Generation\n  ├─ Memory Before: 150.2 MB\n  ├─ Memory After: 162.5 MB\n  ├─ Memory Change: +12.3 MB\n  └─ Context: User 1 | File size: 49.1 MB\n" +
                kPrefix + "🔵 START: Upload | Memory: 162.5 MB | Context: \n" + kPrefix +
                "❌ ERROR in Upload: FloodWait: 30\nMemory at error: 170.0 MB\nTraceback: Traceback (most recent call last):\n  File \"x.py\", line 1\n");
  REQUIRE(log.records.size() == 4);
  CHECK(log.records[0].kind == EventKind::task_start);
  CHECK(log.records[0].task_name == "Thumbnail Generation");
  CHECK(log.records[0].rss_mb == 150.2);
  CHECK(log.records[0].context_text == "User 1 | File size: 49.1 MB");
  CHECK(log.records[1].kind == EventKind::task_end);
  CHECK(log.records[1].rss_mb == 162.5);
  CHECK(log.records[1].delta_mb == 12.3);
  CHECK(log.records[3].kind == EventKind::task_failed);
  CHECK(log.records[3].rss_mb == 170.0);
  CHECK(log.records[3].context_text == "FloodWait: 30");
  CHECK(log.lines.ignored == 2);
}

TEST_CASE("snapshot_tree: garbage collections and what announces them") {
  const Log log(kPrefix + "⚠️ Significant memory change (+12.3 MB):\n" + kPrefix + "⚠️ Memory above threshold, forcing garbage collection...\n" + kPrefix +
                "🗑️ GC collected 145 objects. Memory: 432.1 MB → 416.8 MB (freed 15.3 MB)\n" + kPrefix +
                "? GC collected 1,145 objects. Memory: 432.1 MB ? 433.5 MB (freed -1.4 MB)\n");
  REQUIRE(log.records.size() == 2);
  CHECK(log.records[0].kind == EventKind::gc);
  CHECK_FALSE(log.records[0].is(flag::kSample));
  CHECK(log.records[0].number("gc_collected") == 145);
  CHECK(log.records[0].number("gc_freed_mb") == 15.3);
  CHECK(log.records[0].number("gc_before_mb") == 432.1);
  CHECK(log.records[0].number("gc_after_mb") == 416.8);
  CHECK(log.records[1].number("gc_collected") == 1145);
  CHECK(log.records[1].number("gc_freed_mb") == -1.4);
  CHECK(log.records[1].number("gc_after_mb") == 433.5);
  CHECK(log.lines.records == 4);
}

TEST_CASE("snapshot_tree: 'Memory: N MB' behind a name, with pairs between bars, is a snapshot") {
  const Log log(kPrefix + "Session Created | User 123 - Total sessions: 1 | Memory: 150.2 MB\n" + kPrefix + "Periodic Check | Memory: 150 MB (hour 1)\n" + kPrefix +
                "Sessions: 5 | Memory: 480 MB\n" + kPrefix + "Queue: 15 | Active DLs: 3 | Memory: 350 MB\n" + kPrefix + "Peers Online: 12 | Memory: 99.5 MB\n");
  REQUIRE(log.records.size() == 5);
  for (const Record& r : log.records) CHECK(r.kind == EventKind::snapshot);
  CHECK(log.records[0].task_name == "Session Created");
  CHECK(log.records[0].rss_mb == 150.2);
  CHECK(log.records[0].number("total_sessions") == 1);
  CHECK(log.records[1].task_name == "Periodic Check");
  CHECK(log.records[1].rss_mb == 150);
  CHECK(log.records[2].task_name == "");
  CHECK(log.records[2].number("sessions") == 5);
  CHECK(log.records[3].number("queue") == 15);
  CHECK(log.records[3].number("active_dls") == 3);
  CHECK(log.records[4].number("peers_online") == 12);
}

TEST_CASE("snapshot_tree: numbers that cannot be read are malformed where the line is surely its own") {
  for (const std::string_view text : {"├─ RAM Usage: x MB\n", "⚠️ MEMORY SPIKE DETECTED: much\n", "🗑️ GC collected 145 objects. Memory: ? MB\n"}) {
    CAPTURE(text);
    const Log log(kPrefix + std::string(text));
    CHECK(log.lines.malformed == 1);
    CHECK(log.accounted());
  }
  const Log chat(kPrefix + "RAM Usage: not measured\n" + kPrefix + "System: nominal\n" + kPrefix + "Sessions: none\n");
  CHECK(chat.lines.malformed == 0);
  CHECK(chat.records.empty());
}

TEST_CASE("snapshot_tree: its words outside of a record are somebody else's") {
  const Log log("Context: nobody asked\nLast 5 operations before crash\nThreads: 8 | Open files: 15\nSessions: 2 | Queue: 0\nMemory Change: +1.0 MB\n");
  CHECK(log.records.empty());
  CHECK(log.accounted());
  CHECK(log.lines.malformed == 0);
}
