#include "memlog/scan/read_events.h"

#include <doctest/doctest.h>

#include "memlog/base/error.h"
#include "support/log_builder.h"

using namespace memlog;
using namespace memlog::test;

namespace {

struct Timeline {
  ReadResult result;
  std::vector<Record> selected;
  std::vector<Record> all;

  Timeline(const std::vector<std::string>& paths, const ReadOptions& options) {
    read_events(list_inputs(paths), options, result, [this](const Slice& slice) {
      for (const Event& event : slice.events) {
        if (!event.is(flag::kRecord)) continue;
        all.push_back(record_of(event, slice.batch, slice.names));
        if (event.is(flag::kSelected)) selected.push_back(all.back());
      }
    });
  }
  std::string tasks() const {
    std::string out;
    for (const Record& record : selected) out += (out.empty() ? "" : " ") + record.task_name;
    return out;
  }
};

std::string line(std::string_view time, std::string_view task) { return "2025-11-16 " + std::string(time) + " --- [" + std::string(task) + "] | RSS: 1.0 MB\n"; }

ReadOptions chunks_of(std::size_t size) {
  ReadOptions options;
  options.stream.chunk_size = size;
  return options;
}

std::string window(std::string_view since, std::string_view until, const std::string& path) {
  ReadOptions options;
  if (!since.empty()) options.filter.since = parse_time_bound(since, "--since");
  if (!until.empty()) options.filter.until = parse_time_bound(until, "--until");
  return Timeline({path}, options).tasks();
}

}  // namespace

TEST_CASE("read_events: files are one timeline, by the time of their first record and not by argument order") {
  TempDirectory dir;
  const std::string a = dir.write("z.log", line("08:00:00", "a1") + line("08:10:00", "a2"));
  const std::string b = dir.write("y.log", "about something else\n" + line("09:00:00", "b1"));
  const std::string c = dir.write("x.log", line("10:00:00", "c1") + line("10:01:00", "c2"));
  for (const std::size_t size : {64ul, 1ul << 20}) {
    CHECK(Timeline({c, a, b}, chunks_of(size)).tasks() == "a1 a2 b1 c1 c2");
    CHECK(Timeline({b, c, a}, chunks_of(size)).tasks() == "a1 a2 b1 c1 c2");
  }
  const Timeline read({c, a, b}, {});
  CHECK(read.result.inputs.front().path == a);
  CHECK(read.result.records() == 5);
}

TEST_CASE("read_events: files that overlap are merged record by record") {
  TempDirectory dir;
  const std::string a = dir.write("a.log", line("08:00:00", "a1") + line("08:20:00", "a2") + line("08:40:00", "a3"));
  const std::string b = dir.write("b.log", line("08:10:00", "b1") + line("08:20:00", "b2") + line("08:30:00", "b3") + line("08:50:00", "b4"));
  for (const std::size_t size : {1ul, 64ul, 1ul << 20}) {
    CAPTURE(size);
    CHECK(Timeline({b, a}, chunks_of(size)).tasks() == "a1 b1 a2 b2 b3 a3 b4");
  }
}

TEST_CASE("read_events: a clock that jumps back does not reorder a file") {
  TempDirectory dir;
  const std::string a = dir.write("a.log", line("02:58:00", "a1") + line("02:00:00", "a2") + line("03:00:00", "a3"));
  const std::string b = dir.write("b.log", line("02:59:00", "b1"));
  CHECK(Timeline({b, a}, {}).tasks() == "a1 a2 b1 a3");
}

TEST_CASE("read_events: an unreadable input is told and the others are answered") {
  TempDirectory dir;
  const std::string good = dir.write("a.log", line("08:00:00", "a1"));
  const Timeline read({dir.path("none.log"), good}, {});
  CHECK(read.tasks() == "a1");
  CHECK(read.result.failed);
}

