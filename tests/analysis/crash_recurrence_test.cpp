#include "memlog/analysis/crash_recurrence.h"

#include <doctest/doctest.h>

#include "support/crash_logs.h"

using namespace memlog;
using namespace memlog::test;

namespace {

constexpr long kHour = 3600;

// Lives that end at 490 of 512 MB after the given hours each, and one that runs on for an hour.
std::string deaths_after(const std::vector<double>& hours) {
  std::string log;
  long at = 0;
  for (const double h : hours) {
    const long end = at + static_cast<long>(h * kHour);
    log += reading(at, "Bot Started", 200);
    for (long t = at + 600; t < end; t += 600) log += reading(t, "Idle", 200);
    log += reading(end, "Idle", 490);
    at = end + 120;
  }
  log += reading(at, "Bot Started", 200);
  for (long t = at + 600; t <= at + kHour; t += 600) log += reading(t, "Idle", 200);
  return log;
}

Value recurrence_of(const std::string& log) {
  Crash::Options options;
  options.limit_mb = 512;
  return Crashes(log, options).report.field("recurrence");
}

// Dies in the middle of each of `tasks`; an empty one is none.
std::string deaths_in(const std::vector<std::string>& tasks) {
  std::string log;
  long at = 0;
  long hour = 5;
  for (const std::string& task : tasks) {
    log += life(at, at + hour * 600, 200);
    at += hour * 600;
    if (!task.empty()) {
      std::string start = reading(at + 60, task, 200, ">>>");
      start.replace(start.find('['), 1, "TASK START [");
      log += start;
    }
    log += reading(at + 90, task.empty() ? "Idle" : task, 490);
    at += 300;
    hour = hour * 3 % 17 + 3;
  }
  return log + life(at, at + 1200, 200);
}

std::string shared(const Value& recurrence) {
  std::string all;
  if (recurrence.is_null()) return "null";
  for (const Value& s : as_list(recurrence["shared"])) {
    char text[200];
    std::snprintf(text, sizeof text, "%s %s %.0f\n", words(s["what"]).c_str(), words(s["name"]).c_str(), as_number(s["deaths"]));
    all += text;
  }
  return all;
}

}  // namespace

TEST_CASE("recurrence: the same task in flight in most deaths") {
  CHECK(shared(recurrence_of(deaths_in({"Dump", "Dump", "Export", "Dump", "Dump"}))) == "last operation Dump 4\ntask in flight Dump 4\n");
}

TEST_CASE("recurrence: what fewer than half, or one alone, have is said of none") {
  CHECK(shared(recurrence_of(deaths_in({"Dump", "Dump", "Export", "Import", "Sync"}))) == "");
  CHECK(shared(recurrence_of(deaths_in({"Dump", "Export"}))) == "");
  CHECK(shared(recurrence_of(deaths_in({"Dump"}))) == "null");
  // A task that had ended was not in flight.
  CHECK(shared(recurrence_of(deaths_in({"", ""}))) == "");
}

TEST_CASE("recurrence: lives that last alike die of age, and the next is due") {
  const Value found = recurrence_of(deaths_after({29.5, 29.7, 29.6}));
  CHECK(std::get<bool>(found["regular"].data()));
  CHECK(as_number(found["uptime_mean_s"]) == doctest::Approx(29.6 * kHour).epsilon(0.001));
  // The running life began 6 minutes after the sum of the others.
  CHECK(words(found["next_due"]) == "2025-11-20T22:30:00");
  Crash::Options options;
  options.limit_mb = 512;
  const std::string text = render(Crashes(deaths_after({29.5, 29.7, 29.6}), options).report, Output::text, {});
  CHECK(text.find("each came 29.") != std::string::npos);
  CHECK(text.find("the next one is due at 2025-11-20 22:30:00") != std::string::npos);
}

TEST_CASE("recurrence: two lives alike, or lives that differ, are no age") {
  CHECK_FALSE(std::get<bool>(recurrence_of(deaths_after({29.5, 29.7}))["regular"].data()));
  const Value found = recurrence_of(deaths_after({20, 30, 40}));
  CHECK_FALSE(std::get<bool>(found["regular"].data()));
  CHECK(found["next_due"].is_null());
}

TEST_CASE("recurrence: nothing is due where the process was stopped") {
  const std::string log = deaths_after({29.5, 29.7, 29.6}) + reading(100 * kHour, "Bot Shutting Down", 200);
  const Value found = recurrence_of(log);
  CHECK(std::get<bool>(found["regular"].data()));
  CHECK(found["next_due"].is_null());
}

TEST_CASE("recurrence: always above a number of sessions that no survivor had") {
  const auto periodic = [](long second, double rss_mb, int sessions) {
    char text[200];
    std::snprintf(text, sizeof text, "[%s] Periodic Snapshot: %.1f MB\n[%s]    Sessions: %d | Queue: 0 | Active DLs: 0 | Cache: 5\n", clock_of(second).c_str(), rss_mb, clock_of(second).c_str(),
                  sessions);
    return std::string(text);
  };
  const auto log = [&](int first, int second, int survived) {
    std::string text = "MEMORY DEBUG LOG - Telegram Bot on Render 512MB Plan\nStarted: 2025-11-16 00:00:00\n";
    long at = 0;
    for (const int sessions : {first, second}) {
      for (int i = 0; i < 20; ++i) text += periodic(at += 300, 200 + i, 1);
      text += periodic(at += 300, 495, sessions);
      text += "BOT RESTARTED at " + clock_of(at += 120) + "\n";
    }
    for (int i = 0; i < 20; ++i) text += periodic(at += 300, 200 + i, survived);
    return text;
  };
  CHECK(shared(recurrence_of(log(5, 4, 2))) == "last operation Periodic Check 2\ntoo many sessions 2\n");
  CHECK(shared(recurrence_of(log(3, 3, 2))) == "last operation Periodic Check 2\nabove sessions 2\n");
  CHECK(shared(recurrence_of(log(3, 2, 2))) == "last operation Periodic Check 2\n");
  CHECK(shared(recurrence_of(log(3, 3, 3))) == "last operation Periodic Check 2\n");
}
