#include <doctest/doctest.h>

#include <algorithm>
#include <functional>

#include <nlohmann/json.hpp>

#include "support/run_program.h"

// Filters mean the same in every command: the answer is that of a log in which all other lines are blank.
namespace {

using namespace memlog::test;
using Json = nlohmann::json;

std::string blanked(const std::string& text, const std::function<bool(std::string_view)>& keep) {
  std::string out;
  for (std::string_view rest = text; !rest.empty();) {
    const auto newline = rest.find('\n');
    const std::string_view line = rest.substr(0, newline);
    if (keep(line)) out += line;
    out += '\n';
    rest.remove_prefix(newline == std::string_view::npos ? rest.size() : newline + 1);
  }
  return out;
}

// What an answer says but for what was read, which is told before any filter.
std::string answer_of(const Ran& ran) {
  if (ran.out.empty() || ran.out.front() != '{' || ran.out.find("\"schema\"") == std::string::npos) return ran.out;
  Json json = Json::parse(ran.out);
  for (const char* key : {"inputs", "envelopes", "ignored_shapes", "malformed"}) json.erase(key);
  if (json["schema"] == "memlog.formats/1") {
    // Formats of which all lines were left out are listed all the same.
    Json told = Json::array();
    for (Json& format : json["formats"]) {
      format.erase("lines");
      if (format["records"] != 0) told.push_back(format);
    }
    json["formats"] = told;
  }
  return json.dump(1);
}

const char* const kCommands[] = {"peak --json",   "peak --json --distinct",       "by-task --json --runs", "leaks --json",   "crash --json -n 3",
                                 "spikes --json", "check --json --max-rss 600MB", "report --json",         "events",         "events -o csv",
                                 "formats --json"};

}  // namespace

TEST_CASE("filters: since and until mean the same in every command, and their bounds belong to the window") {
  const std::string text = testdata("daily/memory_20251007.log");
  std::vector<std::string> times;
  for (std::size_t at = 0; at < text.size(); at = text.find('\n', at) + 1) times.push_back(text.substr(at, 19));
  struct Window {
    std::string since, until;   // as options have them
    std::string first, last;    // of the lines that belong to it
  };
  const std::string a = times[100];
  const std::string b = times[400];
  const std::string never = "9999";
  const auto with_t = [](std::string time) {
    time[10] = 'T';
    return time;
  };
  const Window windows[] = {{a, b, a, b},
                            {with_t(a), with_t(b), a, b},
                            {a, "", a, never},
                            {"", b, "", b},
                            {a, a, a, a},
                            {b.substr(0, 16), "", b.substr(0, 16), never},
                            {"", b.substr(11), "", b},
                            {"2025-10-07", "2025-10-07 04:35:50", "", "2025-10-07 04:35:50"}};
  for (const Window& window : windows) {
    const std::string want = blanked(text, [&](std::string_view line) { return line.substr(0, 19) >= window.first && line.substr(0, 19) <= window.last; });
    for (const std::string command : kCommands) {
      CAPTURE(command);
      CAPTURE(window.since);
      CAPTURE(window.until);
      const std::string options = (window.since.empty() ? "" : " --since '" + window.since + "'") + (window.until.empty() ? "" : " --until '" + window.until + "'");
      const RunOptions run{.files = {{"all/memory_20251007.log", text}, {"part/memory_20251007.log", want}}};
      const std::string filtered = answer_of(run_shell("cd $TMP/all; memlog " + command + options + " memory_20251007.log", run));
      const std::string cut = answer_of(run_shell("cd $TMP/part; memlog " + command + " memory_20251007.log", run));
      CHECK_FALSE(cut.empty());
      CHECK(filtered == cut);
    }
  }
}