TEST_CASE("read_events: the window's bounds belong to it") {
  TempDirectory dir;
  const std::string path = dir.write("a.log", line("08:00:00", "a") + line("08:30:00", "b") + line("09:00:00", "c") +
                                                  "2025-11-17 08:30:00 --- [d] | RSS: 1.0 MB\n2025-11-17 23:30:00 --- [e] | RSS: 1.0 MB\n");
  CHECK(window("2025-11-16 08:30", "", path) == "b c d e");
  CHECK(window("2025-11-16T08:30:00", "2025-11-16 09:00:00", path) == "b c");
  CHECK(window("2025-11-16 08:30:01", "2025-11-16 08:59:59", path) == "");
  CHECK(window("2025-11-17", "", path) == "d e");
  CHECK(window("08:30", "08:45", path) == "b d");
  CHECK(window("23:00", "08:00", path) == "a e");
  CHECK(window("-15h", "", path) == "d e");
  CHECK(window("-1h", "", path) == "e");
  CHECK(window("", "-15h", path) == "a b c d");
}

TEST_CASE("read_events: what is no time is refused with the ways to write one") {
  for (const std::string_view bad : {"", "yesterday", "2h", "-", "25:00", "2025-13-01", "2025-11-16 08:30 and more", "08:30x"}) {
    CAPTURE(bad);
    CHECK_THROWS_AS(parse_time_bound(bad, "--since"), Error);
  }
}

TEST_CASE("read_events: filters on tasks leave the others in the timeline, unselected") {
  TempDirectory dir;
  const std::string path = dir.write("a.log", line("08:00:00", "Dump A") + line("08:30:00", "Idle") + line("09:00:00", "Dump B"));
  ReadOptions options;
  options.filter.task.emplace("^Dump", "--task");
  options.filter.not_task.emplace("B$", "--not-task");
  const Timeline read({path}, options);
  CHECK(read.tasks() == "Dump A");
  CHECK(read.all.size() == 3);
}

TEST_CASE("read_events: strict stops at the first line that cannot be read, with file, line and place") {
  TempDirectory dir;
  const std::string path = dir.write("a.log", line("08:00:00", "a") + "2025-11-16 08:34:15 --- [Idle] | RSS:  5I2.0 MB\n" + line("09:00:00", "b"));
  ReadOptions options;
  options.strict = true;
  try {
    const Timeline read({path}, options);
    FAIL("no error");
  } catch (const Error& error) {
    const std::string what = error.what();
    CHECK(what.find("a.log:2: ") != std::string::npos);
    CHECK(what.find("  2 | 2025-11-16 08:34:15 --- [Idle] | RSS:  5I2.0 MB") != std::string::npos);
    CHECK(what.find("^") != std::string::npos);
    CHECK(error.help().find("--strict") != std::string::npos);
  }
}

TEST_CASE("read_events: lines past the bound are malformed, and counted") {
  TempDirectory dir;
  const std::string path = dir.write("a.log", line("08:00:00", "a") + std::string(5 << 20, 'x') + "\n" + line("09:00:00", "b"));
  const Timeline read({path}, {});
  CHECK(read.tasks() == "a b");
  CHECK(read.selected[1].line == 3);
  const LineCounts& lines = read.result.inputs[0].lines;
  CHECK(lines.lines == 3);
  CHECK(lines.malformed == 1);
  CHECK(lines.records == 2);
}

TEST_CASE("read_events: the same reading in the monitor's log and the program's is one") {
  TempDirectory dir;
  const std::string tree = "├─ RAM Usage: 287.5 MB (Virtual: 1024.3 MB)\n└─ Context: User 1\n";
  const std::string a = dir.write("memory_debug.log", "[2025-10-27 14:42:10] 📊 MEMORY SNAPSHOT | Operation: Download\n" + tree);
  const std::string b = dir.write("logs.txt", "2025-10-27 14:42:10,123 - memory_monitor - INFO - 📊 MEMORY SNAPSHOT | Operation: Download\n" + tree);
  const Timeline read({a, b}, {});
  CHECK(read.selected.size() == 1);
  CHECK(read.result.records() == 1);
}

TEST_CASE("read_events: names past the bound share one, and that is counted") {
  std::string text;
  for (int i = 0; i < 60'000; ++i) text += line("08:00:00", "task " + std::to_string(i));
  TempDirectory dir;
  const Timeline read({dir.write("a.log", text)}, {});
  CHECK(read.result.names.names.size() <= RunNames::kMaxNames + 1);
  CHECK(read.result.names.names_merged > 0);
  CHECK(read.selected.back().task_name == "(other)");
}
