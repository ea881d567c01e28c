#include <doctest/doctest.h>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "memlog/analysis/by_task.h"
#include "memlog/analysis/crash.h"
#include "memlog/analysis/events.h"
#include "memlog/analysis/leaks.h"
#include "memlog/report/render.h"
#include "memlog/scan/read_events.h"
#include "support/log_builder.h"

using namespace memlog;

namespace {

using MakeAnalysis = std::function<std::unique_ptr<Analysis>()>;

enum class As { events, bare_readings, columns };

std::string answer(const std::string& path, const MakeAnalysis& make, As as, Vectors vectors, std::size_t chunk, bool& any_bare) {
  const auto analysis = make();
  REQUIRE(analysis->bare_readings());
  ReadOptions options;
  options.stream.parse.rss_only = as != As::events && analysis->rss_only();
  options.stream.parse.bare_readings = as != As::events;
  options.stream.parse.reading_columns = as == As::columns && analysis->reading_columns();
  options.stream.parse.vectors = vectors;
  options.stream.chunk_size = chunk;
  ReadResult result;
  read_events(list_inputs({path}), options, result, [&](const Slice& slice) {
    any_bare |= as == As::columns && analysis->reading_columns() && vectors == Vectors::avx512 ? slice.row != nullptr : !slice.readings.empty();
    analysis->fold(slice);
  });
  Report report = analysis->report(result);
  report.inputs = inputs_value(result);
  return render(report, Output::json, {});
}

// Bare readings, or events: the answer is the same, and every line is accounted for.
bool check_same(const std::string& path, const MakeAnalysis& make) {
  CAPTURE(path);
  bool none = false;
  bool any = false;
  const std::string events = answer(path, make, As::events, Vectors::none, 1 << 18, none);
  CHECK_FALSE(none);
  for (const std::size_t chunk : {4096u, 20'000u, 1u << 18}) {
    for (const Vectors vectors : {Vectors::avx512, Vectors::avx2, Vectors::none}) {
      for (const As as : {As::bare_readings, As::columns}) CHECK(answer(path, make, as, vectors, chunk, any) == events);
    }
  }
  return any;
}

const std::vector<MakeAnalysis> kAll = {
    [] { return std::make_unique<ByTask>(ByTask::Options{ByTask::Sort::max, true}); },
    [] { return std::make_unique<ByTask>(ByTask::Options{}); },
    [] { return std::make_unique<Leaks>(Leaks::Options{}); },
    [] { return std::make_unique<Crash>(Crash::Options{.last = 64}); },
};

std::string daily(int minute, const std::string& what, const std::string& rss) {
  const std::string time = "2025-11-16 " + std::to_string(10 + minute / 120) + ":" + std::to_string(10 + minute % 50) + ":00 ";
  return time + what + " | RSS:  " + rss + " MB | VMS:  812.7 MB | System Available:  725.3 MB (35.6% free)\n";
}

const std::string kTree =
    "[2025-11-16 11:42:10] 📊 MEMORY SNAPSHOT | Operation: Download Started\n├─ RAM Usage: 287.5 MB (Virtual: 1024.3 MB)\n"
    "├─ System: 56.2% used (223.8 MB available)\n├─ Sessions: 2 | Queue: 0 | Active DLs: 1\n├─ Cache: 5 items | Threads: 8 | Open files: 12\n"
    "└─ Context: User 12345 | Active: 1\n\n";

}  // namespace

TEST_CASE("bare readings: every sample log gives the answer that its events give") {
  std::size_t logs = 0;
  std::size_t with_bare = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(MEMLOG_TESTDATA)) {
    if (!entry.is_regular_file() || entry.file_size() > (4 << 20)) continue;
    if (const auto extension = entry.path().extension(); extension != ".log" && extension != ".txt") continue;
    for (const MakeAnalysis& make : kAll) with_bare += check_same(entry.path().string(), make) ? 1 : 0;
    ++logs;
  }
  CHECK(logs > 40);
  CHECK(with_bare >= 3);
}

