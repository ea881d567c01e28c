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
  for (std::size_t i = 0; i < main_logs.size(); ++i) {
    const std::string name = i == 0 ? "main.log" : "main" + std::to_string(i + 1) + ".log";
    for_each_line(directory.write(name, main_logs[i]), [&](const Line& line, bool of_memory) { analysis.add(name, line, of_memory); });
    analysis.finished(name);
  }
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
  // The error's traceback tells of a lost connection, which is counted once.
  CHECK(as_number(count_of(report, "disconnects")["inside"]) == 2);
  CHECK(as_number(count_of(report, "disconnects")["outside"]) == 1);
  CHECK(as_number(count_of(report, "disconnects")["ratio"]) == 6.0);
  CHECK(as_number(count_of(report, "disconnects")["p_value"]) == doctest::Approx(3 * 0.25 * 0.25 * 0.75 + 0.25 * 0.25 * 0.25));
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
  CHECK(as_text(lines[0]["text"]).find("it failed") != std::string::npos);
  CHECK(as_number(lines[0]["source"]["line"]) == 4);
  CHECK(as_number(lines[1]["source"]["line"]) == 6);
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
  CHECK(as_number(count_of(report, "disconnects")["inside"]) == 3);
}

TEST_CASE("correlate: a lost connection that only the traceback behind the monitor's error tells is found, once") {
  const std::string monitor =
      "[16-Nov-25 08:35:00 AM - ERROR] - log_operation() - Line 231: memory_monitor - \xe2\x9d\x8c ERROR in Session Restore: media group 7 items\n"
      "Memory at error: 390.0 MB\n"
      "Traceback: Traceback (most recent call last):\n"
      "  File \"utils.py\", line 9, in fetch_chunk\n"
      "    raise ConnectionResetError(104, \"Connection reset by peer\")\n"
      "ConnectionResetError: [Errno 104] Connection reset by peer\n"
      "\n"
      "The above exception was the direct cause of the following exception:\n"
      "TimeoutError: media group 7 items\n"
      "[16-Nov-25 08:36:00 AM - INFO] - log_memory_snapshot() - Line 175: memory_monitor - MEMORY SNAPSHOT | Operation: Session Disconnected\n";
  const Report report = correlate({{"memory_20251116.log", kMemory}}, {monitor}, {.pressure_mb = 300});
  CHECK(as_number(count_of(report, "errors")["inside"]) == 1);
  CHECK(as_number(count_of(report, "disconnects")["inside"]) == 1);
}

TEST_CASE("correlate: a main log of JSON lines is read") {
  const std::string main_log =
      "{\"timestamp\": \"2025-11-16T08:10:00\", \"level\": \"info\", \"message\": \"reconnect_interval=5\"}\n"
      "{\"asctime\": \"2025-11-16 08:29:30,000\", \"levelname\": \"INFO\", \"message\": \"downloading\"}\n"
      "{\"time\": \"2025-11-16T08:30:20Z\", \"level\": \"error\", \"msg\": \"it failed\", \"exc_info\": \"Traceback\\nConnectionResetError: [Errno 104]\"}\n"
      "{\"time\": \"2025-11-16T09:30:00\", \"level\": \"WARNING\", \"msg\": \"Server closed the connection\"}\n";
  const Report report = correlate({{"memory_20251116.log", kMemory}}, {main_log}, {.pressure_mb = 300});
  CHECK(as_number(count_of(report, "errors")["inside"]) == 1);
  CHECK(as_number(count_of(report, "errors")["outside"]) == 0);
  CHECK(as_number(count_of(report, "disconnects")["inside"]) == 1);
  CHECK(as_number(count_of(report, "disconnects")["outside"]) == 1);
  CHECK(as_number(report.field("lines_outside")) == 0);
  CHECK(as_number(as_list(report.field("events"))[0]["lines_in_window"]) == 2);
}

