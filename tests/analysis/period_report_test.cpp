#include "memlog/analysis/period_report.h"

#include <doctest/doctest.h>

#include "memlog/base/error.h"
#include "support/analyse.h"

using namespace memlog;
using namespace memlog::test;

namespace {

using Logs = std::vector<std::pair<std::string, std::string>>;

Report report_on(const Logs& logs, const PeriodReport::Options& options = {}) {
  ReadResult result;
  PeriodReport analysis(options, result);
  read_into(analysis, result, logs);
  return analysis.report(result);
}

template <typename T>
Report single(T analysis, const Logs& logs, const std::string& since = {}, const std::string& until = {}) {
  Filter filter;
  if (!since.empty()) filter.since = parse_time_bound(since, "--since");
  if (!until.empty()) filter.until = parse_time_bound(until, "--until");
  ReadResult result;
  read_into(analysis, result, logs, &filter);
  return analysis.report(result);
}

Logs daily() {
  Logs logs;
  for (const char* day : {"06", "07", "08"}) {
    const std::string name = std::string("memory_202510") + day + ".log";
    logs.emplace_back(name, testdata("daily/" + name));
  }
  return logs;
}

std::string figures(const Value& task) {
  std::string text;
  for (const char* key : {"task", "count", "avg_mb", "min_mb", "p50_mb", "p95_mb", "max_mb"}) text += render_value(task[key]) + " ";
  text += render_value(task["max_at"]["time"]) + " " + render_value(task["max_at"]["source"]["line"]) + " ";
  for (const char* key : {"started", "finished", "failed", "killed", "unfinished", "avg_delta_mb", "max_peak_mb"}) text += render_value(task["runs"][key]) + " ";
  return text;
}

std::string all_figures(const Value& tasks) {
  std::string text;
  for (const Value& task : as_list(tasks)) text += figures(task) + "\n";
  return text;
}

}  // namespace

TEST_CASE("report: the figures of the whole period are those of the single commands") {
  const Logs logs = daily();
  const Report report = report_on(logs);
  const Value& total = report.field("total");
  CHECK(all_figures(total["tasks"]) == all_figures(single(ByTask(ByTask::Options{}), logs).field("tasks")));
  CHECK(render_value(total["spikes"]) == render_value(single(Spikes(Spikes::Options{}), logs).field("spikes")));
  CHECK(render_value(total["leaks"]) == render_value(single(Leaks(Leaks::Options{}), logs).field("series")));
  CHECK(render_value(total["crashes"]) == render_value(single(Crash(Crash::Options{}), logs).field("crashes")));
  CHECK(as_list(total["spikes"]).size() == 19);
}

TEST_CASE("report: the figures of a window are those of the single commands with --since and --until") {
  const Logs logs = daily();
  const Report report = report_on(logs);
  const Value::List& windows = as_list(report.field("windows"));
  REQUIRE(windows.size() == 3);
  for (std::size_t i = 0; i < 3; ++i) {
    const std::string day = "2025-10-0" + std::to_string(6 + i);
    CAPTURE(day);
    CHECK(as_text(windows[i]["start"]) == day + "T00:00:00");
    CHECK(all_figures(windows[i]["tasks"]) == all_figures(single(ByTask(ByTask::Options{}), logs, day, day + " 23:59:59.999").field("tasks")));
    CHECK(render_value(windows[i]["leaks"]) == render_value(single(Leaks(Leaks::Options{}), logs, day, day + " 23:59:59.999").field("series")));
  }
  CHECK(as_list(windows[0]["spikes"]).size() == 5);
  CHECK(as_list(windows[1]["spikes"]).size() == 11);
  CHECK(as_list(windows[2]["spikes"]).size() == 3);
  CHECK(as_number(windows[0]["usage"]["samples"]) == 728);
}

TEST_CASE("report: time counts for the zone of the reading before, and sums to what is covered") {
  const std::string log = daily_line("08:00:00", "---", "Idle", 300.0) + daily_line("08:10:00", "---", "Idle", 350.0) + daily_line("08:30:00", "---", "Dump", 510.0) +
                          daily_line("08:35:00", "---", "Idle", 200.0);
  const Report report = report_on({{"memory_20251116.log", log}}, {.preset = "render-512"});
  const Value::List& zones = as_list(report.field("total")["zones"]);
  REQUIRE(zones.size() == 4);
  CHECK(as_number(zones[0]["seconds"]) == 600);
  CHECK(as_number(zones[1]["seconds"]) == 1200);
  CHECK(as_number(zones[2]["seconds"]) == 0);
  CHECK(as_number(zones[3]["seconds"]) == 300);
  CHECK(as_text(zones[1]["zone"]) == "high");
  CHECK_THROWS_AS(preset_zones("render-1024"), Error);
}