TEST_CASE("bare readings: events written from columns are those written from events") {
  std::size_t rows = 0;
  std::size_t logs = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(MEMLOG_TESTDATA)) {
    if (!entry.is_regular_file() || entry.file_size() > (4 << 20) || entry.path().extension() != ".log") continue;
    const std::string path = entry.path().string();
    CAPTURE(path);
    for (const Output output : {Output::ndjson, Output::csv, Output::json}) {
      const auto written = [&](bool columns, std::size_t chunk) {
        ReadOptions options;
        options.stream.parse.reading_columns = columns;
        options.stream.chunk_size = chunk;
        std::string out;
        EventWriter writer(output, [&](std::string_view piece) { out += piece; });
        ReadResult result;
        read_events(list_inputs({path}), options, result, [&](const Slice& slice) {
          rows += slice.row != nullptr ? 1 : 0;
          writer.fold(slice);
        });
        writer.finish(result);
        return out;
      };
      const std::string events = written(false, 1 << 18);
      CHECK(rows == 0);
      for (const std::size_t chunk : {3000u, 1u << 18}) CHECK((written(true, chunk) == events));
      if (vectors() == Vectors::avx512 && path.find("daily/memory_") != std::string::npos) CHECK(rows > 0);
      rows = 0;
    }
    ++logs;
  }
  CHECK(logs > 20);
}

TEST_CASE("bare readings: what stands between them keeps its place") {
  const test::TempDirectory directory;
  std::string log;
  for (int i = 0; i < 1200; ++i) {
    const std::string task = i % 3 == 0 ? "[Dump]" : i % 3 == 1 ? "[Cards]" : "[A label of more than thirty-two letters]";
    const std::string rss = std::to_string(200 + i * 37 % 300) + "." + std::to_string(i % 10);
    log += daily(i, (i % 7 == 1 ? ">>> TASK START " : i % 7 == 5 ? "<<< TASK END " : "--- ") + task, rss);
    if (i % 11 == 0) log += "somebody else's line\n";
    if (i % 41 == 0) log += daily(i, i % 2 == 0 ? "--- [Bot Started]" : "<<< TASK END [Dump Error]", "150.0");
    if (i % 307 == 306) log += kTree;
    if (i % 97 == 0) log += "2025-11-16 12:00:00 --- [Idle] | RSS:  5I2.0 MB\n";
  }
  const std::string quiet = log;
  for (int i = 0; i < 3; ++i) log += "[2025-11-16 17:42:11] ⚠️ HIGH MEMORY: 450.0 MB / 512 MB\n" + kTree;
  for (const MakeAnalysis& make : kAll) {
    CHECK(check_same(directory.write("quiet.log", quiet), make));
    CHECK(check_same(directory.write("limit.log", log + log), make));
  }
}

TEST_CASE("bare readings: files are put in order by their first reading") {
  const test::TempDirectory directory;
  std::string early;
  std::string late;
  for (int i = 0; i < 40; ++i) early += daily(i, "--- [Idle]", "200.0");
  for (int i = 0; i < 60; ++i) early += "somebody else's line\n";  // the end of a file goes the general way
  early += daily(230, "--- [Bot Started]", "100.0");
  for (int i = 0; i < 40; ++i) late += daily(i + 120, "--- [Idle]", "200.0");
  const std::vector<std::string> paths = {directory.write("b.log", late), directory.write("a.log", early)};
  ReadOptions options;
  options.stream.parse.rss_only = options.stream.parse.bare_readings = true;
  ReadResult result;
  read_events(list_inputs(paths), options, result, [](const Slice&) {});
  CHECK(result.inputs[0].path == paths[1]);
}

TEST_CASE("bare readings: long rows between failures, lists and restarts end where their readings do") {
  const test::TempDirectory directory;
  std::string log;
  std::uint32_t seed = 7;
  const auto random = [&](std::uint32_t below) { return (seed = seed * 1664525 + 1013904223) / 65536 % below; };
  std::int64_t second = days_from_civil(2025, 11, 16) * 86400;
  const auto add = [&](const std::string& what, std::uint32_t rss) {
    Timestamp time;
    time.ns = second * kNanosPerSecond;
    char figures[160];
    std::snprintf(figures, sizeof figures, " | RSS: %6.1f MB | VMS:  812.7 MB | System Available: %6.1f MB (%.1f%% free)\n", rss / 10.0, 1000 - rss / 20.0, 50 - rss / 400.0);
    log += format_time(time, ' ') + " " + what + figures;
  };
  for (int i = 0; i < 9000; ++i) {
    // Bursts of several lines a second; a clock that is put back once in a while.
    second += random(4) == 0 ? 0 : random(60);
    if (random(900) == 0) second -= 90;
    const std::uint32_t rss = 1500 + static_cast<std::uint32_t>(i % 3000) + random(40);
    switch (random(60)) {
      case 0: add(">>> TASK START [Dump]", rss); break;
      case 1: add("<<< TASK END [Dump Complete]", rss); break;
      case 2: add(random(4) == 0 ? "<<< TASK END [Dump Error]" : "--- [Dump]", rss); break;
      default: add("--- [Idle]", rss);
    }
    if (i % 3000 == 2999) {
      if (i < 6000) add("--- [Bot Shutting Down]", rss);
      add("--- [Bot Started]", 1200);
    }
  }
  // A user's look at the memory, which is no operation.
  const std::string look = "2025-11-17 08:59:00 --- [/memory-debug] | RSS:  300.0 MB | VMS:  812.7 MB | System Available:  725.3 MB (35.6% free)\n";
  const std::string lists =
      "[2025-11-17 09:00:00] 🔍 /memory-debug accessed by User 1\n├─ Current RAM: 300.0 MB\n├─ Recent operations:\n│   1. 08:59:58 | Idle | 300.0 MB\n└─ Peak: 400.0 MB\n";
  for (const MakeAnalysis& make : kAll) {
    CHECK(check_same(directory.write("rows.log", log), make));
    CHECK(check_same(directory.write("lists.log", log + lists + log), make));
    CHECK(check_same(directory.write("looks.log", log + look + log), make));
  }
}

