#include <doctest/doctest.h>

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
    for (Json& format : json["formats"]) format.erase("lines");
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