TEST_CASE("filters: task and process mean the same in every command that tells readings") {
  const std::string daily = testdata("daily/memory_20251007.log");
  const std::string celery = testdata("celery/worker.log");
  struct Case {
    std::string options;
    const std::string& text;
    std::function<bool(std::string_view)> keep;
  };
  const auto has = [](std::string_view line, std::string_view word) { return line.find(word) != std::string_view::npos; };
  // Readings that are left out still end runs and lives, which leaks and crash look at: there a filtered log is not a blanked one.
  const Case cases[] = {
      {"--task '^Idle$'", daily, [&](std::string_view line) { return has(line, "[Idle]"); }},
      {"--not-task 'Nations|Regions'", daily, [&](std::string_view line) { return !has(line, "Nations") && !has(line, "Regions"); }},
      {"--task Dump --not-task Nations", daily, [&](std::string_view line) { return has(line, "[Regions Dump"); }},
      {"--process 'ForkPoolWorker-2$'", celery, [&](std::string_view line) { return has(line, "/ForkPoolWorker-2]"); }},
  };
  for (const Case& one : cases) {
    CAPTURE(one.options);
    const RunOptions run{.files = {{"all/a.log", one.text}, {"part/a.log", blanked(one.text, one.keep)}}};
    for (const std::string command : {"peak --json", "spikes --json", "check --json --max-rss 100MB"}) {
      CAPTURE(command);
      const std::string filtered = answer_of(run_shell("cd $TMP/all; memlog " + command + " " + one.options + " a.log", run));
      const std::string cut = answer_of(run_shell("cd $TMP/part; memlog " + command + " a.log", run));
      CHECK_FALSE(cut.empty());
      CHECK(filtered == cut);
    }
  }
}

namespace {

// One worker's runs, and what the log says about no task: those lines are marked, so that a test can leave them out. Readings that are
// left out still belong to runs and lives, so they are another process'.
constexpr const char* kWithoutTask = "#";
constexpr const char* kMixed =
    "[2026-03-24 01:00:00,000: INFO/ForkPoolWorker-1] Memory [app.load] START: RSS=100.0MB (peak=100.0MB), Process%=0.2%, System=15.4%\n"
    "#[2026-03-24 01:00:30,000: INFO/ForkPoolWorker-2] Worker memory summary: PID=25391, RSS=100.0MB, Process%=0.2%\n"
    "[2026-03-24 01:01:00,000: INFO/ForkPoolWorker-1] Memory [app.load] checkpoint:half: RSS=180.0MB (peak=180.0MB)\n"
    "#2026-03-24 01:01:10 - INFO - Memory snapshot: 700.0 MB RSS, 50.0% system usage\n"
    "#2026-03-24 01:01:20 - INFO - Garbage collection: 17 objects, 3.0 MB freed\n"
    "#2026-03-24 01:01:30 - INFO - 24-HOUR MEMORY USAGE REPORT\n"
    "#2026-03-24 01:01:30 - INFO - MEMORY USAGE:\n"
    "#  Current: 333.0 MB\n"
    "#  Average: 300.0 MB\n"
    "#  Max: 350.0 MB\n"
    "[2026-03-24 01:02:00,000: INFO/ForkPoolWorker-1] Memory [app.load] FINISH (delta=+20.0MB, peak=180.0MB): RSS=120.0MB (peak=180.0MB)\n"
    "[2026-03-24 01:03:00,000: INFO/ForkPoolWorker-1] Memory [app.store] START: RSS=120.0MB (peak=180.0MB)\n"
    "#[2026-03-24 01:03:30,000: INFO/ForkPoolWorker-2] Worker memory summary: PID=25391, RSS=120.0MB, Process%=0.2%\n"
    "[2026-03-24 01:04:00,000: INFO/ForkPoolWorker-1] Memory [app.store] checkpoint:half: RSS=400.0MB (peak=400.0MB)\n"
    "[2026-03-24 01:04:10,000: ERROR/MainProcess] Process 'ForkPoolWorker-1' pid:25391 exited with 'signal 9 (SIGKILL)'\n"
    "#web-5d8c7   250m   777Mi\n"
    "[2026-03-24 01:05:00,000: INFO/ForkPoolWorker-1] Memory [app.load] START: RSS=90.0MB (peak=90.0MB)\n"
    "[2026-03-24 01:06:00,000: INFO/ForkPoolWorker-1] Memory [app.load] FINISH (delta=+1.0MB, peak=95.0MB): RSS=91.0MB (peak=95.0MB)\n";

std::string unmarked(const std::string& text, const std::function<bool(std::string_view)>& keep) {
  std::string out;
  for (std::string_view rest = text; !rest.empty();) {
    std::string_view line = rest.substr(0, rest.find('\n') + 1);
    rest.remove_prefix(line.size());
    const bool kept = keep(line);
    if (line.starts_with(kWithoutTask)) line.remove_prefix(1);
    out += kept ? line : std::string_view("\n");
  }
  return out;
}

const char* const kEveryCommand[] = {"peak --json",     "peak --json --metric vms",  "by-task --json --runs", "leaks --json --metric rss", "crash --json -n 3",  "crash --json --timeline",
                                     "spikes --json",   "check --json --max-rss 600MB --no-crash", "report --json", "plot --json", "correlate --json", "events",
                                     "events -o csv",   "formats --json",            "compare --json a.log"};

}  // namespace