TEST_CASE("bare readings: the last operations keep their order where the clock had fallen and somebody looks at the memory") {
  const test::TempDirectory directory;
  const auto at = [](int minute, const std::string& label) {
    char line[160];
    std::snprintf(line, sizeof line, "2026-07-13 %02d:%02d:01 --- [%s] | RSS: %6.1f MB | VMS:  499.2 MB | System Available: 1043.5 MB (51.1%% free)\n", minute / 60, minute % 60, label.c_str(), 200 + minute % 70 / 10.0);
    return std::string(line);
  };
  std::string before;
  for (int i = 0; i < 100; ++i) before += at(600 + i, "Idle");
  before += at(1099, "Idle") + at(1044, "Idle");
  std::string behind = at(1077, "/memory-debug") + at(1098, "Idle") + at(1118, "Idle") + at(1119, "Idle") + at(1170, "Bot Started");
  for (int i = 0; i < 100; ++i) behind += at(1200 + i, i % 9 == 0 ? "/memory-debug" : "Idle");
  behind += at(1310, "Bot Started");
  for (const char* between : {"somebody else's line\n", "Killed\n", "Out of memory: Killed process 123 (python3) total-vm:1024kB, anon-rss:512000kB, file-rss:0kB\n", ""}) CHECK(check_same(directory.write("fallen.log", before + between + behind), kAll.back()));
}

TEST_CASE("bare readings: the last operations of a row behind a fallen clock do not depend on where it is cut") {
  const test::TempDirectory directory;
  const auto at = [](int second, const std::string& name, int mb) {
    char line[160];
    std::snprintf(line, sizeof line, "2026-07-13 10:%02d:%02d --- [%s] | RSS: %6.1f MB | VMS:  499.2 MB | System Available: 1043.5 MB (51.1%% free)\n", second / 60, second % 60, name.c_str(), mb * 1.0);
    return std::string(line);
  };
  // Of 72 readings the first ones are more than 90 seconds behind, the last 64 are not.
  std::string log = at(1000, "X", 197);
  for (int i = 0; i < 72; ++i) log += at(900 + i * 99 / 72, "T" + std::to_string(i % 3), 200 + i);
  CHECK(check_same(directory.write("fallen.log", log + "[2026-07-13 10:18:20] BOT RESTARTED at 2026-07-13 10:18:20\n"), kAll.back()));
  const std::string path = directory.write("restarted.log", log + "[2026-07-13 10:18:20] BOT RESTARTED at 2026-07-13 10:18:20\n");
  bool any = false;
  const std::string whole = answer(path, kAll.back(), As::events, Vectors::none, 1 << 18, any);
  CHECK(whole == answer(path, kAll.back(), As::events, Vectors::none, 64, any));
  CHECK(whole.find("\"operation\": \"T2\"") != std::string::npos);
}

