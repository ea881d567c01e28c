#include <doctest/doctest.h>

#include "support/log_builder.h"

using namespace memlog;
using namespace memlog::test;

namespace {

std::string at(std::string_view time, std::string_view message) { return "[2025-10-27 " + std::string(time) + "] " + std::string(message) + "\n"; }

const std::string kSirens = "🚨🚨🚨🚨🚨🚨🚨🚨🚨🚨🚨🚨";
const std::string kRule(80, '-');
const std::string kTree =
    "├─ RAM Usage: 496.2 MB (Virtual: 1582.7 MB)\n├─ System: 31.9% used (43817.5 MB available)\n├─ Sessions: 5 | Queue: 0 | Active DLs: 3\n"
    "├─ Cache: 21 items | Threads: 13 | Open files: 8\n└─ Context: Auto-check every 300s\n";

std::string critical(std::string_view time) {
  return at(time, kSirens) + at(time, "🚨 CRITICAL MEMORY - CRASH IMMINENT: 496.2 MB / 512 MB") + at(time, "🚨 CRITICAL: CRASH IMMINENT! 496.2 MB / 512 MB") +
         "Sessions: 5 | Queue: 0 | Active DLs: 3 | Cache: 21\nLast 5 operations before crash:\n" + at(time, "  1. [10:52:31] Download Started - 451.8 MB - User 6181286585 | Active: 2") +
         at(time, "  2. [10:52:47] Periodic Check - 496.2 MB - Auto-check every 300s") + at(time, kSirens) + "\n";
}
std::string high(std::string_view time) {
  return at(time, "⚠️ HIGH MEMORY: 496.2 MB / 512 MB") + at(time, "📊 MEMORY SNAPSHOT | Operation: Periodic Check") + kTree + at(time, kRule) + "\n";
}
std::string spike(std::string_view time) {
  return at(time, "⚠️ MEMORY SPIKE: +60.0 MB") + at(time, "📊 MEMORY SNAPSHOT | Operation: Periodic Check") + kTree + at(time, "Recent operations:") +
         at(time, "  1. [10:52:31] Download Started - 451.8 MB - User 6181286585 | Active: 2") +
         at(time, "  2. [10:52:47] Periodic Check - 496.2 MB - Auto-check every 300s") + at(time, kRule) + "\n";
}
std::string periodic(std::string_view time) {
  return at(time, "📊 Periodic Snapshot: 496.2 MB") + at(time, "   Sessions: 5 | Queue: 0 | Active DLs: 3 | Cache: 21");
}
std::string gc(std::string_view time) {
  return at(time, "🗑️ Auto GC triggered at 496.2 MB") + at(time, "   Collected 145 objects, freed 15.3 MB → now 480.9 MB") + at(time, kRule) + "\n";
}

}  // namespace

TEST_CASE("assemble: one reading is one sample, however many blocks told it") {
  const std::string t = "10:52:47";
  const std::pair<std::string_view, std::string> cases[] = {
      {"critical", critical(t)},
      {"high", high(t)},
      {"spike", spike(t)},
      {"periodic", periodic(t)},
      {"critical, high", critical(t) + high(t)},
      {"critical, spike", critical(t) + spike(t)},
      {"critical, periodic", critical(t) + periodic(t)},
      {"high, periodic", high(t) + periodic(t)},
      {"spike, periodic", spike(t) + periodic(t)},
      {"critical, high, periodic", critical(t) + high(t) + periodic(t)},
      {"critical, spike, periodic, gc", critical(t) + spike(t) + periodic(t) + gc(t)},
      {"critical, high, periodic a second later, gc", critical(t) + high("10:52:48") + periodic("10:52:48") + gc("10:52:48")},
  };
  for (const auto& [what, text] : cases) {
    for (const std::size_t chunk : {1ul << 20, 64ul}) {
      CAPTURE(what);
      CAPTURE(chunk);
      const Log log(text, {.chunk_size = chunk});
      CHECK(log.accounted());
      CHECK(log.lines.malformed == 0);
      REQUIRE(log.samples().size() == 1);
      const Record r = log.samples()[0];
      CHECK(r.rss_mb == 496.2);
      CHECK(r.task_name == "Periodic Check");
      CHECK(r.number("sessions") == 5);
      CHECK(r.at() == "2025-10-27 10:52:47");
      CHECK((r.alert == Alert::critical) == (what.find("critical") != std::string_view::npos));
      CHECK(r.is(flag::kSpike) == (what.find("spike") != std::string_view::npos));
      CHECK(log.of(EventKind::gc).size() == (what.find("gc") != std::string_view::npos ? 1 : 0));
      CHECK(log.of(EventKind::operation).size() <= 1);
    }
  }
}

