#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <string>

#include "support/backslash.h"
#include "support/run_program.h"

// The program's answers against figures that were computed without it (testdata/*/*truth.json).
namespace {

using namespace memlog::test;
using Json = nlohmann::json;

Json truth(const std::string& name) { return Json::parse(testdata(name)); }

Json answer(const std::string& line) {
  const Ran ran = run_shell("memlog " + line);
  CHECK_MESSAGE(ran.status == 0, line, ": ", ran.err);
  return Json::parse(ran.out.empty() ? "null" : ran.out);
}

std::vector<Json> events(const std::string& files) {
  std::vector<Json> out;
  const Ran ran = run_shell("memlog events " + files);
  CHECK(ran.status == 0);
  std::string_view rest = ran.out;
  while (!rest.empty()) {
    const auto newline = rest.find('\n');
    out.push_back(Json::parse(rest.substr(0, newline)));
    rest.remove_prefix(newline == std::string_view::npos ? rest.size() : newline + 1);
  }
  return out;
}

std::vector<Json> of_kind(const std::vector<Json>& all, const std::string& kind) {
  std::vector<Json> out;
  std::copy_if(all.begin(), all.end(), std::back_inserter(out), [&](const Json& e) { return e["event"] == kind; });
  return out;
}

// The logs' own way of writing a time, without the T.
std::string time_of(const Json& record) {
  std::string time = record["time"].is_null() ? "" : record["time"].get<std::string>();
  std::replace(time.begin(), time.end(), 'T', ' ');
  return time;
}

bool close(double got, double want, double relative = 1e-6) { return std::abs(got - want) <= relative * std::max(1.0, std::abs(want)); }

std::map<std::string, Json> by_task(const std::string& files) {
  std::map<std::string, Json> out;
  const Json report = answer("by-task --json " + files);
  for (const Json& task : report["tasks"]) out[task["task"]] = task;
  return out;
}

struct Keys {
  const char *count, *min, *max, *avg;
};

void check_tasks(const std::map<std::string, Json>& got, const Json& want, const Keys& keys) {
  CHECK(got.size() == want.size());
  for (const auto& [name, figures] : want.items()) {
    CAPTURE(name);
    REQUIRE(got.count(name) == 1);
    const Json& task = got.at(name);
    CHECK(task["count"] == figures[keys.count]);
    CHECK(task["min_mb"] == figures[keys.min]);
    CHECK(task["max_mb"] == figures[keys.max]);
    CHECK(close(task["avg_mb"], figures[keys.avg]));
  }
}

void check_peaks(const Json& got, const Json& want, const char* name) {
  REQUIRE(got["entries"].size() == want.size());
  for (std::size_t i = 0; i < want.size(); ++i) {
    CAPTURE(i);
    CHECK(time_of(got["entries"][i]) == want[i]["time"]);
    CHECK(got["entries"][i]["task"] == want[i][name]);
    CHECK(got["entries"][i]["rss_mb"] == want[i]["rss"]);
    if (want[i].contains("line")) CHECK(got["entries"][i]["source"]["line"] == want[i]["line"]);
  }
}

constexpr const char* kDays = "daily/memory_20251006.log daily/memory_20251007.log daily/memory_20251008.log";

}  // namespace

