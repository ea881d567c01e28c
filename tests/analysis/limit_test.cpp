#include "memlog/analysis/limit.h"

#include <doctest/doctest.h>

#include <cstdio>
#include <nlohmann/json.hpp>
#include <string>

#include "support/run_program.h"

using namespace memlog;
using namespace memlog::test;
using Json = nlohmann::json;

namespace {

Event stating(ProcessId process, double limit_mb) {
  Event event;
  event.process = process;
  event.limit_mb = limit_mb;
  return event;
}

// docker stats of two containers, both of which grow by 60 MB an hour.
std::string two_containers(const std::string& first_limit, const std::string& second_limit) {
  std::string log;
  for (int minute = 0; minute < 300; minute += 2) {
    char text[300];
    std::snprintf(text, sizeof text, "[2026-01-05 %02d:%02d:00]\n6ff177b22ce5   bot-1   49.92%%   %.1fMiB / %s   19.58%%   7.42MB / 24.6MB\n7aa177b22ce5   api-1   9.92%%   %.1fMiB / %s   19.58%%   7.42MB / 24.6MB\n",
                  minute / 60, minute % 60, 100.0 + minute + minute % 3, first_limit.c_str(), 150.0 + minute + minute % 5, second_limit.c_str());
    log += text;
  }
  return log;
}

Json of_series(const Json& answer, const std::string& process) {
  for (const Json& series : answer["series"]) {
    if (series["process"] == process) return series;
  }
  return {};
}

}  // namespace

TEST_CASE("limit: one that all state is that of the log, different ones are each its own") {
  LimitTracker limit(kMissing);
  CHECK_FALSE(is_known(limit.limit().mb));
  limit.fold(stating(1, 512));
  CHECK(limit.limit().mb == 512);
  CHECK(limit.limit_of(2).mb == 512);
  limit.fold(stating(2, 512));
  CHECK(limit.limit().mb == 512);
  CHECK_FALSE(limit.differ());
  limit.fold(stating(2, 2048));
  CHECK(limit.differ());
  CHECK_FALSE(is_known(limit.limit().mb));
  CHECK(limit.limit_of(1).mb == 512);
  CHECK(limit.limit_of(2).mb == 2048);
  CHECK(limit.limit_of(2).source == "log");
  CHECK_FALSE(is_known(limit.limit_of(3).mb));
  // The plan of one was raised, and that of the other one followed.
  limit.fold(stating(1, 2048));
  CHECK(limit.limit_of(3).mb == 2048);
  Event system;
  system.available_mb = 500;
  system.free_percent = 50;
  limit.fold(stating(1, 512));
  limit.fold(system);
  CHECK(limit.limit().mb == doctest::Approx(1000));
  CHECK(limit.limit().source == "system");
  CHECK(LimitTracker(256).limit_of(1).source == "option");
}

TEST_CASE("limit: leaks tells each process' time to its own limit") {
  const RunOptions run{.files = {{"a.log", two_containers("1GiB", "4GiB")}, {"b.log", two_containers("4GiB", "1GiB")}, {"same.log", two_containers("1GiB", "1GiB")}}};
  const auto leaks = [&](const std::string& rest) { return Json::parse(run_shell("memlog leaks --json " + rest, run).out); };
  const Json a = leaks("$TMP/a.log");
  const Json b = leaks("$TMP/b.log");
  REQUIRE(of_series(a, "bot-1")["verdict"] == "leak");
  CHECK(of_series(a, "bot-1")["limit_mb"] == 1024.0);
  CHECK(of_series(a, "api-1")["limit_mb"] == 4096.0);
  CHECK(of_series(b, "bot-1")["limit_mb"] == 4096.0);
  CHECK(of_series(b, "api-1")["limit_mb"] == 1024.0);
  // (limit - floor) / slope: 3072 MB more at 60 MB an hour.
  const double hours = of_series(b, "bot-1")["hours_to_limit"].get<double>() - of_series(a, "bot-1")["hours_to_limit"].get<double>();
  CHECK(hours == doctest::Approx(3072.0 / of_series(a, "bot-1")["slope_mb_per_hour"].get<double>()).epsilon(0.01));
  // The order in which they speak changes nothing, nor does who is asked for.
  CHECK(of_series(leaks("--process bot-1 $TMP/a.log"), "bot-1")["limit_mb"] == 1024.0);
  CHECK(of_series(leaks("--limit 2GB $TMP/a.log"), "bot-1")["limit_mb"] == 2048.0);
  CHECK(of_series(leaks("$TMP/same.log"), "bot-1")["limit_mb"] == 1024.0);
}

TEST_CASE("limit: a report and a chart of processes with different limits draw none of them") {
  const RunOptions run{.files = {{"a.log", two_containers("1GiB", "4GiB")}, {"same.log", two_containers("1GiB", "1GiB")}}};
  for (const std::string command : {"report", "plot"}) {
    CAPTURE(command);
    const Json different = Json::parse(run_shell("memlog " + command + " --json $TMP/a.log", run).out);
    const Json same = Json::parse(run_shell("memlog " + command + " --json $TMP/same.log", run).out);
    CHECK((command == "report" ? different["total"] : different)["limit_mb"].is_null());
    CHECK((command == "report" ? same["total"] : same)["limit_mb"] == 1024.0);
  }
}

TEST_CASE("limit: a life that ends near another one's limit is not near its own") {
  // bot-1 is at 90 % of its own limit when the log ends; api-1 has as much and is far below its own.
  const auto rows = [](const char* bot, const char* api) {
    std::string log;
    for (int minute = 0; minute < 40; minute += 5) {
      char text[300];
      std::snprintf(text, sizeof text, "[2026-01-05 10:%02d:00]\nx   bot-1   1%%   %dMiB / %s   1%%\ny   api-1   1%%   %dMiB / %s   1%%\n", minute, 300 + 5 * minute, bot, 300 + 5 * minute, api);
      log += text;
    }
    return log;
  };
  const RunOptions run{.files = {{"a.log", rows("480MiB", "8GiB")}, {"b.log", rows("8GiB", "480MiB")}}};
  for (const std::string name : {"a", "b"}) {
    CAPTURE(name);
    const Json answer = Json::parse(run_shell("memlog crash --json $TMP/" + name + ".log", run).out);
    CHECK(answer["crashes"].size() == 1);
    for (const Json& death : answer["crashes"]) {
      CHECK(death["process"] == (name == "a" ? "bot-1" : "api-1"));
      CHECK(death["limit_mb"] == 480.0);
    }
  }
}