TEST_CASE("filters: records without a task are out under --task, whatever it matches, in every command") {
  const std::string all = unmarked(kMixed, [](std::string_view) { return true; });
  const std::string tasks_only = unmarked(kMixed, [](std::string_view line) { return !line.starts_with(kWithoutTask); });
  const RunOptions run{.files = {{"all/a.log", all}, {"part/a.log", tasks_only}}};
  for (const std::string options : {"--task app", "--task .", "--task '.*'", "--task '^app.load$'", "--task '^$|app'", "--task app --not-task store"}) {
    CAPTURE(options);
    for (const std::string command : kEveryCommand) {
      CAPTURE(command);
      // What correlate is given as the main log has the same lines either way.
      const std::string line = "memlog " + command + " " + options + (command.starts_with("correlate") ? " a.log --with ../all/a.log" : " a.log");
      const std::string filtered = answer_of(run_shell("cd $TMP/all; " + line, run));
      const std::string cut = answer_of(run_shell("cd $TMP/part; " + line, run));
      CHECK_FALSE(cut.empty());
      CHECK(filtered == cut);
    }
  }
}

TEST_CASE("filters: records without a task are in under --not-task, whatever it matches") {
  const std::string all = unmarked(kMixed, [](std::string_view) { return true; });
  const auto lines_of = [](const std::string& text) { return std::count(text.begin(), text.end(), '\n'); };
  const RunOptions run{.files = {{"a.log", all}}};
  const auto without_task = [&](const std::string& options) {
    const Ran ran = run_shell("memlog events $TMP/a.log " + options, run);
    std::size_t n = 0;
    for (std::size_t at = 0; (at = ran.out.find("\"task\":null", at)) != std::string::npos; ++at) ++n;
    return std::pair{n, lines_of(ran.out)};
  };
  const auto [n, total] = without_task("");
  CHECK(n >= 4);
  CHECK(without_task("--not-task '.*'").first == n);
  CHECK(without_task("--not-task '.*'").second == static_cast<std::ptrdiff_t>(n));
  CHECK(without_task("--not-task load").first == n);
  CHECK(without_task("--not-task load").second < total);
  CHECK(without_task("--task '.*'").first == 0);
}

TEST_CASE("filters: deaths of the processes in which a task ran are told under --task") {
  const std::string all = unmarked(kMixed, [](std::string_view) { return true; });
  const RunOptions run{.files = {{"a.log", all}}};
  const auto deaths = [&](const std::string& options) { return Json::parse(run_shell("memlog crash --json " + options + " $TMP/a.log", run).out)["crashes"].size(); };
  CHECK(deaths("") == 1);
  CHECK(deaths("--task store") == 1);
  CHECK(deaths("--task app") == 1);
  CHECK(deaths("--process ForkPoolWorker-1") == 1);
  CHECK(deaths("--process ForkPoolWorker-2") == 0);
  const auto told = [&](const std::string& options) { return Json::parse(run_shell("memlog report --json " + options + " $TMP/a.log", run).out)["total"]["crashes"].size(); };
  CHECK(told("") == 1);
  CHECK(told("--task app") == 1);
  CHECK(told("--process ForkPoolWorker-2") == 0);
}