TEST_CASE("corpus: daily peaks, tasks and runs, whatever the order of the files") {
  const Json want = truth("daily/truth.json");
  for (const std::string files : {kDays, "daily/memory_20251008.log daily/memory_20251006.log daily/memory_20251007.log", "daily/memory_*8.log daily/memory_*7.log daily/memory_*6.log"}) {
    CAPTURE(files);
    check_peaks(answer("peak --json -n 10 " + files), want["total"]["peaks_top10"], "task");
    const auto tasks = by_task(files);
    check_tasks(tasks, want["total"]["per_task"], {"count", "min", "max", "avg"});
    std::map<std::string, std::map<std::string, int>> outcomes;
    std::map<std::string, double> peaks;
    for (const Json& run : want["task_runs"]) {
      ++outcomes[run["task"]][run["outcome"]];
      peaks[run["task"]] = std::max(peaks[run["task"]], run["peak"].get<double>());
    }
    for (const auto& [name, of_task] : outcomes) {
      CAPTURE(name);
      const auto count = [&of = of_task](const char* outcome) { return of.count(outcome) ? of.at(outcome) : 0; };
      const Json& runs = tasks.at(name)["runs"];
      REQUIRE(runs.is_object());
      CHECK(runs["finished"] == count("complete"));
      CHECK(runs["failed"] == count("error"));
      CHECK(runs["killed"] == count("killed"));
      CHECK(runs["max_peak_mb"] == peaks[name]);
    }
  }
}

TEST_CASE("corpus: daily, each day by itself") {
  const Json want = truth("daily/truth.json");
  for (const auto& [file, day] : want["days"].items()) {
    CAPTURE(file);
    const Json got = answer("peak --json daily/" + file);
    CHECK(got["inputs"][0]["samples"] == day["samples"]);
    CHECK(got["entries"][0]["rss_mb"] == day["max_rss"]);
    CHECK(time_of({{"time", got["inputs"][0]["first_time"]}}) == day["first"]);
    check_tasks(by_task("daily/" + file), day["per_task"], {"count", "min", "max", "avg"});
    check_peaks(answer("peak --json -n 10 daily/" + file), day["peaks_top10"], "task");
  }
}

TEST_CASE("corpus: telegram's memory_debug.log: peaks, operations, spikes, collections, restarts, every reading") {
  const Json want = truth("telegram-v1/memory_debug.truth.json");
  const std::string file = "telegram-v1/memory_debug.log";
  const Json peak = answer("peak --json -n 10 " + file);
  check_peaks(peak, want["peaks_top10"], "op");
  check_tasks(by_task(file), want["per_op"], {"count", "min", "max", "avg"});
  const auto all = events(file);
  CHECK(peak["inputs"][0]["samples"] == want["samples"]);
  CHECK(peak["inputs"][0]["lines"] == want["lines"]);
  CHECK(all.size() == peak["inputs"][0]["records"]);

  const auto snapshots = of_kind(all, "snapshot");
  REQUIRE(snapshots.size() == want["measurements"].size());
  std::vector<Json> spikes, criticals;
  for (std::size_t i = 0; i < snapshots.size(); ++i) {
    CAPTURE(i);
    const Json& m = want["measurements"][i];
    CHECK(time_of(snapshots[i]) == m["time"]);
    CHECK(snapshots[i]["rss_mb"] == m["rss"]);
    CHECK(snapshots[i]["task"] == m["op"]);
    if (snapshots[i]["alert"] == "critical") criticals.push_back(snapshots[i]);
    if (!snapshots[i]["delta_mb"].is_null()) spikes.push_back(snapshots[i]);
  }
  REQUIRE(criticals.size() == want["critical"].size());
  for (std::size_t i = 0; i < criticals.size(); ++i) CHECK(time_of(criticals[i]) == want["critical"][i]["time"]);
  REQUIRE(spikes.size() == want["spikes"].size());
  for (std::size_t i = 0; i < spikes.size(); ++i) {
    CHECK(time_of(spikes[i]) == want["spikes"][i]["time"]);
    CHECK(spikes[i]["delta_mb"] == want["spikes"][i]["increase"]);
    CHECK(spikes[i]["task"] == want["spikes"][i]["op"]);
  }
  const auto gc = of_kind(all, "gc");
  REQUIRE(gc.size() == want["gc"].size());
  for (std::size_t i = 0; i < gc.size(); ++i) {
    const Json& w = want["gc"][i];
    CHECK(gc[i]["source"]["line"] == w["line"]);
    CHECK(gc[i]["metrics"]["gc_before_mb"] == w["before"]);
    CHECK(gc[i]["metrics"]["gc_collected"] == w["collected"]);
    CHECK(gc[i]["metrics"]["gc_freed_mb"] == w["freed"]);
    CHECK(gc[i]["metrics"]["gc_after_mb"] == w["after"]);
  }
  const auto restarts = of_kind(all, "restart");
  REQUIRE(restarts.size() == want["restarts"].size());
  for (std::size_t i = 0; i < restarts.size(); ++i) CHECK(time_of(restarts[i]) == want["restarts"][i]["time"]);
}

