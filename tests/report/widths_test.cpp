#include <doctest/doctest.h>

#include <string>

#include "memlog/analysis/period_report.h"
#include "memlog/analysis/spikes.h"
#include "memlog/report/fit_table.h"
#include "support/analyse.h"

using namespace memlog;
using namespace memlog::test;

namespace {

// The first line that is wider than the terminal.
std::string too_wide(const Report& report, int width) {
  const std::string text = render_text(report, {.width = width});
  for (std::size_t at = 0; at < text.size();) {
    const auto end = std::min(text.find('\n', at), text.size());
    if (display_width(text.substr(at, end - at)) > width) return text.substr(at, end - at);
    at = end + 1;
  }
  return {};
}

}  // namespace

TEST_CASE("widths: a report fits the terminal") {
  for (const char* log : {"daily/memory_20251007.log", "celery/worker.log", "telegram-v1/memory_debug.log", "polymarket/bot.log", "crash/bot.log", "telegram-v3/memory_debug.log"}) {
    for (const char* preset : {"", "render-512", "host-2gb"}) {
      ReadResult result;
      PeriodReport analysis({.preset = preset}, result);
      read_into(analysis, result, {{"memory_with_a_name_that_is_longer_than_usual.log", testdata(log)}});
      const Report report = analysis.report(result);
      for (const int width : {60, 80, 100}) {
        CAPTURE(log);
        CAPTURE(preset);
        CAPTURE(width);
        CHECK(too_wide(report, width) == "");
      }
    }
  }
}

TEST_CASE("widths: what has no room is named, and the first column always stays") {
  Table table;
  table.columns = {{"TIME"}, {"NUMBER", true}, {.heading = "SOURCE", .flexible = true, .keep_end = true, .drop = 1}};
  table.rows.push_back({{"2025-11-16 08:30:00"}, {123456.7}, {"logs/memory.log:12"}});
  Report report;
  report.blocks.emplace_back(table);
  CHECK(render_text(report, {.width = 30}) ==
        "TIME                   NUMBER\n"
        "2025-11-16 08:30:00  123456.7\n"
        "no room here for SOURCE;\n"
        "--wide shows all\n");
  CHECK(render_text(report, {.width = 20}).starts_with("TIME\n2025-11-16 08:30:00\n"));
  CHECK(render_text(report, {}).find("logs/memory.log:12") != std::string::npos);
}

TEST_CASE("widths: a word that has no room stands on a line of its own, and what is said instead of a table is wrapped") {
  Report report;
  report.blocks.emplace_back(Paragraph{"'docflow.tasks.graphrag_tasks' keeps 12.0 MB", Tone::plain, 2});
  Table table;
  table.empty = "no crash, no kill, no restart";
  report.blocks.emplace_back(table);
  CHECK(render_text(report, {.width = 24}) ==
        "  'docflow.tasks.graphrag_tasks'\n"
        "    keeps 12.0 MB\n"
        "no crash, no kill, no\n"
        "restart\n");
}

TEST_CASE("widths: a sentence keeps its beginning, and a path gives way to it") {
  Table table;
  table.columns = {{"RESULT"}, {.heading = "RULE", .flexible = true, .name = true}, {.heading = "WHAT", .flexible = true, .name = true}, {.heading = "SOURCE", .flexible = true, .keep_end = true, .drop = 1}};
  table.rows.push_back({{"BROKEN"}, {"--max-rss 450MB"}, {"RSS 710.3 MB is above 450.0 MB in Nations Dump Processing at 2025-10-07 04:35:50"}, {"logs/memory_20251007.log:140"}});
  Report report;
  report.blocks.emplace_back(table);
  CHECK(render_text(report, {.width = 80}).starts_with(
      "RESULT  RULE             WHAT\n"
      "BROKEN  --max-rss 450MB  RSS 710.3 MB is above 450.0 MB in Nations Dump Process…\n"));
}

TEST_CASE("widths: a drawing has a narrow form where there is no room for the wide one") {
  Report report;
  report.blocks.emplace_back(Figure{"floor 1 to 2 MB  ######", Tone::plain, 2, "floor 1 to 2 MB\n######"});
  CHECK(render_text(report, {.width = 25}) == "  floor 1 to 2 MB  ######\n");
  CHECK(render_text(report, {.width = 24}) == "  floor 1 to 2 MB\n  ######\n");
  CHECK(render_text(report, {}) == "  floor 1 to 2 MB  ######\n");
}