TEST_CASE("filters: every command counts the records that events writes") {
  struct Log {
    std::string path;
    std::vector<std::string> filters;
  };
  const Log logs[] = {
      {"telegram-v1/logs.txt", {"", "--task Download", "--not-task Download", "--since '2025-12-05 10:45:39'", "--until '2025-12-05 10:45:39'", "--since 11:00 --task Session"}},
      {"celery/worker.log", {"", "--task load", "--process ForkPoolWorker-2", "--process ForkPoolWorker-2 --not-task load"}},
      {"daily/memory_20251007.log", {"", "--task Idle", "--not-task Idle", "--since 12:00"}},
  };
  for (const Log& log : logs) {
    for (const std::string& filter : log.filters) {
      CAPTURE(log.path);
      CAPTURE(filter);
      const auto json = [&](const std::string& command) { return Json::parse(run_shell("memlog " + command + " --json " + filter + " " + log.path).out); };
      const std::string events = run_shell("memlog events " + filter + " " + log.path).out;
      const auto records = static_cast<std::size_t>(std::count(events.begin(), events.end(), '\n'));
      std::size_t of_formats = 0;
      std::size_t readings = 0;
      const Json of_file = json("formats");
      for (const Json& format : of_file["formats"]) {
        of_formats += format["records"].get<std::size_t>();
        readings += format["samples"].get<std::size_t>();
      }
      CHECK(of_formats == records);
      CHECK(json("report --window all")["total"]["usage"]["samples"] == readings);
      std::size_t by_task = 0;
      const Json of_tasks = json("by-task");
      for (const Json& task : of_tasks["tasks"]) by_task += task["count"].get<std::size_t>();
      CHECK((filter.find("--task") == 0 ? by_task == readings : by_task <= readings));
      CHECK(json("peak -n 100000")["entries"].size() == readings);
    }
  }
}

TEST_CASE("filters: thresholds are told apart from what lies on them as the help says") {
  const std::string log =
      "2025-11-16 08:00:00 --- [A] | RSS:  100.0 MB | VMS:  512.1 MB | System Available: 1024.5 MB (50.0% free)\n"
      "2025-11-16 08:01:00 --- [A] | RSS:  150.0 MB | VMS:  612.1 MB | System Available: 1000.0 MB (40.0% free)\n"
      "2025-11-16 08:02:00 --- [A] | RSS:  100.0 MB | VMS:  512.1 MB | System Available: 1024.5 MB (50.0% free)\n";
  const RunOptions run{.files = {{"a.log", log}, {"other.log", "2025-11-16 08:01:00 ERROR lost\n"}}};
  struct Border {
    std::string command;    // with % for the threshold
    std::string key;        // entries that are counted; empty: the status
    std::string below, on, above;
    std::size_t want[3];
  };
  const Border borders[] = {
      {"peak --json --over %", "entries", "149.9MB", "150.0MB", "150.1MB", {1, 0, 0}},             // all above
      {"spikes --json --over %", "spikes", "49.9MB", "50.0MB", "50.1MB", {1, 1, 0}},               // or more
      {"correlate --json --with other.log --over %", "events", "49.9MB", "50.0MB", "50.1MB", {1, 1, 0}},
      {"check --max-rss %", "", "149.9MB", "150.0MB", "150.1MB", {1, 0, 0}},                       // none above
      {"check --max-task A=%", "", "149.9MB", "150.0MB", "150.1MB", {1, 0, 0}},
      {"check --min-available %", "", "999.9MB", "1000.0MB", "1000.1MB", {0, 0, 1}},               // never less
      {"check --min-free %", "", "39.9%", "40.0%", "40.1%", {0, 0, 1}},
      {"peak --json --since '2025-11-16 08:01:%'", "entries", "00", "00.001", "01", {2, 1, 1}},
      {"peak --json --until '2025-11-16 08:01:%'", "entries", "00", "00.001", "01", {2, 2, 2}},
      {"peak --json --until '2025-11-16 08:%'", "entries", "00:59", "01:00", "01:01", {1, 2, 2}},
      {"peak --json --since 08:%", "entries", "00:59", "01:00", "01:01", {2, 2, 1}},
      {"peak --json --since -%", "entries", "59s", "60s", "61s", {1, 2, 2}},
      {"peak --json --until -%", "entries", "59s", "60s", "61s", {2, 2, 1}},
  };
  for (const Border& border : borders) {
    const std::string* values[] = {&border.below, &border.on, &border.above};
    for (int i = 0; i < 3; ++i) {
      std::string line = "cd $TMP; memlog " + border.command + " a.log";
      replace_all(line, "%", *values[i]);
      CAPTURE(line);
      const Ran ran = run_shell(line, run);
      if (border.key.empty()) CHECK(ran.status == static_cast<int>(border.want[i]));
      else CHECK(Json::parse(ran.out)[border.key].size() == border.want[i]);
    }
  }
}
