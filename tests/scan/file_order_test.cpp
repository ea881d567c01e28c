#include "memlog/scan/file_order.h"

#include <doctest/doctest.h>

#include <algorithm>

#include "support/log_builder.h"
#include "support/pack.h"

using namespace memlog;
using namespace memlog::test;

namespace {

std::string daily(const std::string& date, const std::string& time, const std::string& task) { return date + " " + time + " --- [" + task + "] | RSS: 1.0 MB\n"; }

// The night of 26 October 2025 in Berlin: at 03:00 the clock goes back to 02:00. One reading every ten minutes, named by
// its place.
std::vector<std::string> autumn_night() {
  std::vector<std::string> lines;
  for (int minute = 60; minute < 5 * 60; minute += 10) {
    const int shown = minute < 3 * 60 ? minute : minute - 60;
    char time[16];
    std::snprintf(time, sizeof time, "%02d:%02d:00", shown / 60, shown % 60);
    lines.push_back(daily("2025-10-26", time, std::to_string(lines.size())));
  }
  return lines;
}

std::string join(const std::vector<std::string>& lines, std::size_t from, std::size_t to) {
  std::string out;
  for (std::size_t i = from; i < to; ++i) out += lines[i];
  return out;
}

std::string gzipped(const std::string& text) { return pack({{"log", text}}, "raw", "gzip"); }

std::string tasks_of(const std::vector<std::string>& paths, std::size_t chunk = 1 << 20, std::size_t threads = 1) {
  std::string out;
  ReadOptions options;
  options.stream.chunk_size = chunk;
  options.threads = threads;
  ReadResult result;
  read_events(list_inputs(paths), options, result, [&](const Slice& slice) {
    for (const Event& event : slice.events) {
      if (event.is(flag::kRecord)) out += (out.empty() ? "" : " ") + record_of(event, slice.batch, slice.names).task_name;
    }
  });
  return out;
}

std::string counted(std::size_t n) {
  std::string out;
  for (std::size_t i = 0; i < n; ++i) out += (i > 0 ? " " : "") + std::to_string(i);
  return out;
}

}  // namespace

TEST_CASE("autumn: a clock that falls back does not reorder a file") {
  const TempDirectory dir;
  const auto lines = autumn_night();
  const std::string file = dir.write("memory_20251026.log", join(lines, 0, lines.size()));
  for (const std::size_t chunk : {64ul, 300ul, 1ul << 20}) {
    CHECK(tasks_of({file}, chunk) == counted(lines.size()));
    CHECK(tasks_of({file}, chunk, 4) == counted(lines.size()));
  }
}

TEST_CASE("autumn: files of a rotation follow one another by name, wherever the clock fell back") {
  const auto lines = autumn_night();
  for (std::size_t cut = 1; cut < lines.size(); ++cut) {
    CAPTURE(cut);
    const TempDirectory dir;
    const std::string older = dir.write("app.log.1", join(lines, 0, cut));
    const std::string newer = dir.write("app.log", join(lines, cut, lines.size()));
    CHECK(tasks_of({newer, older}) == counted(lines.size()));
    CHECK(tasks_of({dir.path("")}, 100, 3) == counted(lines.size()));
  }
}

TEST_CASE("autumn: three files of a rotation, dates in the names, and pieces that fall into the hour told twice") {
  const auto lines = autumn_night();
  const TempDirectory dir;
  const std::string a = dir.write("app.log.2", join(lines, 0, 8));
  const std::string b = dir.write("app.log.1", join(lines, 8, 13));
  const std::string c = dir.write("app.log", join(lines, 13, lines.size()));
  CHECK(tasks_of({b, c, a}) == counted(lines.size()));
  const std::string first = dir.write("app.log-20251025", join(lines, 0, 11));
  const std::string second = dir.write("app.log-20251026", join(lines, 11, lines.size()));
  CHECK(tasks_of({second, first}) == counted(lines.size()));
}

