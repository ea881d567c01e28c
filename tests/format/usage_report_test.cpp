#include <doctest/doctest.h>

#include "support/log_builder.h"

using namespace memlog;
using namespace memlog::test;

namespace {

const std::string kPrefix = "2026-04-21 07:16:18 - src.memory_monitor - ";
const std::string kDouble(80, '=');

std::string report(std::string_view verdict, std::string_view deques) {
  return kPrefix + "INFO - \n" + kDouble + "\n24-HOUR MEMORY USAGE REPORT\n" + kDouble +
         "\nMEMORY USAGE:\n  Current: 245.3 MB\n  Average: 240.0 MB\n  Min: 200.1 MB\n  Max: 300.2 MB\n  Samples: 288\n\nMEMORY LEAK DETECTION:\n" + std::string(verdict) +
         "\nDEQUE SIZE LIMITS:\n" + std::string(deques) + kDouble + "\n";
}

constexpr std::string_view kNoLeak =
    "  ✅ No leak detected\n  Growth rate: 2.15 MB/hour (threshold: 10.0)\n  Total growth: 51.6 MB over 24.0h\n  Details: Growth rate: 2.15 MB/hour (49.0% of samples growing). Threshold: 10.0 MB/hour\n";

}  // namespace

TEST_CASE("usage_report: a report is one record with the time of the empty message before it") {
  const Log log(report(kNoLeak, "  ✅ prices: 8234/10000 (82.3% full)\n  ❌ trades: 50/0 (0.0% full)\n  ✅ All deques within limits\n"));
  const auto reports = log.of(EventKind::report);
  REQUIRE(reports.size() == 1);
  const Record& r = reports[0];
  CHECK(r.at() == "2026-04-21 07:16:18");
  CHECK(r.line == 1);
  CHECK(r.rss_mb == 245.3);
  CHECK(r.context_text == "No leak detected");
  CHECK(r.number("average_mb") == 240.0);
  CHECK(r.number("min_mb") == 200.1);
  CHECK(r.number("max_mb") == 300.2);
  CHECK(r.number("samples") == 288);
  CHECK(r.number("growth_rate_mb_per_hour") == 2.15);
  CHECK(r.number("total_growth_mb") == 51.6);
  CHECK(r.number("deque.prices") == 8234);
  CHECK(r.number("deque_limit.prices") == 10000);
  CHECK(r.number("deque_limit.trades") == 0);
  CHECK(log.lines.malformed == 0);
}

TEST_CASE("usage_report: a leaking report and what is said about deques") {
  const Log log(report("  ⚠️ LEAK DETECTED (confidence: high)\n  Growth rate: 13.36 MB/hour (threshold: 10.0)\n  Total growth: 322.0 MB over 24.1h\n",
                       "  ❌ order_book [L2]: 878/500 (175.6% full)\n  ⚠️ Some deques exceeded limits!\n"));
  const auto reports = log.of(EventKind::report);
  REQUIRE(reports.size() == 1);
  CHECK(reports[0].context_text == "LEAK DETECTED (confidence: high)");
  CHECK(reports[0].number("growth_rate_mb_per_hour") == 13.36);
  CHECK(reports[0].number("total_growth_mb") == 322.0);
  const Log none(report(kNoLeak, "  No deques tracked\n"));
  CHECK(none.of(EventKind::report).size() == 1);
}

TEST_CASE("usage_report: the alert's percentage is the system's") {
  const Log log(kPrefix + "WARNING - ⚠️ HIGH MEMORY USAGE: 85.0% (RSS: 245.3 MB, Available: 1200.0 MB)\n");
  REQUIRE(log.records.size() == 1);
  CHECK(log.records[0].rss_mb == 245.3);
  CHECK(log.records[0].available_mb == 1200.0);
  CHECK(log.records[0].free_percent == doctest::Approx(15.0));
  CHECK(log.records[0].alert == Alert::high);
  CHECK_FALSE(is_known(log.records[0].process_percent));
}

TEST_CASE("usage_report: snapshots at DEBUG level, and an alert about one is the same sample") {
  const std::string snapshot = kPrefix + "DEBUG - Memory snapshot: 245.3 MB RSS, 85.0% system usage\n";
  const std::string alert = kPrefix + "WARNING - ⚠️ HIGH MEMORY USAGE: 85.0% (RSS: 245.3 MB, Available: 1200.0 MB)\n";
  for (const std::string& text : {snapshot + alert, alert + snapshot}) {
    const Log log(text);
    REQUIRE(log.samples().size() == 1);
    CHECK(log.samples()[0].rss_mb == 245.3);
    CHECK(log.samples()[0].alert == Alert::high);
    CHECK(log.lines.records == 2);
  }
}

TEST_CASE("usage_report: a report's current value repeats the last sample and is none of its own") {
  const Log log(kPrefix + "DEBUG - Memory snapshot: 245.3 MB RSS, 50.0% system usage\n" + report(kNoLeak, ""));
  CHECK(log.of(EventKind::report).size() == 1);
  CHECK(log.samples().size() == 1);
}

TEST_CASE("usage_report: warnings and registrations around a report make no further records") {
  const std::string warnings = kPrefix + "WARNING - ⚠️ Memory leak detected! Growth: 17.01 MB/hour (confidence: high)\n" + kPrefix +
                               "ERROR - ❌ Deque 'name' exceeded limit! Size: 120, Limit: 100\n" + kPrefix + "WARNING - ⚠️ Deque 'name' has no maxlen limit!\n";
  const Log log(kPrefix + "INFO - 📊 Registered deque for tracking: name (maxlen=100)\n" + warnings + report(kNoLeak, "  ✅ name: 1/2 (50.0% full)\n") + warnings);
  CHECK(log.records.size() == 1);
  CHECK(log.lines.malformed == 0);
  CHECK(log.accounted());
}

TEST_CASE("usage_report: garbage collections") {
  const Log log(kPrefix + "INFO - 🗑️ Garbage collection: 123 objects, 4.56 MB freed\n");
  REQUIRE(log.records.size() == 1);
  CHECK(log.records[0].kind == EventKind::gc);
  CHECK(log.records[0].number("gc_collected") == 123);
  CHECK(log.records[0].number("gc_freed_mb") == 4.56);
}

TEST_CASE("usage_report: the same words outside of a report are ignored") {
  const Log log("Current: 245.3 MB\nMin: 1.0 MB\nSamples: 3\nprices: 8234/10000 (82.3% full)\nNo leak detected\n");
  CHECK(log.records.empty());
  CHECK(log.lines.ignored == 5);
}

TEST_CASE("formats: each one reads its own example") {
  for (const Format* format : formats()) {
    CAPTURE(format->name);
    CHECK_FALSE(format->summary.empty());
    const Parsing p(std::string(format->example) + "\n");
    REQUIRE(p.size() >= 1);
    // An error at the end of a chunk is told for a traceback in the next.
    for (std::size_t i = 1; i < p.size(); ++i) CHECK(p.part(i) == Part::logged_error);
    CHECK(p.format(0) == format->name);
    CHECK(find_format(format->name) >= 0);
  }
  CHECK(find_format("nonsense") == -1);
}