TEST_CASE("corpus: telegram's logs.txt: snapshots, operations, collections, restarts") {
  const Json want = truth("telegram-v1/logs.truth.json");
  const auto all = events("telegram-v1/logs.txt");
  const auto snapshots = of_kind(all, "snapshot");
  REQUIRE(snapshots.size() == want["snapshots"]);
  std::map<std::string, Json> tasks;
  for (std::size_t i = 0; i < snapshots.size(); ++i) {
    const Json& m = want["measurements"][i];
    CAPTURE(i);
    CHECK(time_of(snapshots[i]) == m["time"]);
    CHECK(snapshots[i]["rss_mb"] == m["rss"]);
    CHECK(snapshots[i]["task"] == m["op"]);
    const double rss = snapshots[i]["rss_mb"];
    Json& task = tasks[snapshots[i]["task"]];
    if (task.is_null()) task = {{"count", 0}, {"min_mb", rss}, {"max_mb", rss}, {"avg_mb", 0.0}};
    const int n = task["count"].get<int>();
    task["min_mb"] = std::min(task["min_mb"].get<double>(), rss);
    task["max_mb"] = std::max(task["max_mb"].get<double>(), rss);
    task["avg_mb"] = (task["avg_mb"].get<double>() * n + rss) / (n + 1);
    task["count"] = n + 1;
  }
  check_tasks(tasks, want["per_op"], {"count", "min", "max", "avg"});

  const Json& counts = want["event_counts"];
  CHECK(of_kind(all, "task_start").size() == counts["op_start"]);
  CHECK(of_kind(all, "task_end").size() == counts["op_complete"]);
  CHECK(of_kind(all, "task_failed").size() == counts["op_error"]);
  CHECK(of_kind(all, "restart").size() == counts["restarts"]);
  CHECK(of_kind(all, "gc").size() == counts["gc"]);
  const auto starts = of_kind(all, "task_start");
  for (std::size_t i = 0; i < starts.size(); ++i) {
    const Json& w = want["operations"][i];
    CHECK(starts[i]["task"] == w["name"]);
    CHECK(starts[i]["rss_mb"] == w["before"]);
    CHECK(starts[i]["source"]["line"] == w["start_line"]);
  }
  CHECK(answer("peak --json telegram-v1/logs.txt")["inputs"][0]["lines"] == want["lines"]);
}

TEST_CASE("corpus: both logs of one bot tell its readings once") {
  const auto both = events("telegram-v1/logs.txt telegram-v1/memory_debug.log");
  CHECK(of_kind(both, "snapshot").size() == of_kind(events("telegram-v1/logs.txt"), "snapshot").size());
}

TEST_CASE("corpus: however it is encoded, a log says the same") {
  const auto want = events("telegram-v1/memory_debug.log");
  const auto plain = [](Json record) {
    record.erase("source");
    return record;
  };
  for (const std::string name : {"memory_debug.crlf.log", "memory_debug.utf16le-bom.log", "memory_debug.mojibake-latin1.log", "memory_debug.log.gz", "memory_debug.log.zst"}) {
    CAPTURE(name);
    const auto got = events("telegram-encodings/" + name);
    REQUIRE(got.size() == want.size());
    for (std::size_t i = 0; i < want.size(); ++i) {
      CHECK(plain(got[i]) == plain(want[i]));
      CHECK(got[i]["source"]["line"] == want[i]["source"]["line"]);
    }
  }
  const Json utf16 = answer("peak --json telegram-encodings/memory_debug.utf16le-bom.log")["inputs"][0];
  CHECK(utf16["encoding"] == "utf-16le");
  CHECK(utf16["bytes"] == testdata("telegram-encodings/memory_debug.utf16le-bom.log").size());
  CHECK(answer("peak --json telegram-encodings/memory_debug.log.gz")["inputs"][0]["compression"] == "gzip");
}

