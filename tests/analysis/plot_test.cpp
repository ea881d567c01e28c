#include "memlog/analysis/plot.h"

#include <doctest/doctest.h>

#include "support/analyse.h"

using namespace memlog;
using namespace memlog::test;

namespace {

Report plot(const std::string& log, const Plot::Options& options) {
  Plot analysis(options);
  return report_of(analysis, log);
}

std::string figure(const Report& report) {
  for (const Block& block : report.blocks) {
    if (const auto* drawn = std::get_if<Figure>(&block)) return drawn->text;
  }
  return {};
}

const std::string kLog = daily_line("08:00:00", "---", "Bot Started", 100.0) + daily_line("08:20:00", "---", "Dump", 400.0) + daily_line("08:40:00", "---", "Idle", 200.0) +
                         daily_line("09:00:00", "---", "Idle", 100.0);

}  // namespace

TEST_CASE("plot: scale, peak, restart, limit line and times, in ASCII") {
  const Report report = plot(kLog, {.ink = Plot::Ink::ascii, .width = 49, .height = 8, .limit_mb = 500});
  CHECK(figure(report) ==
        "                      1 Dump\n"
        "  limit |----------------------------------------\n"
        "        |\n"
        "        |          ########\n"
        "        |        ###::::::#####\n"
        "  250.0 |     ####::::::::::::#####\n"
        "        |  ####:::::::::::::::::::########\n"
        "        |###:::::::::::::::::::::::::::::########\n"
        "        |::::::::::::::::::::::::::::::::::::::::\n"
        "         R\n"
        "      MB 2025-11-16 08:00  08:30            09:00");
  CHECK(as_text(as_list(report.field("peaks"))[0]["task"]) == "Dump");
  CHECK(as_number(as_list(report.field("peaks"))[0]["source"]["line"]) == 2);
  CHECK(as_list(report.field("restarts")).size() == 1);
}

TEST_CASE("plot: no line is wider than asked, in any ink") {
  for (const Plot::Ink ink : {Plot::Ink::braille, Plot::Ink::blocks, Plot::Ink::ascii}) {
    for (const int width : {40, 80, 133}) {
      const std::string text = figure(plot(testdata("daily/memory_20251007.log"), {.ink = ink, .width = width}));
      for (std::size_t at = 0; at < text.size();) {
        const auto newline = std::min(text.find('\n', at), text.size());
        CHECK(display_width(text.substr(at, newline - at)) <= width);
        at = newline + 1;
      }
    }
  }
}

TEST_CASE("plot: one line each for processes and for tasks") {
  const Report processes = plot(testdata("celery/worker.log"), {.ink = Plot::Ink::ascii, .lines = Plot::Lines::process});
  REQUIRE(as_list(processes.field("lines")).size() == 5);
  CHECK(as_text(as_list(processes.field("lines"))[0]["process"]) == "ForkPoolWorker-4");
  CHECK(as_number(as_list(processes.field("lines"))[0]["max_mb"]) == 1391.4);
  const Report tasks = plot(kLog, {.ink = Plot::Ink::blocks, .lines = Plot::Lines::task});
  REQUIRE(as_list(tasks.field("lines")).size() == 3);
  CHECK(as_text(as_list(tasks.field("lines"))[0]["task"]) == "Dump");
}

TEST_CASE("plot: a log without times has nothing to draw") {
  const Report report = plot("--- [Idle] | RSS:  234.2 MB\n", {});
  CHECK(as_list(report.field("peaks")).empty());
}

