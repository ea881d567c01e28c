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
std::string records(const std::string& path, const Filter& bounds, bool general, Vectors vectors, std::size_t chunk, std::size_t& folded) {
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
      const std::string general = records(path, bounds, true, Vectors::none, 1 << 18, folded);
      for (const Vectors vectors : {Vectors::avx512, Vectors::avx2, Vectors::none}) {
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

namespace {

struct Windowed {
  std::string records;   // all in the window
  std::vector<std::uint64_t> counts;   // of each input, before any filter
  std::size_t folded = 0;
};

Windowed windowed(const std::vector<std::string>& paths, const Filter& bounds, bool general, std::size_t threads) {
  Windowed got;
  EventWriter writer(Output::csv, [&](std::string_view piece) { got.records += piece; });
  ReadOptions options;
  options.filter.since = bounds.since;
  options.filter.until = bounds.until;
  options.stream.parse.keep_raw = general;
  options.threads = threads;
  ReadResult result;
  read_events(list_inputs(paths), options, result, [&](const Slice& slice) {
    got.folded += slice.events.size();
    writer.fold(slice);
  });
  writer.finish(result);
  for (const InputSummary& input : result.inputs) {
    for (const std::uint64_t n : {input.records, input.samples, input.repeated, static_cast<std::uint64_t>(input.lines.lines), static_cast<std::uint64_t>(input.lines.records)}) got.counts.push_back(n);
    got.counts.push_back(static_cast<std::uint64_t>(input.first_time.ns));
    got.counts.push_back(static_cast<std::uint64_t>(input.last_time.ns));
  }
  return got;
}

// Without the last two columns: the file and the line in it.
std::string without_sources(const std::string& csv) {
  std::string out;
  for (std::string_view rest = csv; !rest.empty();) {
    std::string_view line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(line.size() + 1, rest.size()));
    for (int i = 0; i < 2; ++i) line = line.substr(0, line.rfind(','));
    out += line;
    out += '\n';
  }
  return out;
}

std::string daily_line(int minute, double mb) {
  char line[200];
  std::snprintf(line, sizeof line, "2025-10-%02d %02d:%02d:00 --- [Task %d] | RSS: %6.1f MB | VMS:  812.7 MB | System Available:  725.3 MB (35.6%% free)\n", 5 + minute / 1440, minute / 60 % 24, minute % 60, minute % 7, mb);
  return line;
}

}  // namespace

TEST_CASE("windows: several inputs give what they give together and what all of their events give, however they meet") {
  const test::TempDirectory directory;
  std::vector<std::string> lines;
  for (int i = 0; i < 4000; ++i) lines.push_back(daily_line(i, 200.0 + i % 97));
  const auto text = [&](std::size_t from, std::size_t to) {
    std::string out;
    for (std::size_t i = from; i < to; ++i) out += lines[i];
    return out;
  };
  const std::string whole = directory.write("whole/all.log", text(0, 4000));
  const std::string debug = test::testdata("telegram-v1/logs.txt");
  struct Set {
    std::string name;
    std::vector<std::string> paths;
    bool same_as_whole = true;
  };
  const auto write = [&](const std::string& name, std::size_t from, std::size_t to) { return directory.write(name, text(from, to)); };
  const Set sets[] = {
      {"days", {write("d/bot_20251005.log", 0, 1440), write("d/bot_20251006.log", 1440, 2880), write("d/bot_20251007.log", 2880, 4000)}},
      {"rotation", {write("r/app.log", 3000, 4000), write("r/app.log.1", 1000, 3000), write("r/app.log.2", 0, 1000)}},
      {"pieces that overlap", {write("o/part-1.log", 0, 1500), write("o/part-2.log", 1400, 2500), write("o/part-3.log", 2500, 4000)}},
      {"a rotation that overlaps", {write("ro/app.log", 2900, 4000), write("ro/app.log.1", 1000, 3000), write("ro/app.log.2", 0, 1001)}},
      {"names that say nothing", {write("n/left.log", 0, 2000), write("n/other.txt", 2000, 4000)}},
      {"a copy", {write("c/a.log", 0, 4000), write("c/b.log", 0, 4000)}},
      {"one within the other", {write("w/a.log", 0, 4000), write("w/b.log", 1800, 2000)}},
      {"another program's", {write("x/a.log", 0, 4000), directory.write("x/debug.log", debug)}, false},
  };
  const std::vector<std::string> times = {"", "2025-10-05 16:39", "2025-10-06", "2025-10-06 23:59", "2025-10-07 00:00:30", "2025-10-07 02:00", "2025-12-05 12:28:34", "-3h", "05:00"};
  for (const Set& set : sets) {
    CAPTURE(set.name);
    for (std::size_t i = 0; i < times.size(); ++i) {
      for (std::size_t j = i % 3; j < times.size(); j += 3) {
        const std::string& since = times[i];
        const std::string& until = times[j];
        CAPTURE(since);
        CAPTURE(until);
        Filter bounds;
        if (!since.empty()) bounds.since = parse_time_bound(since, "--since");
        if (!until.empty()) bounds.until = parse_time_bound(until, "--until");
        const Windowed quick = windowed(set.paths, bounds, false, 1);
        const Windowed all = windowed(set.paths, bounds, true, 1);
        CHECK(quick.records == all.records);
        CHECK(quick.counts == all.counts);
        CHECK(windowed(set.paths, bounds, false, 3).records == all.records);
        if (set.same_as_whole) CHECK(without_sources(quick.records) == without_sources(windowed({whole}, bounds, false, 1).records));
      }
    }
  }
}

TEST_CASE("windows: files that share no time are left out early") {
  const test::TempDirectory directory;
  std::vector<std::string> paths;
  for (int day = 0; day < 4; ++day) {
    std::string text;
    for (int i = 0; i < 1440; ++i) text += daily_line(day * 1440 + i, 200.0 + i % 97);
    paths.push_back(directory.write("bot_2025100" + std::to_string(5 + day) + ".log", text));
  }
  std::uint64_t sifted = 0;
  ReadOptions options;
  options.filter.since = parse_time_bound("2025-10-07 12:00", "--since");
  options.filter.until = parse_time_bound("2025-10-07 12:30", "--until");
  ReadResult result;
  read_events(list_inputs(paths), options, result, [&](const Slice& slice) {
    for (const std::uint64_t n : slice.batch.sifted) sifted += n;
  });
  CHECK(result.records() == 4 * 1440);
  CHECK(sifted > 1000);
}