TEST_CASE("assemble: two readings are two samples, even with the same figure") {
  const Log apart(high("10:52:47") + high("10:57:47"));
  CHECK(apart.samples().size() == 2);
  const Log at_once(high("10:52:47") + high("10:52:47"));
  CHECK(at_once.samples().size() == 2);
}

TEST_CASE("assemble: any line of a block may be missing") {
  const std::string t = "10:52:47";
  // A tree without its header, a header without its tree, a collection without a result, a lone rule.
  const Log headless(at(t, "⚠️ HIGH MEMORY: 496.2 MB / 512 MB") + kTree);
  REQUIRE(headless.samples().size() == 1);
  CHECK(headless.samples()[0].rss_mb == 496.2);
  const Log lone_tree("├─ RAM Usage: 496.2 MB (Virtual: 1582.7 MB)\n└─ Context: x\n");
  CHECK(lone_tree.samples().size() == 1);
  const Log header_only(at(t, "📊 MEMORY SNAPSHOT | Operation: Download Started") + at("10:57:47", "📊 Periodic Snapshot: 145.3 MB"));
  REQUIRE(header_only.samples().size() == 1);
  CHECK(header_only.samples()[0].rss_mb == 145.3);
  const Log rule(at(t, kRule) + "\n" + at(t, kRule));
  CHECK(rule.records.empty());
  CHECK(rule.accounted());
  const Log list_only(at(t, "  1. [10:52:31] Download Started - 451.8 MB - User 1 | Active: 2"));
  REQUIRE(list_only.records.size() == 1);
  CHECK(list_only.records[0].at() == "2025-10-27 10:52:31");
}

TEST_CASE("assemble: every single line of a block can go missing without a wrong figure") {
  const std::string whole = critical("10:52:47") + high("10:52:47") + periodic("10:52:47") + gc("10:52:47");
  std::vector<std::string> lines;
  for (std::size_t at = 0; at < whole.size();) {
    const auto newline = whole.find('\n', at);
    lines.push_back(whole.substr(at, newline + 1 - at));
    at = newline + 1;
  }
  for (std::size_t missing = 0; missing < lines.size(); ++missing) {
    CAPTURE(lines[missing]);
    std::string text;
    for (std::size_t i = 0; i < lines.size(); ++i) {
      if (i != missing) text += lines[i];
    }
    const Log log(text);
    CHECK(log.accounted());
    CHECK(log.samples().size() == 1);
    for (const Record& r : log.samples()) CHECK(r.rss_mb == 496.2);
    CHECK(log.of(EventKind::gc).size() == 1);
  }
}

TEST_CASE("assemble: a look at /memory-debug may stand in the middle of another block") {
  const std::string debug = at("10:52:47", "📊 /memory-debug accessed") +
                            "├─ RAM Usage: 496.0 MB (Virtual: 1.0 MB)\n├─ System: 31.9% used (43817.5 MB available)\n├─ Sessions: 7 | Queue: 0 | Active DLs: 0\n└─ Status: 🚨 CRITICAL\n" +
                            at("10:52:47", kRule);
  const Log log(at("10:52:47", "⚠️ HIGH MEMORY: 496.2 MB / 512 MB") + debug + at("10:52:47", "📊 MEMORY SNAPSHOT | Operation: Download Started") +
                "├─ RAM Usage: 496.2 MB (Virtual: 1582.7 MB)\n├─ Sessions: 5 | Queue: 0 | Active DLs: 3\n└─ Context: User 1\n" + at("10:52:47", kRule));
  REQUIRE(log.samples().size() == 2);
  std::map<std::string, Record> by_task;
  for (const Record& r : log.samples()) by_task[r.task_name] = r;
  CHECK(by_task["/memory-debug"].rss_mb == 496.0);
  CHECK(by_task["/memory-debug"].number("sessions") == 7);
  CHECK(by_task["Download Started"].rss_mb == 496.2);
  CHECK(by_task["Download Started"].number("sessions") == 5);
  CHECK(by_task["Download Started"].alert == Alert::high);
  CHECK(log.lines.ignored == 0);
}

