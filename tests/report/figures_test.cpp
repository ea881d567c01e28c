#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "support/run_program.h"

using namespace memlog::test;
using nlohmann::json;

namespace {

json answer(const std::string& line) {
  const Ran ran = run_shell("memlog " + line);
  REQUIRE_MESSAGE(!ran.out.empty(), line, ": ", ran.err);
  return json::parse(ran.out);
}

// Readings for tests of significance are no figures of a report.
json without_samples(json tasks) {
  for (json& task : tasks) {
    task.erase("samples_mb");
    if (task["runs"].is_object()) task["runs"].erase("peaks_mb");
  }
  return tasks;
}

// The last moment of a window, which does not include its end.
std::string before(const json& end) {
  std::string day = end.get<std::string>().substr(0, 10);
  const int number = std::stoi(day.substr(8)) - 1;
  REQUIRE(number > 0);
  char two[8];
  std::snprintf(two, sizeof two, "%02d", number % 100);
  return day.substr(0, 8) + two + "T23:59:59.999999";
}

}  // namespace

TEST_CASE("report: each figure is that of the command that answers it alone") {
  for (const std::string logs : {"daily", "telegram-v1/memory_debug.log", "telegram-v1/logs.txt", "telegram-v3", "celery/worker.log", "polymarket/bot.log", "samplers/psrecord.log",
                                 "regressions/celery_time_limit.log"}) {
    CAPTURE(logs);
    const json report = answer("report --json " + logs);
    const json& total = report["total"];
    CHECK(total["tasks"] == without_samples(answer("by-task --json " + logs)["tasks"]));
    CHECK(total["spikes"] == answer("spikes --json " + logs)["spikes"]);
    CHECK(total["leaks"] == answer("leaks --json " + logs)["series"]);
    CHECK(total["crashes"] == answer("crash --json " + logs)["crashes"]);
    CHECK(total["usage"]["max_mb"] == answer("peak --json -n 1 " + logs)["entries"][0]["rss_mb"]);
    std::uint64_t samples = 0;
    for (const json& input : report["inputs"]) samples += input["samples"].get<std::uint64_t>();
    CHECK(total["usage"]["samples"].get<std::uint64_t>() <= samples);
    CHECK(report["inputs"] == answer("peak --json -n 1 " + logs)["inputs"]);
  }
}

TEST_CASE("report: a window's figures are those of --since and --until") {
  for (const std::string logs : {"daily", "telegram-v1/logs.txt", "polymarket/bot.log"}) {
    CAPTURE(logs);
    const json report = answer("report --json " + logs);
    REQUIRE(!report["windows"].empty());
    const json spikes = answer("spikes --json " + logs)["spikes"];
    const json crashes = answer("crash --json " + logs)["crashes"];
    std::size_t told = 0;
    for (const json& window : report["windows"]) {
      const std::string start = window["start"].get<std::string>();
      CAPTURE(start);
      const std::string bounds = "--since " + start + " --until " + before(window["end"]) + " " + logs;
      CHECK(window["tasks"] == without_samples(answer("by-task --json " + bounds)["tasks"]));
      CHECK(window["leaks"] == answer("leaks --json " + bounds)["series"]);
      CHECK(window["usage"]["max_mb"] == answer("peak --json -n 1 " + bounds)["entries"][0]["rss_mb"]);
      // Jumps and deaths are those of the whole log, told in the window of their time.
      const auto inside = [&](const json& list) {
        json found = json::array();
        for (const json& one : list) {
          if (one["time"].get<std::string>() >= start && one["time"].get<std::string>() < window["end"].get<std::string>()) found.push_back(one);
        }
        return found;
      };
      CHECK(window["spikes"] == inside(spikes));
      CHECK(window["crashes"] == inside(crashes));
      told += window["spikes"].size();
    }
    CHECK(told == spikes.size());
  }
}