TEST_CASE("report: a limit gives zones of 70, 90 and 97 percent") {
  const Report report = report_on({{"memory_20251116.log", daily_line("08:00:00", "---", "Idle", 300.0) + daily_line("08:10:00", "---", "Idle", 350.0)}}, {.limit_mb = 400});
  const Value::List& zones = as_list(report.field("total")["zones"]);
  REQUIRE(zones.size() == 4);
  CHECK(as_number(zones[1]["from_mb"]) == 280.0);
  CHECK(as_number(zones[1]["seconds"]) == 600);
  CHECK(as_number(zones[3]["from_mb"]) == 388.0);
}

TEST_CASE("report: the short system of the 2 GB host is a zone of its own") {
  const std::string log = daily_line("08:00:00", "---", "Idle", 1200.0, 400.0) + daily_line("08:10:00", "---", "Idle", 300.0, 400.0) + daily_line("08:20:00", "---", "Idle", 300.0, 900.0);
  const Value::List zones = as_list(report_on({{"memory_20251116.log", log}}, {.preset = "host-2gb"}).field("total")["zones"]);
  REQUIRE(zones.size() == 5);
  CHECK(as_number(zones[1]["seconds"]) == 600);
  CHECK(as_number(zones[3]["seconds"]) == 1200);
  CHECK(as_number(zones[4]["seconds"]) == 0);
}

TEST_CASE("report: gaps are far longer than the log's other intervals") {
  std::string log;
  for (int i = 0; i < 20; ++i) log += daily_line("08:" + std::string(i < 5 ? "0" : "") + std::to_string(2 * i) + ":00", "---", "Idle", 300.0);
  log += daily_line("09:30:00", "---", "Idle", 300.0);
  const Value::List gaps = as_list(report_on({{"memory_20251116.log", log}}).field("total")["gaps"]);
  REQUIRE(gaps.size() == 1);
  CHECK(as_text(gaps[0]["from"]) == "2025-11-16T08:38:00");
  CHECK(as_number(gaps[0]["seconds"]) == 3120);
}

TEST_CASE("report: the zones of all windows sum to those of the whole, that of a window that states no limit too") {
  for (const char* log : {"polymarket/bot.log", "daily/memory_20251007.log", "telegram-v1/memory_debug.log"}) {
    CAPTURE(log);
    const Report report = report_on({{"bot.log", testdata(log)}}, {.window_s = 6 * 3600});
    const Value::List& total = as_list(report.field("total")["zones"]);
    REQUIRE(total.size() == 4);
    for (std::size_t zone = 0; zone < total.size(); ++zone) {
      double sum = 0;
      for (const Value& window : as_list(report.field("windows"))) {
        REQUIRE(as_list(window["zones"]).size() == total.size());
        sum += as_number(as_list(window["zones"])[zone]["seconds"]);
      }
      CHECK(sum == doctest::Approx(as_number(total[zone]["seconds"])));
    }
  }
}

TEST_CASE("report: a limit that the log states is that of its windows with readings of the system only, before and after") {
  // The limit is first stated at 08:35:38, and not in every window after; readings of the system are in all.
  const Report stated = report_on({{"logs.txt", testdata("telegram-v1/logs.txt")}}, {.window_s = 600});
  const Value& total = stated.field("total");
  REQUIRE(as_text(total["limit_source"]) == "log");
  std::vector<double> sums(as_list(total["zones"]).size());
  for (const Value& window : as_list(stated.field("windows"))) {
    CHECK(as_number(window["limit_mb"]) == as_number(total["limit_mb"]));
    CHECK(as_text(window["limit_source"]) == "log");
    for (std::size_t zone = 0; zone < sums.size(); ++zone) sums[zone] += as_number(as_list(window["zones"])[zone]["seconds"]);
  }
  for (std::size_t zone = 0; zone < sums.size(); ++zone) CHECK(sums[zone] == doctest::Approx(as_number(as_list(total["zones"])[zone]["seconds"])));
}