TEST_CASE("assemble: entries of a list that crosses midnight belong to the day before") {
  const Log log("[2025-10-28 00:03:10] ⚠️ MEMORY SPIKE: +87.5 MB\n[2025-10-28 00:03:10] Recent operations:\n"
                "[2025-10-28 00:03:10]   1. [23:40:00] Session Created - 100.0 MB - User 1\n[2025-10-28 00:03:10]   2. [23:58:00] Upload - 110.0 MB - User 1\n"
                "[2025-10-28 00:03:10]   3. [00:01:00] Download - 120.0 MB - User 2\n");
  const auto operations = log.of(EventKind::operation);
  REQUIRE(operations.size() == 3);
  CHECK(operations[0].at() == "2025-10-27 23:40:00");
  CHECK(operations[1].at() == "2025-10-27 23:58:00");
  CHECK(operations[2].at() == "2025-10-28 00:01:00");
}

TEST_CASE("assemble: the clock may tick over midnight within a block") {
  const Log log("[2025-10-27 23:59:59] ⚠️ MEMORY SPIKE: +87.5 MB\n[2025-10-27 23:59:59] Recent operations:\n"
                "[2025-10-27 23:59:59]   1. [23:58:00] Upload - 110.0 MB - User 1\n[2025-10-28 00:00:00]   2. [23:59:59] Download - 120.0 MB - User 2\n");
  const auto operations = log.of(EventKind::operation);
  REQUIRE(operations.size() == 2);
  CHECK(operations[0].at() == "2025-10-27 23:58:00");
  CHECK(operations[1].at() == "2025-10-27 23:59:59");
}

TEST_CASE("assemble: operations known already are no records, in this list or a later one") {
  const std::string list = at("10:52:47", "Recent operations:") + at("10:52:47", "  1. [10:50:00] Upload - 110.0 MB - User 1") + at("10:52:47", "  2. [10:51:00] Download - 120.0 MB - User 2");
  const Log log(at("10:52:47", "⚠️ MEMORY SPIKE: +87.5 MB") + list + at("10:52:47", kRule) + at("10:53:47", "⚠️ MEMORY SPIKE: +87.5 MB") +
                at("10:53:47", "Recent operations:") + at("10:53:47", "  1. [10:51:00] Download - 120.0 MB - User 2") + at("10:53:47", "  2. [10:53:00] Upload - 130.0 MB - User 3"));
  const auto operations = log.of(EventKind::operation);
  REQUIRE(operations.size() == 3);
  CHECK(operations[2].task_name == "Upload");
  CHECK(operations[2].rss_mb == 130.0);
  // The line of a known one is part of a record all the same.
  CHECK(log.lines.ignored == 0);
}

TEST_CASE("assemble: the same operation of two users in one second is two") {
  const Log log(at("10:52:47", "Recent operations:") + at("10:52:47", "  1. [10:50:00] Download - 110.0 MB - User 1") + at("10:52:47", "  2. [10:50:00] Download - 110.0 MB - User 2"));
  CHECK(log.of(EventKind::operation).size() == 2);
}

TEST_CASE("assemble: the first snapshot after a start is a spike against zero, marked") {
  const Log log(at("08:20:38", "⚠️ MEMORY SPIKE: +94.8 MB") + at("08:20:38", "📊 MEMORY SNAPSHOT | Operation: Bot Startup") + "├─ RAM Usage: 94.8 MB (Virtual: 820.1 MB)\n└─ Context: Initial\n" +
                at("08:30:38", "⚠️ MEMORY SPIKE: +60.0 MB") + at("08:30:38", "📊 MEMORY SNAPSHOT | Operation: Download") + "├─ RAM Usage: 154.8 MB (Virtual: 820.1 MB)\n└─ Context: x\n");
  REQUIRE(log.samples().size() == 2);
  CHECK(log.samples()[0].is(flag::kFirstAfterStart));
  CHECK_FALSE(log.samples()[1].is(flag::kFirstAfterStart));
}

