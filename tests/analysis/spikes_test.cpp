#include "memlog/analysis/spikes.h"

#include <doctest/doctest.h>

#include "support/analyse.h"

using namespace memlog;
using namespace memlog::test;

namespace {

std::vector<Value> spikes_in(const std::string& log, double over_mb = 50) {
  Spikes analysis({over_mb});
  return as_list(report_of(analysis, log).field("spikes"));
}

}  // namespace

TEST_CASE("spikes: a rise of the threshold between neighbours is a jump, with the operation of the later reading") {
  const auto found = spikes_in(daily_line("08:00:00", "---", "Idle", 200.0) + daily_line("08:02:00", "---", "Dump", 250.0) + daily_line("08:04:00", "---", "Dump", 299.9));
  REQUIRE(found.size() == 1);
  CHECK(words(found[0]["task"]) == "Dump");
  CHECK(words(found[0]["previous_task"]) == "Idle");
  CHECK(as_number(found[0]["increase_mb"]) == 50.0);
  CHECK(as_number(found[0]["from_mb"]) == 200.0);
  CHECK(as_number(found[0]["to_mb"]) == 250.0);
  CHECK(as_number(found[0]["source"]["line"]) == 2);
}

TEST_CASE("spikes: memory within a tenth of the jump of where it began has come back") {
  const auto found = spikes_in(daily_line("08:00:00", "---", "Idle", 200.0) + daily_line("08:02:00", "---", "Dump", 300.0) + daily_line("08:04:00", "---", "Dump", 211.0) +
                               daily_line("08:10:00", "---", "Idle", 209.0));
  REQUIRE(found.size() == 1);
  CHECK(std::get<bool>(found[0]["returned"].data()));
  CHECK(as_number(found[0]["returned_after_s"]) == 480);
  CHECK(as_number(found[0]["kept_mb"]) == 9.0);
}

TEST_CASE("spikes: what did not come back is kept, at the lowest later reading") {
  const auto found = spikes_in(daily_line("08:00:00", "---", "Idle", 200.0) + daily_line("08:02:00", "---", "A", 300.0) + daily_line("08:04:00", "---", "B", 400.0) +
                               daily_line("08:06:00", "---", "B", 260.0) + daily_line("08:08:00", "---", "B", 270.0));
  REQUIRE(found.size() == 2);
  CHECK_FALSE(std::get<bool>(found[0]["returned"].data()));
  CHECK(as_number(found[0]["kept_mb"]) == 60.0);
  CHECK(std::get<bool>(found[1]["returned"].data()));
}

TEST_CASE("spikes: nothing read after a jump leaves open what was kept") {
  const auto found = spikes_in(daily_line("08:00:00", "---", "Idle", 200.0) + daily_line("08:02:00", "---", "A", 300.0));
  REQUIRE(found.size() == 1);
  CHECK_FALSE(std::get<bool>(found[0]["returned"].data()));
  CHECK(found[0]["kept_mb"].is_null());
}

TEST_CASE("spikes: the first reading after a start is no jump, and a new life gives nothing back for the old one") {
  const auto found = spikes_in(daily_line("08:00:00", "---", "Idle", 100.0) + daily_line("08:02:00", "---", "A", 300.0) + daily_line("08:04:00", "---", "Bot Started", 90.0) +
                               daily_line("08:06:00", "---", "Idle", 95.0));
  REQUIRE(found.size() == 1);
  CHECK_FALSE(std::get<bool>(found[0]["returned"].data()));
}

TEST_CASE("spikes: readings more than an hour apart show no sudden change") {
  CHECK(spikes_in(daily_line("08:00:00", "---", "Idle", 100.0) + daily_line("09:00:01", "---", "A", 300.0)).empty());
  CHECK(spikes_in(daily_line("08:00:00", "---", "Idle", 100.0) + daily_line("09:00:00", "---", "A", 300.0)).size() == 1);
}

TEST_CASE("spikes: what the monitor's own log calls a spike is one, with its figure; unmarked steps there are several") {
  const auto found = spikes_in(testdata("telegram-v1/memory_debug.log"));
  CHECK(found.size() == 20);
  CHECK(words(found[0]["task"]) == "Session Created");
  CHECK(as_number(found[0]["increase_mb"]) == 56.5);
  CHECK(words(found[0]["time"]) == "2025-12-05T08:30:50");
}

TEST_CASE("spikes: processes are told apart") {
  const std::string a = "[2025-11-16 08:30:00,123: INFO/ForkPoolWorker-1] Memory [t.a] START: RSS=40.0MB (peak=40.0MB), Process%=1.0%, System=45.2%, GC objects=127,453\n";
  const std::string b = "[2025-11-16 08:30:01,123: INFO/ForkPoolWorker-2] Memory [t.b] START: RSS=240.0MB (peak=240.0MB), Process%=1.0%, System=45.2%, GC objects=127,453\n";
  CHECK(spikes_in(a + b).empty());
}