TEST_CASE("corpus: what Python could not encode says the same") {
  const TempDirectory directory;
  for (const std::string name : {"telegram-v1/memory_debug.log", "telegram-v1/logs.txt", "telegram-v3/memory_debug.log"}) {
    CAPTURE(name);
    const auto want = events(name);
    const auto got = events(directory.write("escaped.log", backslash_replaced(testdata(name))));
    REQUIRE(got.size() == want.size());
    for (std::size_t i = 0; i < want.size(); ++i) {
      Json one = got[i];
      Json other = want[i];
      CHECK(one["source"]["line"] == other["source"]["line"]);
      one.erase("source");
      other.erase("source");
      CHECK(one == other);
    }
  }
}

TEST_CASE("corpus: celery peaks, tasks and runs, from the worker and through docker compose") {
  const Json want = truth("celery/truth.json");
  for (const std::string file : {"celery/worker.log", "celery/compose-ansi.log"}) {
    CAPTURE(file);
    const bool direct = file == "celery/worker.log";
    const Json peak = answer("peak --json -n 10 " + file);
    REQUIRE(peak["entries"].size() == want["peaks_top10"].size());
    for (std::size_t i = 0; i < want["peaks_top10"].size(); ++i) {
      const Json& e = peak["entries"][i];
      const Json& w = want["peaks_top10"][i];
      CHECK(time_of(e) == w["time"]);
      CHECK(e["task"] == w["task"]);
      CHECK(e["context"] == w["context"]);
      CHECK(e["process"] == w["process"]);
      CHECK(e["rss_mb"] == w["rss"]);
      if (direct) CHECK(e["source"]["line"] == w["line"]);
    }
    // Summaries of a worker are readings as well; the truth counts those of tasks.
    constexpr int kSummaries = 2;
    CHECK(peak["inputs"][0]["samples"] == want["samples"].get<int>() + kSummaries);
    const auto tasks = by_task(file);
    check_tasks(tasks, want["per_task"], {"samples", "rss_min", "rss_max", "rss_avg"});
    for (const auto& [name, w] : want["per_task"].items()) {
      CAPTURE(name);
      const Json& runs = tasks.at(name)["runs"];
      CHECK(runs["started"] == w["runs"]);
      for (const char* outcome : {"finished", "failed", "retried", "killed", "unfinished"}) {
        CAPTURE(outcome);
        CHECK(runs[outcome] == w[outcome]);
      }
      CHECK(close(runs["total_delta_mb"].is_null() ? 0.0 : runs["total_delta_mb"].get<double>(), w["delta_sum"]));
      CHECK(runs["max_peak_mb"] == w["peak_max"]);
    }
  }
}

TEST_CASE("corpus: celery's --runs lists each run with its outcome, its start and its process") {
  const Json want = truth("celery/truth.json");
  const Json report = answer("by-task --json --runs celery/worker.log");
  std::map<std::string, int> outcomes;
  std::map<long, Json> by_line;
  for (const Json& task : report["tasks"]) {
    if (!task.contains("run_list")) continue;
    for (const Json& run : task["run_list"]) {
      ++outcomes[run["outcome"]];
      by_line[run["source"]["line"]] = run;
      by_line[run["source"]["line"]]["task"] = task["task"];
    }
  }
  for (const char* outcome : {"finished", "failed", "retried", "killed"}) CHECK(outcomes[outcome] == want["totals"][outcome]);
  for (const Json& lost : want["start_without_finish"]) {
    CAPTURE(lost.dump());
    REQUIRE(by_line.count(lost["start_line"]) == 1);
    const Json& run = by_line[lost["start_line"]];
    CHECK(run["outcome"] == lost["end"]);
    CHECK(run["task"] == lost["task"]);
    CHECK(run["process"] == lost["process"]);
    CHECK(run["start_mb"] == lost["start_rss"]);
    CHECK(run["last_mb"] == lost["last_rss"]);
    CHECK(run["peak_mb"] == lost["last_peak"]);
  }
}