TEST_CASE("assemble: blocks of two containers interleave without mixing") {
  const Log log("web-1  | [2025-10-27 10:00:00] 📊 MEMORY SNAPSHOT | Operation: A\nweb-2  | [2025-10-27 10:00:00] 📊 MEMORY SNAPSHOT | Operation: B\n"
                "web-1  | ├─ RAM Usage: 1.0 MB (Virtual: 2.0 MB)\nweb-2  | ├─ RAM Usage: 3.0 MB (Virtual: 4.0 MB)\nweb-1  | └─ Context: a\nweb-2  | └─ Context: b\n");
  REQUIRE(log.samples().size() == 2);
  for (const Record& r : log.samples()) {
    CHECK(r.rss_mb == (r.task_name == "A" ? 1.0 : 3.0));
    CHECK(r.context_text == (r.task_name == "A" ? "a" : "b"));
  }
}

TEST_CASE("assemble: a record's own lines are kept where they are asked for") {
  const Log log(high("10:52:47") + periodic("10:52:47"), {.chunk_size = 64, .raw = true});
  REQUIRE(log.samples().size() == 1);
  const std::string raw = log.samples()[0].raw_text;
  CHECK(raw.starts_with("[2025-10-27 10:52:47] ⚠️ HIGH MEMORY: 496.2 MB / 512 MB\n"));
  CHECK(raw.find("Periodic Snapshot") != std::string::npos);
}

TEST_CASE("assemble: chunks cut anywhere give the same records") {
  const std::string text = testdata("telegram-v3/memory_debug.log");
  const Log whole(text);
  for (const std::size_t size : {1ul, 64ul, 333ul, 5000ul}) {
    CAPTURE(size);
    const Log cut(text, {.chunk_size = size});
    REQUIRE(cut.records.size() == whole.records.size());
    CHECK(cut.lines.records == whole.lines.records);
    CHECK(cut.lines.ignored == whole.lines.ignored);
    for (std::size_t i = 0; i < whole.records.size(); ++i) {
      CHECK(cut.records[i].line == whole.records[i].line);
      CHECK(cut.records[i].at() == whole.records[i].at());
      CHECK(cut.records[i].task_name == whole.records[i].task_name);
      CHECK(cut.records[i].numbers == whole.records[i].numbers);
      CHECK(cut.records[i].flags == whole.records[i].flags);
    }
  }
}

TEST_CASE("assemble: empty lines between records take no time from them, in any envelope") {
  const std::string_view prefixes[] = {
      "2025-10-27T14:42:10Z ",
      "2025-10-27T14:42:10.123456789Z ",
      "2025-10-27T14:42:10.123456+00:00 ",
      "2025-10-27T14:42:10.123456789Z stdout F ",
      "2025-10-27T14:42:10.123456+00:00 app[worker.1]: ",
      "2025-10-27T14:42:10Z app[148ed193b95789] bom [info] ",
      "2025-10-27T14:42:10.123000+00:00 app/web/0a1b2c3d4e5f ",
      "bot-1  | 2025-10-27T14:42:10.123456789Z ",
      "[pod/bot-7c9/bot] 2025-10-27T14:42:10.123456789Z ",
      "2025-10-27T14:42:10+0000 host bot[12]: ",
      "[2025-10-27 14:42:10] ",
      "2025-10-27 14:42:10,123 - memory_monitor - INFO - ",
  };
  for (const std::string_view prefix : prefixes) {
    std::string text;
    const auto say = [&](std::string_view message) { text += std::string(prefix) + std::string(message) + "\n"; };
    say("");
    for (int i = 0; i < 3; ++i) {
      say("📊 MEMORY SNAPSHOT | Operation: Download Started");
      say("├─ RAM Usage: 421.7 MB (Virtual: 1024.3 MB)");
      say("└─ Context: User 1");
      if (i != 0) say("");
    }
    for (const std::size_t chunk : {1ul << 20, 64ul}) {
      CAPTURE(prefix);
      CAPTURE(chunk);
      const Log log(text, {.chunk_size = chunk});
      CHECK(log.accounted());
      const auto samples = log.samples();
      REQUIRE(samples.size() == 3);
      for (const Record& sample : samples) CHECK(sample.at().starts_with("2025-10-27 14:42:10"));
    }
  }
}
