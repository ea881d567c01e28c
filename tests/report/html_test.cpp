#include <doctest/doctest.h>

#include "memlog/analysis/chart.h"
#include "memlog/analysis/period_report.h"
#include "support/analyse.h"

using namespace memlog;
using namespace memlog::test;

namespace {

struct Page {
  std::string text;
  Value chart;
};

Page page_of(const std::vector<std::pair<std::string, std::string>>& logs) {
  struct Both : Analysis {
    explicit Both(const ReadResult& result) : report_of({}, result), curves({}) {}
    void fold(const Slice& slice) override {
      report_of.fold(slice);
      curves.fold(slice);
    }
    Report report(const ReadResult& result) override { return report_of.report(result); }
    PeriodReport report_of;
    Curves curves;
  };
  ReadResult result;
  Both both(result);
  read_into(both, result, logs);
  const Report report = both.report(result);
  both.curves.finish();
  Page page;
  page.chart = chart_value(both.curves, both.report_of.zones(), report.field("total")["crashes"], result).held();
  page.text = render_html(report, page.chart, "Memory of <a> & \"b\"");
  return page;
}

std::size_t count(const std::string& text, const std::string& word) {
  std::size_t n = 0;
  for (auto at = text.find(word); at != std::string::npos; at = text.find(word, at + 1)) ++n;
  return n;
}

}  // namespace

TEST_CASE("html: text from the log is escaped in the page and in its data") {
  const std::string label = "</script><script>alert(1)</script><img src=x>&\"'";
  const Page page = page_of({{"memory_20251116.log", daily_line("08:00:00", "---", label, 200.0) + daily_line("08:02:00", "---", label, 300.0)}});
  CHECK(page.text.find("<img") == std::string::npos);
  CHECK(page.text.find("<script>alert") == std::string::npos);
  CHECK(count(page.text, "</script>") == 2);
  CHECK(page.text.find("\\u003c/script\\u003e") != std::string::npos);
  CHECK(page.text.find("&lt;/script&gt;") != std::string::npos);
  CHECK(page.text.find("<title>Memory of &lt;a&gt; &amp; &quot;b&quot;</title>") != std::string::npos);
}

TEST_CASE("html: the policy allows one script and one style by their hashes, and no network") {
  const Page page = page_of({{"memory_20251116.log", daily_line("08:00:00", "---", "Idle", 200.0)}});
  CHECK(page.text.find("default-src 'none'; script-src 'sha256-") != std::string::npos);
  CHECK(page.text.find("style-src 'sha256-") != std::string::npos);
  CHECK(page.text.find("sourceMappingURL") == std::string::npos);
  const auto body = page.text.find("<body>");
  const std::string written = page.text.substr(body, page.text.find("<script>", body) - body);
  CHECK(written.find(" style=") == std::string::npos);
  CHECK(written.find(" on") == std::string::npos);
  CHECK(written.find(" src=") == std::string::npos);
}

TEST_CASE("html: a week of samples stays below a megabyte, and its peak is in it") {
  std::vector<std::pair<std::string, std::string>> logs;
  for (int day = 10; day < 17; ++day) {
    std::string text;
    for (int i = 0; i < 720; ++i) {
      char line[200];
      std::snprintf(line, sizeof line, "2025-11-%02d %02d:%02d:00 --- [Task number %d] | RSS: %6.1f MB | VMS:  512.1 MB | System Available: 1024.5 MB (50.2%% free)\n", day, i / 30, i % 30 * 2, i % 40,
                    day == 13 && i == 333 ? 987.6 : 200.0 + i % 17);
      text += line;
    }
    logs.emplace_back("memory_202511" + std::to_string(day) + ".log", text);
  }
  const Page page = page_of(logs);
  CHECK(page.text.size() < 1'000'000);
  const Value::List& points = as_list(as_list(page.chart["series"])[0]["points"]);
  bool peak = false;
  for (const Value& point : points) peak |= as_number(as_list(point)[1]) == 987.6 && as_number(as_list(point)[4]) == 334;
  CHECK(peak);
}

TEST_CASE("html: deaths, starts and alerts are marks; runs are bands") {
  const Page bot = page_of({{"memory_debug.log", testdata("telegram-v1/memory_debug.log")}});
  std::size_t deaths = 0;
  std::size_t starts = 0;
  std::size_t critical = 0;
  for (const Value& mark : as_list(bot.chart["marks"])) {
    const std::string kind = as_text(as_list(mark)[1]);
    deaths += kind == "death" ? 1 : 0;
    starts += kind == "restart" ? 1 : 0;
    critical += kind == "critical" ? 1 : 0;
  }
  CHECK(deaths == 1);
  CHECK(starts == 4);
  CHECK(critical > 0);
  const Page worker = page_of({{"worker.log", testdata("celery/worker.log")}});
  CHECK(as_list(worker.chart["series"]).size() == 5);
  CHECK(as_list(worker.chart["bands"]).size() == 53);
}

TEST_CASE("html: a week of sixteen processes stays below a megabyte too, and keeps the peak of each") {
  std::string text;
  for (int i = 0; i < 7 * 1440; ++i) {
    for (int process = 1; process <= 16; ++process) {
      char line[200];
      std::snprintf(line, sizeof line, "web-%d-1  | 2025-11-%02d %02d:%02d:%02d --- [Idle] | RSS: %6.1f MB | VMS:  512.1 MB | System Available: 1024.5 MB (50.2%% free)\n", process, 10 + i / 1440, i / 60 % 24,
                    i % 60, process, i == 500 * process ? 900.0 + process : 200.0 + i % 17);
      text += line;
    }
  }
  const Page page = page_of({{"compose.log", text}});
  CHECK(page.text.size() < 1'000'000);
  const Value::List& series = as_list(page.chart["series"]);
  REQUIRE(series.size() == 16);
  double sum = 0;
  for (const Value& one : series) {
    double most = 0;
    for (const Value& point : as_list(one["points"])) most = std::max(most, as_number(as_list(point)[1]));
    sum += most;
  }
  CHECK(sum == 16 * 900 + 16 * 17 / 2);
}