TEST_CASE("autumn: compressed files of a rotation follow one another by name, wherever the clock fell back") {
  const auto lines = autumn_night();
  for (std::size_t cut = 2; cut + 4 < lines.size(); cut += 3) {
    CAPTURE(cut);
    const TempDirectory dir;
    const std::string a = dir.write("app.log.2.gz", gzipped(join(lines, 0, cut)));
    const std::string b = dir.write("app.log.1.gz", gzipped(join(lines, cut, cut + 3)));
    const std::string c = dir.write("app.log", join(lines, cut + 3, lines.size()));
    CHECK(tasks_of({c, b, a}) == counted(lines.size()));
  }
  // Numbers that count up within the hour.
  const TempDirectory dir;
  const std::string x = dir.write("x.1.gz", gzipped(daily("2025-10-26", "08:00:00", "x1")));
  const std::string y = dir.write("x.2.gz", gzipped(daily("2025-10-26", "08:30:00", "x2")));
  CHECK(tasks_of({y, x}) == "x1 x2");
}

TEST_CASE("autumn: another log is merged with the night as far as the clocks agree") {
  const TempDirectory dir;
  const auto lines = autumn_night();
  const std::string a = dir.write("app.log.1", join(lines, 0, 14));
  const std::string b = dir.write("app.log", join(lines, 14, lines.size()));
  const std::string other = dir.write("other.log", daily("2025-10-26", "01:05:00", "x") + daily("2025-10-26", "03:05:00", "y"));
  std::string want = counted(lines.size());
  want.replace(want.find("0 1 "), 4, "0 x 1 ");
  // 03:00 comes once, as the eighteenth line.
  const auto at = want.find(" 19");
  want.insert(at, " y");
  CHECK(tasks_of({other, b, a}) == want);
}

TEST_CASE("rotation: files whose times do not agree with their numbers are merged by their times") {
  const TempDirectory dir;
  const std::string a = dir.write("app.log.1", daily("2025-10-26", "08:00:00", "a1") + daily("2025-10-26", "12:00:00", "a2"));
  const std::string b = dir.write("app.log", daily("2025-10-26", "09:00:00", "b1") + daily("2025-10-26", "13:00:00", "b2"));
  CHECK(tasks_of({b, a}) == "a1 b1 a2 b2");
  const std::string x = dir.write("x.1", daily("2025-10-26", "08:00:00", "x1"));
  const std::string y = dir.write("x.2", daily("2025-10-26", "09:00:00", "x2"));
  CHECK(tasks_of({y, x}) == "x1 x2");
}

TEST_CASE("order: a log without a known time goes on where the one named before it ends") {
  const TempDirectory dir;
  const std::string tree = "[2025-10-27 14:42:10] 📊 MEMORY SNAPSHOT | Operation: A\n├─ RAM Usage: 287.5 MB (Virtual: 1024.3 MB)\n";
  const std::string a = dir.write("a.log", tree);
  const std::string b = dir.write("b.log", "└─ Context: User 1\n");
  ReadResult result;
  std::vector<Record> records;
  read_events(list_inputs({a, b}), {}, result, [&](const Slice& slice) {
    for (const Event& event : slice.events) records.push_back(record_of(event, slice.batch, slice.names));
  });
  REQUIRE(records.size() == 1);
  CHECK(records[0].context_text == "User 1");
  CHECK(records[0].input == 0);
  CHECK(records[0].line == 1);
  CHECK(result.inputs.at(1).lines.records == 1);
}

TEST_CASE("order: one program's two logs that come one after the other stay two") {
  const TempDirectory dir;
  // The platform's times would be taken from the tree of the second log if the first one's own clock counted for it.
  const std::string a = dir.write("a.log", "2025-10-27 14:42:10 - m - INFO - 📊 MEMORY SNAPSHOT | Operation: A\n├─ RAM Usage: 287.5 MB (Virtual: 1024.3 MB)\n");
  const std::string b = dir.write("b.log", "2025-10-27T15:00:00.5Z app[web.1]: 📊 MEMORY SNAPSHOT | Operation: B\n2025-10-27T15:00:00.6Z app[web.1]: ├─ RAM Usage: 287.5 MB (Virtual: 1024.3 MB)\n");
  ReadResult result;
  std::vector<Record> records;
  read_events(list_inputs({a, b}), {}, result, [&](const Slice& slice) {
    for (const Event& event : slice.events) records.push_back(record_of(event, slice.batch, slice.names));
  });
  REQUIRE(records.size() == 2);
  CHECK(records[1].at() == "2025-10-27 15:00:00.5Z");
}

