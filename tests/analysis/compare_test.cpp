#include "memlog/analysis/compare.h"

#include <doctest/doctest.h>

#include "memlog/analysis/baseline.h"
#include "memlog/analysis/by_task.h"
#include "memlog/base/error.h"
#include "support/analyse.h"

using namespace memlog;
using namespace memlog::test;

namespace {

Value tasks_of(const std::string& log) {
  ByTask analysis(ByTask::Options{});
  return report_of(analysis, log).field("tasks");
}

// Runs of a task that peak where `peaks` say.
std::string runs_of(const std::string& task, const std::vector<double>& peaks) {
  std::string log;
  int minute = 0;
  for (const double peak : peaks) {
    const auto line = [&](const char* mark, const std::string& label, double rss_mb) {
      char time[32];
      std::snprintf(time, sizeof time, "%02d:%02d:00", minute / 60, minute % 60);
      minute += 2;
      log += daily_line(time, mark, label, rss_mb);
    };
    line(">>> TASK START", task, 200);
    line("---", task, peak);
    line("<<< TASK END", task + " Complete", 205);
  }
  return log;
}

Value change_of(const Comparison& comparison, std::string_view task) {
  Value found;
  for_each_element(comparison.tasks, [&](const Value& change) {
    if (as_text(change["task"]) == task) found = change;
  });
  return found;
}

}  // namespace

TEST_CASE("compare: average, p95, maximum and kept of each task, before and after, with the change") {
  const Value before = tasks_of(runs_of("Dump", {300, 310, 305}));
  const Value after = tasks_of(runs_of("Dump", {400, 410, 405}));
  const Comparison comparison = compare_tasks(before, after, {});
  const Value dump = change_of(comparison, "Dump");
  CHECK(as_number(dump["max_before_mb"]) == 310.0);
  CHECK(as_number(dump["max_after_mb"]) == 410.0);
  CHECK(as_number(dump["max_change_mb"]) == 100.0);
  CHECK(as_number(dump["max_change_percent"]) == doctest::Approx(32.2581));
  CHECK(as_number(dump["kept_per_run_after_mb"]) == 5.0);
  CHECK(as_number(dump["runs_after"]) == 3);
  CHECK(as_text(dump["p_value_of"]) == "run_peaks");
  CHECK(as_number(dump["p_value"]) == doctest::Approx(0.1));
  CHECK(as_text(dump["verdict"]) == "unclear");
  CHECK_FALSE(comparison.failed);
}

TEST_CASE("compare: growth beyond the allowance fails, in percent or in MB") {
  const Value before = tasks_of(runs_of("Dump", {300, 310}));
  const Value after = tasks_of(runs_of("Dump", {330, 320}));
  CHECK(compare_tasks(before, after, {.fail_on_increase = "5%"}).failed);
  CHECK_FALSE(compare_tasks(before, after, {.fail_on_increase = "10%"}).failed);
  CHECK(compare_tasks(before, after, {.fail_on_increase = "19MB"}).failed);
  CHECK_FALSE(compare_tasks(before, after, {.fail_on_increase = "20MB"}).failed);
  CHECK_FALSE(compare_tasks(after, before, {.fail_on_increase = "0%"}).failed);
  CHECK_THROWS_AS(compare_tasks(before, after, {.fail_on_increase = "some"}), Error);
}

TEST_CASE("compare: too few runs, and growth that may be chance, do not fail") {
  const Value before = tasks_of(runs_of("Dump", {300, 310}));
  const Value after = tasks_of(runs_of("Dump", {400, 410}));
  const Comparison few = compare_tasks(before, after, {.fail_on_increase = "5%", .min_runs = 3});
  CHECK_FALSE(few.failed);
  CHECK(as_text(change_of(few, "Dump")["verdict"]) == "too_few");
  const Comparison unsure = compare_tasks(tasks_of(runs_of("Dump", {300, 310, 320, 430})), tasks_of(runs_of("Dump", {315, 410, 420, 440})), {.fail_on_increase = "5%", .significance = 0.05});
  CHECK_FALSE(unsure.failed);
  CHECK(as_text(change_of(unsure, "Dump")["verdict"]) == "not_significant");
  const Value many = tasks_of(runs_of("Dump", {400, 410, 420, 430, 440}));
  CHECK(compare_tasks(tasks_of(runs_of("Dump", {300, 301, 302, 303, 304})), many, {.fail_on_increase = "5%", .significance = 0.05}).failed);
}