TEST_CASE("corpus: the trading bot's reports and alerts") {
  const Json want = truth("polymarket/bot.truth.json");
  const auto all = events("polymarket/bot.log");
  const auto reports = of_kind(all, "report");
  REQUIRE(reports.size() == want["reports"].size());
  for (std::size_t i = 0; i < reports.size(); ++i) {
    const Json& r = reports[i];
    const Json& w = want["reports"][i];
    CHECK(time_of(r) == w["time"]);
    CHECK(r["source"]["line"] == w["line"]);
    CHECK(r["rss_mb"] == w["current"]);
    CHECK(r["metrics"]["average_mb"] == w["average"]);
    CHECK(r["metrics"]["min_mb"] == w["min"]);
    CHECK(r["metrics"]["max_mb"] == w["max"]);
    CHECK(r["metrics"]["samples"] == w["samples"]);
    CHECK(r["metrics"]["growth_rate_mb_per_hour"] == w["growth_rate_mb_per_hour"]);
    // Only a leaking report prints it.
    if (r["metrics"].contains("total_growth_mb")) CHECK(r["metrics"]["total_growth_mb"] == w["total_growth_mb"]);
    CHECK((r["context"].get<std::string>().find("LEAK DETECTED") == 0) == w["leak"].get<bool>());
  }
  std::vector<Json> alerts;
  std::copy_if(all.begin(), all.end(), std::back_inserter(alerts), [](const Json& e) { return e["alert"] == "high"; });
  REQUIRE(alerts.size() == want["high_memory_alerts"].size());
  for (std::size_t i = 0; i < alerts.size(); ++i) {
    const Json& w = want["high_memory_alerts"][i];
    CHECK(time_of(alerts[i]) == w["time"]);
    CHECK(alerts[i]["source"]["line"] == w["line"]);
    CHECK(alerts[i]["rss_mb"] == w["rss"]);
    CHECK(alerts[i]["system_available_mb"] == w["available"]);
    CHECK(alerts[i]["system_used_percent"] == w["percent"]);
  }
}

TEST_CASE("corpus: the classic rule decides as the bot's own code") {
  const Json cases = truth("polymarket/leak-cases/cases.truth.json");
  for (const Json& want : cases) {
    const std::string file = want["file"];
    CAPTURE(file);
    const Json got = answer("leaks --method classic --json polymarket/leak-cases/" + file);
    REQUIRE(got["series"].size() == 1);
    const Json& series = got["series"][0];
    const bool enough = want["samples"].get<int>() >= 24;
    CHECK((series["verdict"] == "leak") == want["leak_detected"].get<bool>());
    CHECK((series["verdict"] == "insufficient_data") == !enough);
  }
}

TEST_CASE("corpus: a life that ended out of memory after critical blocks is told so, with its last operations") {
  const Json want = truth("telegram-v1/memory_debug.truth.json");
  const Json crashes = answer("crash --json telegram-v1/memory_debug.log")["crashes"];
  std::map<std::string, Json> by_time;
  for (const Json& crash : crashes) by_time[time_of(crash)] = crash;
  for (const Json& life : want["lives"]) {
    CAPTURE(life["last_record_time"]);
    const bool told = life["true_cause"] == "oom" && life["critical_blocks"].get<int>() > 0;
    const auto found = by_time.find(life["last_record_time"]);
    if (told) {
      REQUIRE(found != by_time.end());
      CHECK(found->second["verdict"] == "oom");
      CHECK(found->second["rss_mb"] == life["last_rss_in_file"]);
      const Json& operations = found->second["operations"];
      REQUIRE(operations.size() == 5);
      for (std::size_t i = 0; i < 5; ++i) {
        const Json& w = life["last5_true"][i];
        CHECK(time_of(operations[i]) == w["time"]);
        CHECK(operations[i]["operation"] == w["op"]);
        CHECK(operations[i]["rss_mb"] == w["mb"]);
        CHECK(operations[i]["context"] == w["context"]);
      }
    } else if (life["true_cause"] != "oom" && found != by_time.end()) {
      CHECK(found->second["verdict"] != "oom");
      CHECK(found->second["verdict"] != "probable_oom");
    }
  }
}

