#include "memlog/assemble/repeats.h"

#include <doctest/doctest.h>

#include "support/crash_logs.h"

using namespace memlog;
using namespace memlog::test;

namespace {

std::uint64_t records_of(const std::vector<std::string>& logs) {
  const TempDirectory directory;
  std::vector<std::string> paths;
  for (const std::string& log : logs) paths.push_back(directory.write(std::to_string(paths.size()) + ".log", log));
  ReadResult result;
  read_events(list_inputs(paths), {}, result, [](const Slice&) {});
  return result.records();
}

const std::string kDebugLog =
    "[2025-11-16 10:00:00] Auto GC triggered at 432.1 MB\n"
    "[2025-11-16 10:00:00]    Collected 145 objects, freed 15.3 MB\n"
    "\n"
    "BOT RESTARTED at 2025-11-16 10:05:00\n"
    "Previous session may have crashed - check logs above\n";

std::string main_log(const std::string& gc_second, const std::string& freed) {
  return "2025-11-16 10:00:" + gc_second + " - memory_monitor - INFO - GC collected 145 objects. Memory: 432.1 MB \u2192 416.8 MB (freed " + freed +
         " MB)\n2025-11-16 10:05:01 - memory_monitor - INFO - Found existing memory log - bot was restarted\n";
}

}  // namespace

TEST_CASE("repeats: a collection and a start that two logs of one program tell are one record each") {
  CHECK(records_of({kDebugLog}) == 2);
  CHECK(records_of({main_log("00", "15.3")}) == 2);
  CHECK(records_of({kDebugLog, main_log("00", "15.3")}) == 2);
  CHECK(records_of({main_log("01", "15.3"), kDebugLog}) == 2);
}

TEST_CASE("repeats: another collection, another time and the same log are records of their own") {
  CHECK(records_of({kDebugLog, main_log("00", "15.4")}) == 3);
  CHECK(records_of({kDebugLog, main_log("10", "15.3")}) == 3);
  CHECK(records_of({main_log("00", "15.3") + main_log("01", "15.3")}) == 4);
}