TEST_CASE("report: of very many tasks the largest are told in words, all in data") {
  std::string log;
  for (int i = 0; i < 80; ++i) log += daily_line("08:00:00", "---", "Task " + std::to_string(i), 200 + i);
  const Report report = report_on({{"memory_20251116.log", log}}, {.told_tasks = 60});
  CHECK(as_list(report.field("total")["tasks"]).size() == 80);
  const std::string text = render_text(report, {});
  CHECK(text.find("Task 79 ") != std::string::npos);
  CHECK(text.find("Task 19 ") == std::string::npos);
  CHECK(text.find("and 20 more tasks with a lower maximum") != std::string::npos);
}

TEST_CASE("report: what the program's own report says is told beside it, the last of each window") {
  const Report report = report_on({{"bot.log", testdata("polymarket/bot.log")}});
  const Value& first = as_list(report.field("windows"))[0]["stated"];
  CHECK(as_number(first["average_mb"]) == 160.0);
  CHECK(as_number(first["min_mb"]) == 145.4);
  CHECK(as_number(first["max_mb"]) == 173.3);
  CHECK(as_number(first["growth_rate_mb_per_hour"]) == -0.03);
  CHECK(as_text(first["verdict"]) == "No leak detected");
  CHECK(as_number(first["source"]["line"]) == 125);
  CHECK(as_number(report.field("total")["stated"]["max_mb"]) == 469.5);
  CHECK(as_number(report.field("total")["stated"]["reports"]) == 3);
  CHECK(render_text(report, {}).find("THE LOG'S OWN REPORT") != std::string::npos);
  CHECK(report_on({{"memory_20251116.log", daily_line("08:00:00", "---", "Idle", 200)}}).field("total")["stated"].is_null());
}

TEST_CASE("report: deques against their limits, and what follows from them") {
  const Report report = report_on({{"bot.log", testdata("polymarket/bot.log")}});
  const Value& total = report.field("total");
  std::string exceeded;
  std::string unlimited;
  for (const Value& counter : as_list(total["counters"])) {
    if (as_text(counter["state"]) == "exceeded") exceeded += as_text(counter["counter"]) + " " + words(counter["max"]);
    if (as_text(counter["state"]) == "no_limit") unlimited += as_text(counter["counter"]);
  }
  CHECK(exceeded == "order_book_snapshots [L2] 2308.0");
  CHECK(unlimited == "trade_journal");
  bool advised = false;
  for (const Value& advice : as_list(total["recommendations"])) advised |= as_text(advice["text"]) == "give the deque 'trade_journal' a maxlen: it has none and held 6428";
  CHECK(advised);
}

TEST_CASE("report: collections and what they freed; a log without times has no windows but a total") {
  const Value total = report_on({{"worker.log", testdata("celery/worker.log")}}).field("total");
  CHECK(as_number(total["gc"]["count"]) == 1);
  CHECK(as_number(total["gc"]["freed_mb"]) == 146.4);
  const Report timeless = report_on({{"a.log", "08:32:00 --- [Idle] | RSS:  234.2 MB\n"}});
  CHECK(as_number(timeless.field("total")["usage"]["samples"]) == 1);
}

TEST_CASE("report: what the system had holds until the next reading, as what the process had does") {
  const Report report = report_on({{"memory_20251116.log", daily_line("08:00:00", "---", "Idle", 200, 900) + daily_line("08:10:00", "---", "Idle", 200, 400) + daily_line("08:12:00", "---", "Idle", 200, 900)}}, {.preset = "host-2gb"});
  double low = -1;
  for (const Value& zone : as_list(report.field("total")["zones"])) {
    if (as_text(zone["zone"]) == "system: below 500 MB available") low = as_number(zone["seconds"]);
  }
  CHECK(low == 120);
}