TEST_CASE("plot: a start and an hour without a reading leave a gap, and a death is marked as memlog crash finds it") {
  const Report report = plot(daily_line("08:00:00", "---", "Idle", 200.0) + daily_line("08:40:00", "---", "Idle", 200.0) + daily_line("10:20:00", "---", "Idle", 200.0) +
                                 daily_line("10:40:00", "---", "Bot Started", 100.0) + daily_line("11:00:00", "---", "Idle", 100.0),
                             {.ink = Plot::Ink::ascii, .width = 49, .height = 2});
  CHECK(figure(report).find("  200.0 |#########") != std::string::npos);
  CHECK(figure(report).find("#          ") != std::string::npos);
  const Report day = plot(testdata("daily/memory_20251007.log"), {.ink = Plot::Ink::ascii, .width = 80});
  std::string kinds;
  for (const Value& event : as_list(day.field("restarts"))) kinds += as_text(event["kind"]) + " " + as_text(event["time"]) + " " + as_text(event["task"]) + "\n";
  CHECK(kinds == "death 2025-10-07T04:35:50 Nations Dump Download\nrestart 2025-10-07T05:13:01 Bot Started\n");
}

TEST_CASE("plot: a restart and a death without a run in flight name what the process did last") {
  const auto told = [](const Report& report) {
    std::string out;
    for (const Value& event : as_list(report.field("restarts"))) out += as_text(event["kind"]) + " " + as_text(event["time"]).substr(11) + " " + words(event["process"]) + " " + words(event["task"]) + "\n";
    return out;
  };
  // Nothing was seen before the first start; later ones follow the last operation of the life before.
  CHECK(told(plot(testdata("telegram-v1/memory_debug.log"), {})) ==
        "restart 08:20:31 - -\n"
        "death 10:52:50 - Session Creation\n"
        "restart 10:53:27 - Session Creation\n"
        "restart 13:02:31 - Periodic Check\n"
        "restart 14:24:34 - Session Created\n");
  // Two containers: each one's own.
  const auto line = [](const char* container, const char* time, const char* text) { return std::string(container) + "  | [2025-11-16 " + time + ",000: " + text + "\n"; };
  const std::string memory = "INFO/MainProcess] Memory [app.";
  const std::string two = line("worker-1", "08:00:00", (memory + "ocr] START: RSS=100.0MB, Process%=1.0%, System=10.0%").c_str()) +
                          line("worker-2", "08:00:10", (memory + "mail] START: RSS=90.0MB, Process%=1.0%, System=10.0%").c_str()) +
                          line("worker-1", "08:01:00", (memory + "ocr] FINISH: RSS=101.0MB, Process%=1.0%, System=10.0%").c_str()) +
                          line("worker-2", "08:01:10", (memory + "mail] FINISH: RSS=91.0MB, Process%=1.0%, System=10.0%").c_str()) +
                          line("worker-1", "08:02:00", "INFO/MainProcess] celery@worker-1 ready.") + line("worker-2", "08:02:10", "INFO/MainProcess] celery@worker-2 ready.");
  CHECK(told(plot(two, {})) ==
        "restart 08:02:00.000 worker-1/MainProcess app.ocr\n"
        "restart 08:02:10.000 worker-2/MainProcess app.mail\n");
}

TEST_CASE("plot: a process that only rises has one peak, whatever another one does meanwhile") {
  std::string log;
  for (int i = 0; i < 6; ++i) {
    const auto at = [&](const char* second, const char* worker, int mb) { return "[2025-11-16 08:" + std::to_string(10 + 5 * i) + ":" + second + ",000: INFO/" + worker + "] Memory [app.ocr] checkpoint:a: RSS=" + std::to_string(mb) + ".0MB, Process%=1.0%, System=10.0%\n"; };
    log += at("00", "one", 100 + 20 * i) + at("40", "two", 50);
  }
  const Report report = plot(log, {.ink = Plot::Ink::ascii, .width = 100});
  std::string found;
  for (const Value& peak : as_list(report.field("peaks"))) found += words(peak["process"]) + " " + words(peak["rss_mb"]) + "\n";
  CHECK(found.starts_with("one 200.0\n"));
  CHECK(found.find("one", 3) == std::string::npos);
}

TEST_CASE("plot: times are those of the log to their last digit") {
  const Report report = plot(testdata("celery/worker.log"), {.ink = Plot::Ink::ascii});
  CHECK(as_text(as_list(report.field("peaks"))[0]["time"]) == "2026-03-24T01:33:23.145");
  CHECK(figure(report).find("2026-03-24 01:33:14") != std::string::npos);
}