TEST_CASE("bare readings: starts, ends and labels in any order tell the same floor") {
  const test::TempDirectory directory;
  const std::string tasks[] = {"Dump", "Cards", "Idle", "Report", "Cleanup"};
  for (std::uint32_t seed = 1; seed < 5; ++seed) {
    CAPTURE(seed);
    std::uint32_t state = seed;
    const auto random = [&](std::uint32_t below) { return (state = state * 1664525 + 1013904223) / 65536 % below; };
    std::int64_t second = days_from_civil(2025, 11, 16) * 86400;
    std::string log;
    for (int i = 0; i < 4000; ++i) {
      second += random(90);
      Timestamp time;
      time.ns = second * kNanosPerSecond;
      const std::string when = format_time(time, ' ');
      // Labels that are new late in the log, samples of tasks that never started, ends of others, starts in a row.
      const std::string& task = tasks[random(i < 1500 ? 3 : 5)];
      const std::string rss = std::to_string(200 + i / 40 + static_cast<int>(random(30))) + "." + std::to_string(random(10));
      const std::uint32_t what = random(i % 500 < 250 ? 8 : 40);
      const std::string mark = what == 0 ? ">>> TASK START [" : what == 1 ? "<<< TASK END [" : "--- [";
      log += when + " " + mark + task + "] | RSS:  " + rss + " MB | VMS:  812.7 MB | System Available:  725.3 MB (35.6% free)\n";
    }
    const auto leaks = [] { return std::make_unique<Leaks>(Leaks::Options{}); };
    CHECK(check_same(directory.write("daily.log", log), leaks));
  }
}

TEST_CASE("bare readings: a daily log's stand in columns where blocks of lines are read, and events split their rows") {
  const test::TempDirectory directory;
  std::string log;
  for (int i = 0; i < 600; ++i) log += daily(i, i % 100 == 57 ? "--- [Bot Started]" : "--- [Idle]", std::to_string(200 + i % 300) + ".0");
  ReadOptions options;
  options.stream.parse.rss_only = options.stream.parse.bare_readings = options.stream.parse.reading_columns = true;
  ReadResult result;
  std::size_t rows = 0;
  std::size_t records = 0;
  std::uint64_t line = 0;
  read_events(list_inputs({directory.write("bot.log", log)}), options, result, [&](const Slice& slice) {
    const auto next = [&](std::uint64_t at) {
      CHECK(at == line + 1);
      line = at;
      ++records;
    };
    for (const Event& event : slice.events) next(event.line);
    for (const BareReading& reading : slice.readings) next(slice.batch.line_offset + reading.line);
    if (slice.row == nullptr) return;
    ++rows;
    for (std::size_t i = 0; i < slice.row->size(); ++i) {
      const BareReading reading = (*slice.row)[i];
      next(slice.batch.line_offset + reading.line);
      CHECK(reading.rss == 10 * (200 + (line - 1) % 300));
      CHECK(result.names.names.text(reading.task) == "Idle");
    }
  });
  CHECK(records == 600);
  CHECK(rows >= (vectors() == Vectors::avx512 ? 7 : 0));
}

TEST_CASE("bare readings: labels that are forgotten for new ones keep their tasks") {
  const test::TempDirectory directory;
  int lines = 0;
  const auto label = [&](const std::string& of, int i) { return daily(lines++ % 1000, "--- [" + of + " " + std::to_string(1000 + i) + "]", std::to_string(200 + i % 300) + ".0"); };
  const auto fill = [](std::string& log, std::size_t up_to, const std::string& line) {
    while (log.size() < up_to) log += line;
  };
  const std::string foreign = "2025-11-16 08:34:15 [INFO] a line of another program that is as long as those around it, so that its columns are looked at\n";
  for (const std::size_t chunk : {std::size_t{20'000}, std::size_t{1} << 18}) {
    for (const int before : {100, 224, 230, 239}) {
      // New labels behind which no line of the chunk is good; others in the next chunk.
      std::string log;
      for (int i = 0; i < before; ++i) log += label("Alpha", i);
      fill(log, log.size() / chunk * chunk + chunk, foreign);
      for (int i = 0; i < 1200; ++i) log += label("Beta", i % 20);
      for (const MakeAnalysis& make : kAll) CHECK(check_same(directory.write("forgotten.log", log), make));
    }
    // Batches that are held back until a platform's clock is known, while labels go on being forgotten.
    std::string log = "2025-11-16T08:00:00.000000+00:00 heroku[web.1]: source=web.1 dyno=heroku.1.2 measure=memory_rss val=509 units=MB\n";
    for (int i = 0; i < 20; ++i) log += label("Alpha", i);
    fill(log, chunk, std::string(2000, 'x') + "\n");
    for (int i = 0; log.size() < 3 * chunk; ++i) log += label(log.size() < 2 * chunk ? "Beta" : "Gamma", i % 240);
    for (int i = 0; log.size() < 5 * chunk; ++i) log += label("Delta", i % 30);
    check_same(directory.write("held.log", log), kAll.front());
  }
}