namespace {

double zone_seconds(const Value& part) {
  double sum = 0;
  for (const Value& zone : as_list(part["zones"])) {
    if (!as_text(zone["zone"]).starts_with("system")) sum += as_number(zone["seconds"]);
  }
  return sum;
}

void check_windows_sum_to_total(const Logs& logs, double window_s, std::size_t at_least) {
  PeriodReport::Options options{.window_s = window_s, .preset = "render-512"};
  const Report report = report_on(logs, options);
  const Value& windows = report.field("windows");
  REQUIRE(as_list(windows).size() >= at_least);
  double sum = 0;
  for (const Value& window : as_list(windows)) sum += zone_seconds(window);
  CHECK(sum > 0);
  CHECK(sum == doctest::Approx(zone_seconds(report.field("total"))).epsilon(1e-9));
}

}  // namespace

TEST_CASE("report: the zone times of the windows sum to those of the whole") {
  check_windows_sum_to_total(daily(), 86'400, 3);
  check_windows_sum_to_total(daily(), 420, 100);
  const Logs bot{{"bot.log", testdata("polymarket/bot.log")}};
  check_windows_sum_to_total(bot, 6 * 3600, 2);
  check_windows_sum_to_total(bot, 420, 10);
}

TEST_CASE("report: a reading before a long gap or a start has its time, the last one none") {
  const std::string log = daily_line("08:00:00", "---", "Idle", 300.0) + daily_line("11:00:00", "---", "Idle", 400.0) + daily_line("11:20:00", "---", "Bot Started", 200.0);
  const Report report = report_on({{"memory_20251116.log", log}}, {.preset = "render-512"});
  const Value::List& zones = as_list(report.field("total")["zones"]);
  REQUIRE(zones.size() == 4);
  CHECK(as_number(zones[0]["seconds"]) == 3600);
  CHECK(as_number(zones[1]["seconds"]) == 1200);
}

TEST_CASE("report: what is held across the edge of a window is divided there") {
  const std::string log = daily_line("08:55:00", "---", "Idle", 300.0) + daily_line("09:10:00", "---", "Idle", 400.0) + daily_line("09:11:00", "---", "Idle", 400.0);
  const Report report = report_on({{"memory_20251116.log", log}}, {.window_s = 3600, .preset = "render-512"});
  const Value::List& windows = as_list(report.field("windows"));
  REQUIRE(windows.size() == 2);
  CHECK(as_number(as_list(windows[0]["zones"])[0]["seconds"]) == 300);
  CHECK(as_number(as_list(windows[1]["zones"])[0]["seconds"]) == 600);
  CHECK(as_number(as_list(windows[1]["zones"])[1]["seconds"]) == 60);
}

TEST_CASE("report: of many jumps people read the largest fifty, in order; data has all") {
  std::string log;
  for (int i = 0; i < 60; ++i) {
    const std::string time = (i < 30 ? "08:" : "09:") + std::string(i % 30 < 5 ? "0" : "") + std::to_string(i % 30 * 2) + ":";
    log += daily_line(time + "00", "---", "Idle", 100.0) + daily_line(time + "30", "---", "Dump", 200.0 + i);
  }
  const Report report = report_on({{"memory_20251116.log", log}});
  CHECK(as_list(report.field("total")["spikes"]).size() == 60);
  const std::string text = render_text(report, {});
  CHECK(text.find("and 10 smaller ones") != std::string::npos);
  CHECK(text.find("2025-11-16 08:18:30") == std::string::npos);
  CHECK(text.find("2025-11-16 08:20:30") < text.rfind("2025-11-16 09:58:30"));
}

TEST_CASE("report: what comes late is told in the window before, until an hour of the next one has passed") {
  const std::string log = daily_line("09:50:00", "---", "Idle", 300.0) + daily_line("10:10:00", "---", "Idle", 301.0) + daily_line("09:55:00", "---", "Idle", 302.0) +
                          daily_line("11:05:00", "---", "Idle", 303.0) + daily_line("09:58:00", "---", "Idle", 304.0) + daily_line("11:59:00", "---", "Idle", 305.0) +
                          daily_line("12:01:00", "---", "Idle", 306.0);
  const Report report = report_on({{"memory_20251116.log", log}}, {.window_s = 7200});
  const Value::List& windows = as_list(report.field("windows"));
  REQUIRE(windows.size() == 3);
  CHECK(as_number(windows[0]["usage"]["samples"]) == 2);
  CHECK(as_number(windows[1]["usage"]["samples"]) == 4);
  CHECK(as_number(windows[1]["usage"]["max_mb"]) == 305.0);
  CHECK(as_number(windows[2]["usage"]["samples"]) == 1);
}