TEST_CASE("files: dates without a year get that of the dated inputs beside them") {
  const TempDirectory directory;
  const std::string kill = " web kernel: Out of memory: Killed process 42 (python3) total-vm:10kB, anon-rss:10kB, file-rss:0kB, shmem-rss:0kB\n";
  const std::string dated = directory.write("bot.log", "2019-12-31 23:00:00 --- [Idle] | RSS:  245.3 MB | VMS:  512.1 MB\n2020-01-01 01:00:00 --- [Idle] | RSS:  245.3 MB | VMS:  512.1 MB\n");
  const auto first_time = [&](const std::string& name, const std::string& text, bool beside) {
    const std::string path = directory.write(name, text);
    ReadResult result;
    read_events(list_inputs(beside ? std::vector<std::string>{path, dated} : std::vector<std::string>{path}), {}, result, [](const Slice&) {});
    for (const InputSummary& input : result.inputs) {
      if (input.path == path) return format_time(input.first_time, ' ');
    }
    return std::string();
  };
  const auto last_day = [&](const std::string& name, const std::string& text) {
    const std::string path = directory.write(name, text);
    ReadResult result;
    read_events(list_inputs({path, dated}), {}, result, [](const Slice&) {});
    return format_time(result.inputs[result.inputs[0].path == path ? 0 : 1].last_time, ' ').substr(0, 10);
  };
  CHECK(first_time("kern.log", "Dec 31 23:30:00" + kill, true) == "2019-12-31 23:30:00");
  CHECK(first_time("kern.log", "Jan  1 00:30:00" + kill, true) == "2020-01-01 00:30:00");
  CHECK(first_time("kern.log", "Feb  3 00:30:00" + kill, true) == "2020-02-03 00:30:00");
  CHECK(first_time("kern.log", "Nov  3 00:30:00" + kill, true) == "2019-11-03 00:30:00");
  CHECK(first_time("kern.log", "Dec 31 23:30:00" + kill + "Jan  1 00:30:00" + kill, true) == "2019-12-31 23:30:00");
  // The first line is one that the ring buffer had from long before: the others tell the year.
  std::string autumn;
  for (int i = 0; i < 9; ++i) autumn += "Dec 31 23:3" + std::to_string(i) + ":00" + kill;
  CHECK(first_time("kern.log", "Apr  1 00:00:07" + kill + autumn, true) == "2020-04-01 00:00:07");
  CHECK(last_day("kern.log", "Apr  1 00:00:07" + kill + autumn) == "2019-12-31");
  CHECK(last_day("kern.log", "Aug  1 00:00:07" + kill + autumn) == "2019-12-31");
  CHECK(first_time("kern.log", "2016-03-01 00:00:07 --- [Idle] | RSS:  245.3 MB | VMS:  512.1 MB\n", true) == "2016-03-01 00:00:07");
  CHECK(first_time("kern-20180105.log", "Jan  3 00:30:00" + kill, true) == "2018-01-03 00:30:00");
  CHECK(first_time("kern.log", "Jan  1 00:30:00" + kill, false).substr(0, 4) >= "2024");
  // In one file with lines that are dated.
  const std::string own = "2019-12-31 23:00:00 --- [Idle] | RSS:  245.3 MB | VMS:  512.1 MB\n";
  CHECK(first_time("mixed.log", "Dec 31 22:30:00" + kill + own, false) == "2019-12-31 22:30:00");
  CHECK(first_time("mixed.log", "Dec 31 22:30:00" + kill + "2020-01-01 01:00:00 --- [Idle] | RSS:  245.3 MB | VMS:  512.1 MB\n", false) == "2019-12-31 22:30:00");
  CHECK(first_time("mixed.log", "Dec 31 22:30:00" + kill + own, true) == "2019-12-31 22:30:00");
  CHECK(first_time("mixed-20180105.log", "Jan  3 22:30:00" + kill + own, false) == "2018-01-03 22:30:00");
}

TEST_CASE("order: pieces that begin within one moment are told by their names, in whatever order they are given") {
  const TempDirectory directory;
  std::vector<std::string> paths;
  for (std::size_t i = 0; i < 12; ++i) paths.push_back(directory.write("part-" + std::to_string(i + 1) + "-debug.log", daily("2025-11-16", "08:00:00", std::to_string(i))));
  for (int turn = 0; turn < 6; ++turn) {
    CAPTURE(turn);
    std::vector<std::string> given = paths;
    std::rotate(given.begin(), given.begin() + 2 * turn, given.end());
    if (turn % 2 == 1) std::reverse(given.begin(), given.end());
    CHECK(tasks_of(given) == counted(12));
  }
}
