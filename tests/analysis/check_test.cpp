#include "memlog/analysis/check.h"

#include <doctest/doctest.h>

#include "memlog/base/error.h"
#include "support/analyse.h"

using namespace memlog;
using namespace memlog::test;
using Kind = Check::Kind;

namespace {

Report check(std::vector<Check::Rule> rules, const std::string& log, double cooldown_s = -1) {
  Check analysis({std::move(rules), cooldown_s});
  return report_of(analysis, log);
}

const std::string kLog = daily_line("08:00:00", "---", "Idle", 200.0) + daily_line("08:02:00", "---", "Dump", 400.0) +
                         daily_line("08:04:00", "---", "Dump", 500.0, 300.0) + daily_line("08:06:00", "---", "Idle", 210.0) + daily_line("09:30:00", "---", "Dump", 450.0);

}  // namespace

TEST_CASE("check: one line for a broken rule, of its worst reading, with value, threshold and source") {
  const Report report = check({parse_rule(Kind::max_rss, "350MB", "--max-rss 350MB")}, kLog);
  REQUIRE(report.findings.size() == 1);
  CHECK(report.findings[0].state == Finding::State::broken);
  CHECK(report.findings[0].message == "RSS 500.0 MB is above 350.0 MB in Dump at 2025-11-16 08:04:00 (3 readings)");
  CHECK(report.findings[0].path == "test.log");
  CHECK(report.findings[0].line == 3);
  CHECK(as_number(as_list(report.field("rules"))[0]["value"]) == 500.0);
}

TEST_CASE("check: a threshold that is just reached holds") {
  const Report report = check({parse_rule(Kind::max_rss, "500MB", "--max-rss 500MB"), parse_rule(Kind::min_available, "300MB", "--min-available 300MB")}, kLog);
  CHECK(report.findings[0].state == Finding::State::held);
  CHECK(report.findings[1].state == Finding::State::held);
}

TEST_CASE("check: with a cooldown every breach is told, but none too soon after another") {
  const Report report = check({parse_rule(Kind::max_rss, "350MB", "--max-rss 350MB")}, kLog, 1800);
  REQUIRE(report.findings.size() == 2);
  CHECK(report.findings[0].message == "RSS 400.0 MB is above 350.0 MB in Dump at 2025-11-16 08:02:00");
  CHECK(report.findings[1].line == 5);
}

TEST_CASE("check: a rule about something that the log does not have is undecided, with the word that was meant") {
  const std::string log = testdata("telegram-v1/memory_debug.log");
  const Report report = check({parse_rule(Kind::max_metric, "sesions=3", "--max sesions=3"), parse_rule(Kind::max_task, "Nothing=1MB", "--max-task Nothing=1MB")}, log);
  CHECK(report.findings[0].state == Finding::State::undecided);
  CHECK(report.findings[0].message == "no reading of 'sesions'; did you mean 'sessions'?");
  CHECK(report.findings[1].message == "no sample of such a task");
}

TEST_CASE("check: counters, free memory, kept memory and crashes") {
  const std::string log = testdata("telegram-v1/memory_debug.log");
  const Report bot = check({parse_rule(Kind::max_metric, "sessions=3", "--max sessions=3"), parse_rule(Kind::min_free, "90%", "--min-free 90%"), parse_rule(Kind::no_crash, "", "--no-crash")}, log);
  CHECK(bot.findings[0].message.starts_with("sessions 10 is above 3 in Session Created"));
  CHECK(bot.findings[1].state == Finding::State::broken);
  CHECK(bot.findings[2].message == "1 crash: oom at 513.4 MB at 2025-12-05 10:52:50");
  const Report worker = check({parse_rule(Kind::max_kept, "compact=100MB", "--max-kept compact=100MB")}, testdata("celery/worker.log"));
  CHECK(worker.findings[0].message.starts_with("kept per run 146.4 MB is above 100.0 MB"));
}

