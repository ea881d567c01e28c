#include <doctest/doctest.h>

#include <filesystem>
#include <string>
#include <vector>

#include "memlog/analysis/events.h"
#include "memlog/scan/read_events.h"
#include "support/log_builder.h"

using namespace memlog;

namespace {

// Every record in the window and the accounting of all lines. `general`: no line is left out before it is an event.
std::string records(const std::string& path, const Filter& bounds, bool general, bool vectors, std::size_t chunk, std::size_t& folded) {
  std::string out;
  EventWriter writer(Output::json, [&](std::string_view piece) { out += piece; });
  ReadOptions options;
  options.filter.since = bounds.since;
  options.filter.until = bounds.until;
  options.stream.parse.keep_raw = general;
  options.stream.parse.vectors = vectors;
  options.stream.chunk_size = chunk;
  ReadResult result;
  read_events(list_inputs({path}), options, result, [&](const Slice& slice) {
    folded += slice.events.size();
    writer.fold(slice);
  });
  writer.finish(result);
  return out;
}

void check_windows(const std::string& path, const std::vector<std::string>& times) {
  CAPTURE(path);
  for (const std::string& since : times) {
    for (const std::string& until : times) {
      CAPTURE(since);
      CAPTURE(until);
      Filter bounds;
      if (!since.empty()) bounds.since = parse_time_bound(since, "--since");
      if (!until.empty()) bounds.until = parse_time_bound(until, "--until");
      std::size_t folded = 0;
      const std::string general = records(path, bounds, true, true, 1 << 18, folded);
      for (const bool vectors : {true, false}) {
        CHECK(records(path, bounds, false, vectors, 5000, folded) == general);
        CHECK(records(path, bounds, false, vectors, 1 << 18, folded) == general);
      }
    }
  }
}

}  // namespace

TEST_CASE("windows: what lies outside is left out early and counted, to the second at both ends") {
  const std::string data = MEMLOG_TESTDATA;
  check_windows(data + "/daily/memory_20251007.log", {"", "2025-10-07 04:27:43", "2025-10-07 04:27:44", "2025-10-07 18:30:49", "2025-10-06", "2025-10-08", "-2h", "06:00"});
  check_windows(data + "/celery/worker.log", {"", "2026-03-24 01:33:15", "2026-03-24 01:33:18.500", "-5s", "-3s"});
  check_windows(data + "/telegram-v1/logs.txt", {"", "2025-12-05 10:45:39", "2025-12-05 12:28:34", "2025-12-05 12:28:35", "-6h"});
}

TEST_CASE("windows: a clock that goes back, lines of others and lists of operations in between") {
  const test::TempDirectory directory;
  std::string log;
  for (int i = 0; i < 900; ++i) {
    char line[200];
    // At two o'clock of the second day's beginning the clock falls back an hour.
    const int minute = i < 500 ? i : i - 60;
    std::snprintf(line, sizeof line, "2025-10-%02d %02d:%02d:00 --- [Idle] | RSS: %6.1f MB | VMS:  812.7 MB | System Available:  725.3 MB (35.6%% free)\n", 25 + minute / 1440,
                  minute / 60 % 24, minute % 60, 200.0 + i % 97);
    log += line;
    if (i % 13 == 0) log += "a line of somebody else\n";
    if (i % 101 == 0) log += "2025-10-25 12:00:00 --- [Idle] | RSS:  5I2.0 MB\n";
  }
  check_windows(directory.write("back.log", log), {"", "2025-10-25 02:00", "2025-10-25 07:30", "2025-10-25 08:19", "2025-10-25 13:59"});
}