TEST_CASE("corpus: the killed day and the killed workers") {
  const Json day = truth("daily/truth.json");
  const Json killed = answer(std::string("crash --json ") + kDays)["crashes"];
  REQUIRE(killed.size() == day["kills"].size());
  CHECK(time_of(killed[0]) == day["kills"][0]["last_record"]);
  CHECK(killed[0]["rss_mb"] == day["kills"][0]["last_rss"]);
  CHECK(killed[0]["verdict"] != "not_oom");
  REQUIRE(killed[0]["operations"].size() == 5);
  for (std::size_t i = 0; i < 5; ++i) {
    const Json& w = day["kills"][0]["last5"][i];
    CHECK(time_of(killed[0]["operations"][i]) == w["time"]);
    CHECK(killed[0]["operations"][i]["operation"] == w["task"]);
    CHECK(killed[0]["operations"][i]["rss_mb"] == w["rss"]);
  }
  REQUIRE(killed[0]["tasks_in_flight"].size() == 1);
  CHECK(killed[0]["tasks_in_flight"][0]["task"] == "Nations Dump Download");

  const Json truth_of_workers = truth("celery/truth.json");
  const Json workers = answer("crash --json celery/worker.log")["crashes"];
  REQUIRE(workers.size() == truth_of_workers["worker_exits"].size());
  for (std::size_t i = 0; i < workers.size(); ++i) {
    CHECK(time_of(workers[i]) == truth_of_workers["worker_exits"][i]["time"]);
    CHECK(workers[i]["process"] == truth_of_workers["worker_exits"][i]["process"]);
    REQUIRE(workers[i]["tasks_in_flight"].size() == 1);
    CHECK(workers[i]["tasks_in_flight"][0]["task"] == "docflow.tasks.document_tasks.ocr_pages");
  }
}

TEST_CASE("corpus: every line of every file is accounted for, every record is an event") {
  int files = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(MEMLOG_TESTDATA)) {
    const std::string extension = entry.path().extension().string();
    if (!entry.is_regular_file() || (extension != ".log" && extension != ".txt" && extension != ".gz" && extension != ".zst")) continue;
    if (entry.path().parent_path().filename() == "leaks") continue;
    const std::string file = std::filesystem::relative(entry.path(), MEMLOG_TESTDATA).string();
    CAPTURE(file);
    const Ran ran = run_shell("memlog peak --json '" + file + "'");
    REQUIRE(!ran.out.empty());
    const Json input = Json::parse(ran.out)["inputs"][0];
    CHECK(input["lines"] == input["record_lines"].get<long>() + input["ignored_lines"].get<long>() + input["malformed_lines"].get<long>());
    const std::string out = run_shell("memlog events '" + file + "'").out;
    CHECK(std::count(out.begin(), out.end(), '\n') == input["records"]);
    if (extension == ".log" && input["encoding"] == "utf-8") {
      const std::string text = read_file(entry.path());
      // UTF-16, little endian, ends in a zero that is half of its last line break.
      const bool half_break = text.ends_with(std::string_view("\0\n\0", 3));
      CHECK(input["lines"] == std::count(text.begin(), text.end(), '\n') + (!text.empty() && text.back() != '\n' && !half_break ? 1 : 0));
      CHECK(input["bytes"] == text.size());
    }
    ++files;
  }
  CHECK(files > 20);
}