TEST_CASE("compare: growth that no test could find significant is not let through") {
  const CompareOptions gate{.fail_on_increase = "5%", .significance = 0.05};
  // Three against three: P is 0.1 at best.
  const Comparison few = compare_tasks(tasks_of(runs_of("Dump", {300, 301, 302})), tasks_of(runs_of("Dump", {900, 901, 902})), gate);
  CHECK(few.failed);
  CHECK(as_text(change_of(few, "Dump")["verdict"]) == "untested");
  CHECK(few.untested == std::vector<std::string>{"Dump"});
  CHECK(compare_tasks(tasks_of(runs_of("Dump", {900, 901})), tasks_of(runs_of("Dump", {300, 301})), gate).untested.empty());
  // A baseline without the values of its runs.
  const TempDirectory directory;
  const Value bare = read_baseline(directory.write("bare.json", R"({"schema": "memlog.by-task/1", "tasks": [{"task": "Dump", "count": 9, "avg_mb": 300.0, "max_mb": 310.0}]})"));
  const Comparison without = compare_tasks(bare, tasks_of(runs_of("Dump", {900, 901, 902, 903, 904})), gate);
  CHECK(without.failed);
  CHECK(as_text(change_of(without, "Dump")["verdict"]) == "untested");
  // Without --significance no test is asked for.
  CHECK(as_text(change_of(compare_tasks(bare, tasks_of(runs_of("Dump", {900})), {.fail_on_increase = "5%"}), "Dump")["verdict"]) == "increased");
}

TEST_CASE("compare: new and vanished tasks are told and fail nothing") {
  const Comparison comparison = compare_tasks(tasks_of(runs_of("Old", {300})), tasks_of(runs_of("New", {900})), {.fail_on_increase = "1%"});
  CHECK(as_text(change_of(comparison, "New")["verdict"]) == "new");
  CHECK(change_of(comparison, "New")["avg_before_mb"].is_null());
  CHECK(as_text(change_of(comparison, "Old")["verdict"]) == "vanished");
  CHECK_FALSE(comparison.failed);
}

TEST_CASE("compare: a kept answer reads back as what it was, and other files are refused") {
  const TempDirectory directory;
  ByTask analysis(ByTask::Options{});
  const Report report = report_of(analysis, runs_of("Dump", {300, 310, 305}));
  const std::string path = directory.write("accepted.json", render_json(report));
  CHECK(is_baseline(path));
  CHECK(render_value(read_baseline(path)) == render_value(report.field("tasks")));
  CHECK_FALSE(is_baseline(directory.write("a.log", daily_line("08:00:00", "---", "Idle", 200))));
  CHECK_THROWS_WITH_AS(read_baseline(directory.write("b.json", "{\"schema\": \"memlog.peak/1\"}")), ("the baseline '" + directory.path("b.json") + "' is no answer of by-task").c_str(), Error);
  CHECK_THROWS_AS(read_baseline(directory.write("c.json", "{")), Error);
  CHECK_THROWS_AS(read_baseline(directory.path("none.json")), Error);
}

TEST_CASE("compare: a baseline with a figure that is none is refused") {
  const TempDirectory directory;
  const std::string head = R"({"schema": "memlog.by-task/1", "tasks": [{"task": "A", "count": 2, "avg_mb": )";
  CHECK_THROWS_AS(read_baseline(directory.write("bad.json", head + R"("x", "max_mb": 5.0}]})")), Error);
  CHECK_THROWS_AS(read_baseline(directory.write("null.json", head + R"(4.0, "max_mb": null}]})")), Error);
  CHECK(size_of(read_baseline(directory.write("good.json", head + R"(4.0, "max_mb": 5.0}]})"))) == 1);
}

TEST_CASE("compare: a baseline is read wherever its schema stands, and damage is told only of what is one") {
  const TempDirectory directory;
  const std::string task = R"({"task": "A", "count": 2, "avg_mb": 4.0, "max_mb": 5.0, "samples_mb": [3.0, 5.0], "runs": {"peaks_mb": []}})";
  const Value last = read_baseline(directory.write("last.json", R"({"other": {"tasks": [1, 2]}, "tasks": [)" + task + "], \"more\": [" + task + R"(], "schema": "memlog.by-task/1"})"));
  REQUIRE(size_of(last) == 1);
  CHECK(as_number(element_of(last, 0)["max_mb"]) == 5.0);
  CHECK(as_list(element_of(last, 0)["samples_mb"]).size() == 2);
  const std::string other = directory.write("other.json", R"({"schema": "memlog.peak/1", "tasks": [7]})");
  CHECK_THROWS_WITH_AS(read_baseline(other), ("the baseline '" + other + "' is no answer of by-task").c_str(), Error);
  const std::string damaged = directory.write("damaged.json", R"({"schema": "memlog.by-task/1", "tasks": [)" + task + ", 7, [], " + task + "]}");
  CHECK_THROWS_WITH_AS(read_baseline(damaged), ("the baseline '" + damaged + "' is damaged: tasks[1] is no object").c_str(), Error);
  CHECK_THROWS_AS(read_baseline(directory.write("cut.json", R"({"schema": "memlog.by-task/1", "tasks": [)" + task + ", ")), Error);
  CHECK_THROWS_AS(read_baseline(directory.write("list.json", "[]")), Error);
  CHECK_THROWS_AS(read_baseline(directory.write("object.json", R"({"schema": "memlog.by-task/1", "tasks": {"A": 1}})")), Error);
}