TEST_CASE("check: growth is what the leak method says, and too short a log decides nothing") {
  CHECK(check({parse_rule(Kind::max_growth, "10MB/h", "--max-growth 10MB/h")}, kLog).findings[0].state == Finding::State::undecided);
  std::string log;
  for (int i = 0; i < 360; ++i) {
    char time[16];
    std::snprintf(time, sizeof time, "%02d:%02d:00", i / 30, i % 30 * 2);
    log += daily_line(time, "---", "Idle", 200.0 + i + (i * 7919 % 13) / 10.0);
  }
  const Report leaking = check({parse_rule(Kind::max_growth, "10MB/h", "--max-growth 10MB/h")}, log);
  CHECK(leaking.findings[0].state == Finding::State::broken);
  CHECK(leaking.findings[0].message.starts_with("growth 30."));
  CHECK(check({parse_rule(Kind::max_growth, "60MB/h", "--max-growth 60MB/h")}, log).findings[0].state == Finding::State::held);
}

TEST_CASE("check: values that a rule cannot have are errors that say what to give") {
  CHECK_THROWS_WITH_AS(parse_rule(Kind::max_task, "600MB", ""), "cannot read '600MB' of --max-task", Error);
  CHECK_THROWS_WITH_AS(parse_rule(Kind::max_rss, "lots", ""), "cannot read 'lots' of --max-rss", Error);
  CHECK_THROWS_WITH_AS(parse_rule(Kind::min_free, "a lot", ""), "cannot read 'a lot' of --min-free", Error);
  CHECK_THROWS_AS(parse_rule(Kind::max_task, "(=5MB", ""), Error);
  CHECK(parse_rule(Kind::max_task, "a=b=5MB", "").threshold == 5.0);
}

TEST_CASE("check: findings as a JUnit document and as GitHub annotations, with text of the log escaped") {
  Report report;
  report.gate = "check";
  report.findings = {{Finding::State::broken, "--max-rss 1MB", "in <b>&\x1b[31m\" 50%", "a,b:c.log", 7}, {Finding::State::held, "--no-crash", "", "", 0}, {Finding::State::undecided, "--max x=1", "no reading", "", 0}};
  CHECK(render_junit(report) ==
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n"
        "  <testsuite name=\"memlog check\" tests=\"3\" failures=\"1\" errors=\"0\" skipped=\"1\">\n"
        "    <testcase classname=\"memlog.check\" name=\"--max-rss 1MB\">\n"
        "      <failure message=\"in &lt;b&gt;&amp;\\x1b[31m&quot; 50%\">a,b:c.log:7</failure>\n    </testcase>\n"
        "    <testcase classname=\"memlog.check\" name=\"--no-crash\"/>\n"
        "    <testcase classname=\"memlog.check\" name=\"--max x=1\">\n      <skipped message=\"no reading\"/>\n    </testcase>\n"
        "  </testsuite>\n</testsuites>\n");
  CHECK(render_github(report) ==
        "::error file=a%2Cb%3Ac.log,line=7,title=memlog check --max-rss 1MB::in <b>&\\x1b[31m\" 50%25\n"
        "::warning title=memlog check --max x=1::no reading\n");
}

TEST_CASE("check: characters that XML forbids are replaced in JUnit") {
  Report report;
  report.gate = "check";
  report.findings = {{Finding::State::held, "a\xef\xbf\xbe" "b\xef\xbf\xbf" "c\xef\xbf\xbd", "", "", 0}};
  CHECK(render_junit(report).find("name=\"a\xef\xbf\xbd" "b\xef\xbf\xbd" "c\xef\xbf\xbd\"") != std::string::npos);
}

TEST_CASE("check: a threshold that nothing or everything holds is refused") {
  CHECK_THROWS_AS(parse_rule(Check::Kind::min_free, "120%", "--min-free 120%"), Error);
  CHECK_THROWS_AS(parse_rule(Check::Kind::max_rss, "0", "--max-rss 0"), Error);
  CHECK(parse_rule(Check::Kind::min_free, "100%", "--min-free 100%").threshold == 100);
}