TEST_CASE("correlate: logs that cannot be put beside each other are said to be so") {
  const auto warnings = [](const std::string& memory, const std::string& main_log) {
    const Report report = correlate({{"memory_20251116.log", memory}}, {main_log});
    return words(report.field("warnings"));
  };
  CHECK(warnings(kMemory, kMain).empty());
  CHECK(warnings(kMemory, "2025-11-18 08:00:00,000 - app - INFO - a\n2025-11-18 09:00:00,000 - app - INFO - b\n") ==
        "main.log: 2025-11-18 08:00:00.000 to 2025-11-18 09:00:00.000 does not overlap with the memory log, 2025-11-16 08:00:00 to 2025-11-16 10:00:00");
  CHECK(warnings(kMemory, "starting\nERROR: it failed\n") == "main.log: no line has a date and a time, so none can be put beside the memory log");
  CHECK(warnings("Memory: RSS=100.0 MB\n--- [Idle] | RSS:  234.2 MB\n", kMain) == "the memory log has no times: no line of another log can be put beside it");
  CHECK(warnings(kMemory, "") == "main.log: it has no lines");
  // Without anything to compare there is no rate and no chance.
  const Report report = correlate({{"memory_20251116.log", kMemory}}, {"2025-11-18 08:00:00,000 - app - ERROR - a\n"});
  CHECK(count_of(report, "errors")["inside_per_hour"].is_null());
  CHECK(count_of(report, "errors")["p_value"].is_null());
  CHECK(as_number(report.field("lines_outside")) == 1);
}

TEST_CASE("correlate: every error of a worker's log is one, that of a task that failed or a worker that was killed too") {
  // 21 records of level ERROR, 7 retries and one failure for want of a connection.
  const std::string log = testdata("celery/worker.log");
  const Report report = correlate({{"worker.log", log}}, {log});
  CHECK(as_number(count_of(report, "errors")["inside"]) + as_number(count_of(report, "errors")["outside"]) == 21);
  CHECK(as_number(count_of(report, "disconnects")["inside"]) + as_number(count_of(report, "disconnects")["outside"]) == 8);
}

TEST_CASE("correlate: what is told of several events at once is of one of them, and of a death its own") {
  const auto at = [](const char* time, const char* worker, double mb) {
    char line[200];
    std::snprintf(line, sizeof line, "[2025-11-16 %s,000: INFO/%s] Memory [app.%s] checkpoint:a: RSS=%.1fMB, Process%%=1.0%%, System=10.0%%\n", time, worker, worker, mb);
    return std::string(line);
  };
  const std::string memory = at("08:00:00", "one", 100) + at("08:00:00", "two", 100) + at("08:00:10", "one", 160) + at("08:00:20", "two", 400) +
                             "[2025-11-16 08:10:00,000: ERROR/MainProcess] Process 'one' pid:7 exited with 'signal 9 (SIGKILL)'\n" + at("08:10:05", "two", 700);
  const Value::List events = as_list(correlate({{"worker.log", memory}}, {kMain}).field("events"));
  REQUIRE(events.size() == 2);
  CHECK(as_text(events[0]["time"]) == "2025-11-16T08:00:20.000");
  CHECK(as_number(events[0]["rss_mb"]) == 400.0);
  CHECK(as_text(events[0]["process"]) == "two");
  CHECK(as_number(events[0]["also"]) == 1);
  CHECK(as_text(events[1]["kind"]) == "death");
  CHECK(as_text(events[1]["process"]) == "one");
  CHECK(as_number(events[1]["rss_mb"]) == 160.0);
  CHECK(as_number(events[1]["also"]) == 1);
}

TEST_CASE("correlate: several main logs: an error at the end of one has no further lines in the next") {
  const std::string one = "2025-11-16 08:30:20,000 - app - ERROR - Connection lost\n";
  const std::string two = "2025-11-16T08:31:00Z Connection reset by peer\n";
  const Report report = correlate({{"memory_20251116.log", kMemory}}, {one, two}, {.pressure_mb = 300});
  CHECK(as_number(count_of(report, "disconnects")["inside"]) == 2);
  REQUIRE(as_list(report.field("main_logs")).size() == 2);
  CHECK(as_text(as_list(report.field("main_logs"))[1]["path"]) == "main2.log");
}

TEST_CASE("correlate: times of the main log are read by the memory log's clock") {
  const auto inside = [](const std::string& memory, const std::string& main_log) { return as_number(count_of(correlate({{"memory_20251116.log", memory}}, {main_log}, {.pressure_mb = 300}), "errors")["inside"]); };
  // A zone that only one of them states: the same host, the same clock.
  CHECK(inside(kMemory, "{\"time\": \"2025-11-16T08:30:20+02:00\", \"level\": \"error\", \"msg\": \"a\"}\n") == 1);
  // No year, as syslog writes.
  const Report syslog = correlate({{"memory_20251116.log", kMemory}}, {"Nov 16 08:30:20 host app[42]: Connection lost\n"}, {.pressure_mb = 300});
  CHECK(as_number(count_of(syslog, "disconnects")["inside"]) == 1);
  CHECK(words(syslog.field("warnings")).empty());
  // Loguru's level stands between bars.
  CHECK(inside(kMemory, "2025-11-16 08:30:20.123 | ERROR    | app:main:12 - a\n") == 1);
}
