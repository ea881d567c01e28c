#include "memlog/report/fit_table.h"

#include <doctest/doctest.h>

#include "memlog/report/render.h"

using namespace memlog;

namespace {

Table table_of(const std::vector<std::string>& tasks, const std::string& context) {
  Table table;
  table.columns = {{"TIME"},
                   {.heading = "VMS MB", .right = true, .drop = 2},
                   {.heading = "TASK", .flexible = true, .name = true},
                   {.heading = "CONTEXT", .flexible = true, .drop = 1},
                   {.heading = "SOURCE", .flexible = true, .keep_end = true}};
  for (const std::string& task : tasks) table.rows.push_back({{"2025-11-16 08:34:15"}, {812.7}, {task}, {context}, {"/var/log/bots/memory_20251116.log:123"}});
  return table;
}

std::string shown(const Table& table, int width) {
  Report report;
  report.blocks.emplace_back(table);
  return render_text(report, {.color = false, .width = width});
}

std::size_t widest(const std::string& text) {
  std::size_t most = 0;
  for (std::size_t at = 0; at < text.size();) {
    const auto end = std::min(text.find('\n', at), text.size());
    most = std::max(most, static_cast<std::size_t>(display_width(std::string_view(text).substr(at, end - at))));
    at = end + 1;
  }
  return most;
}

}  // namespace

TEST_CASE("fit_table: without a terminal, and where there is room, nothing is cut") {
  const Table table = table_of({"Nations Dump Processing"}, "User 12345 - Total sessions: 3");
  CHECK(shown(table, 0).find("User 12345 - Total sessions: 3  /var/log/bots/memory_20251116.log:123") != std::string::npos);
  CHECK(shown(table, 200) == shown(table, 0));
}

TEST_CASE("fit_table: texts give way first, then columns are left out and named, and no line is too long") {
  const Table table = table_of({"Nations Dump Processing", "Nations Dump Download"}, "User 12345 - Total sessions: 3");
  const std::string wide = shown(table, 110);
  CHECK(wide.find("Nations Dump Processing") != std::string::npos);
  CHECK(wide.find("no room") == std::string::npos);
  const std::string narrow = shown(table, 80);
  CHECK(narrow.find("Nations Dump Processing") != std::string::npos);
  CHECK(narrow.find("VMS MB") != std::string::npos);
  CHECK(narrow.find("no room here for VMS MB; --wide shows all") != std::string::npos);
  CHECK(narrow.find("1116.log:123") != std::string::npos);
  for (int width = 45; width < 130; ++width) {
    CAPTURE(width);
    CHECK(widest(shown(table, width)) <= static_cast<std::size_t>(width));
  }
}

TEST_CASE("fit_table: names that are cut stay different") {
  for (const int width : {60, 70, 80}) {
    const std::string text = shown(table_of({"Nations Dump Processing", "Nations Dump Download", "Regions Dump Download"}, ""), width);
    std::vector<std::string> names;
    for (std::size_t at = text.find('\n') + 1; at < text.size() && text[at] == '2'; at = text.find('\n', at) + 1) names.push_back(text.substr(at + 21, 22));
    CAPTURE(text);
    REQUIRE(names.size() == 3);
    CHECK(names[0] != names[1]);
    CHECK(names[1] != names[2]);
  }
}

TEST_CASE("fit_table: dotted names keep their ends") {
  const std::string text = shown(table_of({"docflow.tasks.document_tasks.process_document", "docflow.tasks.document_tasks.ocr_pages"}, ""), 70);
  CHECK(text.find(".process_document") != std::string::npos);
  CHECK(text.find("ocr_pages") != std::string::npos);
}

TEST_CASE("fit_table: a cut is marked, in any alphabet") {
  CHECK(cut_text("Processing", 10, Fitted::Cut::end) == "Processing");
  CHECK(cut_text("Processing", 6, Fitted::Cut::end) == "Proce…");
  CHECK(cut_text("Processing", 6, Fitted::Cut::front) == "…ssing");
  CHECK(cut_text("Processing", 6, Fitted::Cut::middle) == "Pr…ing");
  CHECK(cut_text("обработка", 5, Fitted::Cut::front) == "…отка");
  CHECK(display_width(cut_text("日本語のタスク", 6, Fitted::Cut::middle)) <= 6);
}
