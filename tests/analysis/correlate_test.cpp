#include "memlog/analysis/correlate.h"

#include <doctest/doctest.h>

#include "memlog/scan/log_lines.h"
#include "memlog/stats/binomial.h"
#include "support/analyse.h"

using namespace memlog;
using namespace memlog::test;

namespace {

Report correlate(const std::vector<std::pair<std::string, std::string>>& logs, const std::vector<std::string>& main_logs, Correlation::Options options = {}) {
  Correlation analysis(std::move(options));
  ReadResult result;
  read_into(analysis, result, logs);
  analysis.ready(result);
  const TempDirectory directory;
  for (const std::string& text : main_logs) for_each_line(directory.write("main.log", text), [&](const Line& line, bool of_memory) { analysis.add("main.log", line, of_memory); });
  return analysis.report(result);
}

const Value& count_of(const Report& report, std::string_view what) {
  static const Value none;
  for (const Value& count : as_list(report.field("counts"))) {
    if (as_text(count["what"]) == what) return count;
  }
  return none;
}

const std::string kMemory = daily_line("08:00:00", "---", "Idle", 100.0) + daily_line("08:30:00", "---", "Dump", 400.0) + daily_line("09:00:00", "---", "Idle", 110.0) +
                            daily_line("10:00:00", "---", "Idle", 110.0);
const std::string kMain =
    "2025-11-16 07:00:00,000 - app - ERROR - before all readings\n"
    "2025-11-16 08:00:00,000 - app - INFO - hello\n"
    "2025-11-16 08:29:30,000 - app - INFO - downloading\n"
    "2025-11-16 08:30:20,000 - app - ERROR - it failed\n"
    "Traceback (most recent call last):\n"
    "ConnectionResetError: peer\n"
    "2025-11-16 08:40:00,000 - net - WARNING - Connection lost, reconnecting\n"
    "2025-11-16 09:30:00,000 - net - WARNING - websocket disconnected\n"
    "2025-11-16 10:00:00,000 - app - INFO - bye\n";

}  // namespace

TEST_CASE("correlate: errors and lost connections are counted while memory is high and otherwise") {
  const Report report = correlate({{"memory_20251116.log", kMemory}}, {kMain}, {.pressure_mb = 300});
  CHECK(as_number(report.field("pressure")["inside_s"]) == 1800);
  CHECK(as_number(report.field("pressure")["outside_s"]) == 5400);
  CHECK(as_number(count_of(report, "errors")["inside"]) == 1);
  CHECK(as_number(count_of(report, "errors")["outside"]) == 0);
  CHECK(as_number(count_of(report, "disconnects")["inside"]) == 1);
  CHECK(as_number(count_of(report, "disconnects")["outside"]) == 1);
  CHECK(as_number(count_of(report, "disconnects")["ratio"]) == 3.0);
  CHECK(as_number(count_of(report, "disconnects")["p_value"]) == doctest::Approx(1 - 0.75 * 0.75));
  CHECK(as_number(report.field("lines_outside")) == 1);
}

TEST_CASE("correlate: lines within the window of a jump are shown with it, what tells first") {
  Correlation::Options options;
  options.lines = 2;
  const Report report = correlate({{"memory_20251116.log", kMemory}}, {kMain}, std::move(options));
  const Value::List& events = as_list(report.field("events"));
  REQUIRE(events.size() == 1);
  CHECK(as_text(events[0]["kind"]) == "spike");
  CHECK(as_number(events[0]["lines_in_window"]) == 4);
  const Value::List& lines = as_list(events[0]["lines"]);
  REQUIRE(lines.size() == 2);
  CHECK(as_text(lines[1]["text"]).find("it failed") != std::string::npos);
  CHECK(as_number(lines[1]["source"]["line"]) == 4);
}

TEST_CASE("correlate: what the user counts, and thresholds from the limit or from the samples") {
  Correlation::Options options;
  options.counted.push_back({"hello", Regex("hel+o", "--count")});
  options.limit_mb = 500;
  const Report report = correlate({{"memory_20251116.log", kMemory}}, {kMain}, std::move(options));
  CHECK(as_number(report.field("pressure")["threshold_mb"]) == 350.0);
  CHECK(as_text(report.field("pressure")["threshold_of"]) == "limit");
  CHECK(as_number(count_of(report, "hello")["outside"]) == 1);
  CHECK(as_text(correlate({{"memory_20251116.log", kMemory}}, {kMain}).field("pressure")["threshold_of"]) == "quantile");
}

TEST_CASE("correlate: the counts of a real log are those of its truth file") {
  std::vector<std::pair<std::string, std::string>> memory;
  std::vector<std::string> main_logs;
  for (const std::string day : {"06", "07", "08"}) {
    memory.emplace_back("memory_202510" + day + ".log", testdata("daily/memory_202510" + day + ".log"));
    main_logs.push_back(testdata("daily/bot_202510" + day + ".log"));
  }
  const Report report = correlate(memory, main_logs);
  CHECK(as_number(count_of(report, "errors")["inside"]) + as_number(count_of(report, "errors")["outside"]) == 23);
  CHECK(as_number(count_of(report, "disconnects")["inside"]) + as_number(count_of(report, "disconnects")["outside"]) == 20);
}

TEST_CASE("binomial tail: exact") {
  CHECK(stats::binomial_tail(0, 10, 0.5) == 1.0);
  CHECK(stats::binomial_tail(10, 10, 0.5) == doctest::Approx(1.0 / 1024));
  CHECK(stats::binomial_tail(8, 10, 0.5) == doctest::Approx(56.0 / 1024));
  CHECK(stats::binomial_tail(3, 2, 0.5) == 0.0);
}

TEST_CASE("correlate: the monitor's lines about failed operations are errors of the program, its alerts are none") {
  const std::string monitor =
      "[16-Nov-25 08:35:00 AM - ERROR] - log_operation() - Line 231: memory_monitor - \xe2\x9d\x8c ERROR in Media Download: [Errno 104] Connection reset by peer\n";
  const Report report = correlate({{"memory_20251116.log", kMemory}}, {kMain + monitor}, {.pressure_mb = 300});
  CHECK(as_number(count_of(report, "errors")["inside"]) == 2);
  CHECK(as_number(count_of(report, "disconnects")["inside"]) == 2);
}
