#include <doctest/doctest.h>

#include <cstddef>
#include <cstdio>
#include <string>
#include <string_view>
#include <vector>

#include "memlog/analysis/by_task.h"
#include "memlog/analysis/check.h"
#include "memlog/analysis/events.h"
#include "memlog/analysis/peak.h"
#include "memlog/report/render.h"
#include "memlog/scan/read_events.h"
#include "support/log_builder.h"

using namespace memlog;

// Logs with more task names than are told apart (RunNames::kMaxNames): what lists records tells each, what groups them has
// one group for the later ones, and a user who asks for one of those finds it.
namespace {

constexpr int kTasks = 6000;
static_assert(kTasks > RunNames::kMaxNames);

std::string task(int i) {
  std::string digits = std::to_string(i);
  return "Export " + std::string(5 - digits.size(), '0') + digits;
}

std::string at(int i) {
  char text[32];
  std::snprintf(text, sizeof text, "2025-11-16 %02d:%02d:%02d", i * 7 / 3600, i * 7 / 60 % 60, i * 7 % 60);
  return text;
}

std::string rss(int i) { return std::to_string(200 + i / 10) + "." + std::to_string(i % 10); }

std::string daily() {
  std::string log;
  for (int i = 0; i < kTasks; ++i) log += at(i) + " --- [" + task(i) + "] | RSS:  " + rss(i) + " MB | VMS:  999.7 MB | System Available:  725.3 MB (35.6% free)\n";
  return log;
}

std::string trees() {
  std::string log;
  for (int i = 0; i < kTasks; ++i) {
    log += at(i) + ",123 - memory_monitor - INFO - 📊 MEMORY SNAPSHOT | Operation: " + task(i) + "\n├─ RAM Usage: " + rss(i) + " MB (Virtual: 1024.3 MB)\n";
    if (i + 1 == kTasks) log += "├─ Sessions: 2 | Queue: 0 | Active DLs: 1\n";
    log += "└─ Context: User 1\n";
  }
  return log;
}

// The compact writer tells a reading in up to three lines.
std::string alerts() {
  std::string log = "MEMORY DEBUG LOG - Telegram Bot on Render 512MB Plan\n";
  for (int i = 0; i < kTasks; ++i) {
    const std::string front = "[" + at(i) + "] ";
    log += front + "⚠️ Memory spike: +51MB - " + task(i) + "\n" + front + "⚠️ High memory: " + std::to_string(200 + i) + "MB - " + task(i) + "\n";
  }
  return log;
}

ReadOptions options_of(std::size_t threads, std::size_t chunk) {
  ReadOptions options;
  options.threads = threads;
  options.stream.chunk_size = chunk;
  return options;
}

std::string answer(const std::string& path, Analysis& analysis, const ReadOptions& options) {
  ReadResult result;
  read_events(list_inputs({path}), options, result, [&](const Slice& slice) { analysis.fold(slice); });
  return render(analysis.report(result), Output::json, {});
}

std::string peak(const std::string& path, std::size_t threads, std::size_t chunk, bool sifting) {
  Peak analysis({});
  ReadOptions options = options_of(threads, chunk);
  if (sifting) options.wanted_above_mb = [&] { return analysis.wanted_above_mb(); };
  return answer(path, analysis, options);
}

std::string csv(const std::string& path, bool columns, std::size_t chunk) {
  ReadOptions options = options_of(2, chunk);
  options.stream.parse.reading_columns = columns;
  std::string out;
  EventWriter writer(Output::csv, [&](std::string_view piece) { out += piece; });
  ReadResult result;
  read_events(list_inputs({path}), options, result, [&](const Slice& slice) { writer.fold(slice); });
  writer.finish(result);
  return out;
}

bool contains(std::string_view text, std::string_view what) { return text.find(what) != std::string_view::npos; }

}  // namespace

TEST_CASE("many names: peak tells the name of each, however threads and chunks fall") {
  const test::TempDirectory directory;
  for (const std::string& log : {daily(), trees()}) {
    const std::string path = directory.write("many.log", log);
    const std::string first = peak(path, 1, 1 << 20, false);
    for (int i = kTasks - 10; i < kTasks; ++i) CHECK(contains(first, task(i)));
    CHECK_FALSE(contains(first, "(other)"));
    for (const std::size_t threads : {1u, 2u, 3u, 8u}) {
      for (const std::size_t chunk : {2048u, 50'000u, 1u << 18}) {
        CAPTURE(threads);
        CAPTURE(chunk);
        CHECK(peak(path, threads, chunk, true) == first);
      }
    }
  }
}

TEST_CASE("many names: events tell the name of each, and of a counter that comes late") {
  const test::TempDirectory directory;
  const std::string logs[] = {daily(), trees(), alerts()};
  for (const std::string& log : logs) {
    const std::string path = directory.write("many.log", log);
    const std::string all = csv(path, false, 1 << 20);
    std::size_t place = 0;
    for (int i = 0; i < kTasks && place != std::string::npos; ++i) place = all.find("," + task(i) + ",", place);
    CHECK(place != std::string::npos);
    CHECK_FALSE(contains(all, "(other)"));
    CHECK(contains(all, "sessions=2") == (&log == &logs[1]));
    for (const std::size_t chunk : {2048u, 50'000u}) {
      for (const bool columns : {false, true}) CHECK(csv(path, columns, chunk) == all);
    }
  }
}

TEST_CASE("many names: filters and rules know each") {
  const test::TempDirectory directory;
  for (const std::string& log : {daily(), trees()}) {
    const std::string path = directory.write("many.log", log);
    ReadOptions options = options_of(2, 1 << 16);
    options.filter.task.emplace("Export 059[0-4]", "--task");
    options.filter.not_task.emplace("5947|5948", "--not-task");
    ByTask by_task({});
    const std::string tasks = answer(path, by_task, options);
    CHECK(contains(tasks, "\"Export 05900\""));
    CHECK(contains(tasks, "\"Export 05949\""));
    CHECK_FALSE(contains(tasks, "\"Export 05947\""));
    CHECK_FALSE(contains(tasks, "\"Export 05950\""));
    CHECK_FALSE(contains(tasks, "(other)"));

    ByTask all({});
    const std::string groups = answer(path, all, options_of(2, 1 << 16));
    CHECK(contains(groups, "\"(other)\""));
    CHECK(contains(groups, "\"Export 04000\""));
    CHECK_FALSE(contains(groups, "\"Export 05000\""));

    Check::Options rules;
    rules.rules.push_back(parse_rule(Check::Kind::max_task, "Export 05987=100MB", "--max-task"));
    Check check(rules);
    const std::string verdict = answer(path, check, options_of(2, 1 << 16));
    CHECK(check.failed());
    CHECK(contains(verdict, "Export 05987"));
    CHECK_FALSE(contains(verdict, "(other)"));
  }
}

TEST_CASE("many names: a task that is really called '(other)' is that one only") {
  const test::TempDirectory directory;
  std::string log;
  auto add = [&, i = 0](const std::string& name) mutable {
    log += at(i / 7) + " --- [" + name + "] | RSS:  " + rss(i) + " MB | VMS:  999.7 MB | System Available:  725.3 MB (35.6% free)\n";
    ++i;
  };
  add("(other)");
  for (int i = 0; i < 4080; ++i) add(task(i));
  for (int i = 0; i < 5; ++i) add("(other)");
  for (int i = 0; i < 60; ++i) add("Late " + std::to_string(i / 3));
  const std::string path = directory.write("other.log", log);
  for (const std::size_t chunk : {500u, 8192u, 1u << 20}) {
    CAPTURE(chunk);
    const std::string all = csv(path, true, chunk);
    CHECK(all == csv(path, false, chunk));
    std::size_t found = 0;
    for (std::size_t place = all.find(",(other),"); place != std::string::npos; place = all.find(",(other),", place + 1)) ++found;
    CHECK(found == 6);
  }
}

TEST_CASE("many names: a warning about another task is no second word about the reading before it") {
  const test::TempDirectory directory;
  for (const int names : {100, 4200}) {
    CAPTURE(names);
    std::string log;
    const auto add = [&](int second, const std::string& name, int mb, const std::string& front) {
      log += "[" + at(second / 7) + ",000: INFO/ForkPoolWorker-1] " + front + "Memory [" + name + "] START: RSS=" + std::to_string(mb) + ".0 MB, available=725.0 MB\n";
    };
    for (int i = 0; i < names; ++i) add(7 * i / 4, task(i), 100, "");
    for (int i = 0; i < 10; ++i) {
      add(7 * (8000 + 10 * i), "A" + std::to_string(i), 600 + i, "");
      add(7 * (8001 + 10 * i), "B" + std::to_string(i), 600 + i, "HIGH MEMORY USAGE: ");
    }
    const std::string path = directory.write("pairs.log", log);
    const std::string all = csv(path, false, 1 << 20);
    for (int i = 0; i < 10; ++i) CHECK(contains(all, ",B" + std::to_string(i) + ","));
    CHECK(peak(path, 3, 4096, true) == peak(path, 1, 1 << 20, false));
  }
}

TEST_CASE("many names: who asks for all of them leaves hosts and counters theirs") {
  const test::TempDirectory directory;
  std::string log;
  const auto tree = [&](const std::string& host, int second, const std::string& name, const std::string& mb, const std::string& more) {
    log += host + at(second) + ",123 - memory_monitor - INFO - 📊 MEMORY SNAPSHOT | Operation: " + name + "\n" + host + "├─ RAM Usage: " + mb + " MB (Virtual: 1024.3 MB)\n" + more;
  };
  for (int i = 0; i < kTasks; ++i) tree("web-1  | ", i, task(i), "100.0", "");
  const std::string a = "aaa-1  | ";
  const std::string b = "bbb-1  | ";
  const std::string when = at(9000) + ",123 - memory_monitor - INFO - 📊 MEMORY SNAPSHOT | Operation: ";
  log += a + when + "A1\n" + b + when + "B1\n" + a + "├─ RAM Usage: 301.0 MB (Virtual: 1024.3 MB)\n" + b + "├─ RAM Usage: 401.0 MB (Virtual: 1024.3 MB)\n";
  log += a + "├─ Sessions: 1 | Widgets: 3\n" + b + "├─ Sessions: 2 | Widgets: 4\n";
  const std::string path = directory.write("hosts.log", log);
  ReadOptions options = options_of(1, 1 << 16);
  options.filter.task.emplace(".", "--task");
  std::string out;
  EventWriter writer(Output::csv, [&](std::string_view piece) { out += piece; });
  ReadResult result;
  read_events(list_inputs({path}), options, result, [&](const Slice& slice) { writer.fold(slice); });
  writer.finish(result);
  CHECK(contains(out, ",301.0,1024.3,,,,,A1,snapshot,aaa-1,,sessions=1;widgets=3,"));
  CHECK(contains(out, ",401.0,1024.3,,,,,B1,snapshot,bbb-1,,sessions=2;widgets=4,"));
  CHECK(result.names.names.size() <= RunNames::kMaxAsked + RunNames::kMaxFew + 1);
}

// Which names are told apart is a matter of the common timeline, not of how far each log was read ahead.
TEST_CASE("many names: of logs that overlap the first ones are told apart, however threads and chunks fall") {
  // Some of the names are of several logs.
  const auto name = [](int i) { return i % 11 == 0 ? "Shared " + std::to_string(i / 33) : task(i); };
  for (const bool runs : {true, false}) {
    CAPTURE(runs);
    std::string logs[3];
    std::string open[3];
    for (int i = 0; i < kTasks; ++i) {
      const int log = i % 3;
      if (!runs) {
        logs[log] += at(i) + ",123 - memory_monitor - INFO - 📊 MEMORY SNAPSHOT | Operation: " + name(i) + "\n├─ RAM Usage: " + rss(i) + " MB (Virtual: 1024.3 MB)\n└─ Context: User 1\n";
        continue;
      }
      // A run is open while others start: its end may be read in another chunk than its start.
      const auto say = [&](const std::string& task, const std::string& mark, int mb) {
        logs[log] += "[" + at(i) + ",000: INFO/ForkPoolWorker-" + std::to_string(log) + "] Memory [" + task + "] " + mark + ": RSS=" + std::to_string(mb) +
                     ".0MB (peak=900.0MB), Process%=6.1%, System=45.2%, GC objects=127,453\n";
      };
      if (!open[log].empty()) say(open[log], "FINISH (delta=+30.0MB, peak=900.0MB)", 130 + i % 50);
      open[log] = name(i);
      say(open[log], "START", 100 + i % 50);
    }
    const test::TempDirectory directory;
    std::vector<std::string> paths;
    for (int i = 0; i < 3; ++i) paths.push_back(directory.write("worker-" + std::to_string(i) + ".log", logs[i]));

    const auto answers = [&](const ReadOptions& options) {
      ByTask by_task({});
      std::string rows;
      EventWriter events(Output::csv, [&](std::string_view piece) { rows += piece; });
      ReadResult result;
      read_events(list_inputs(paths), options, result, [&](const Slice& slice) {
        by_task.fold(slice);
        events.fold(slice);
      });
      events.finish(result);
      CHECK(result.names.names_merged > 0);
      return render(by_task.report(result), Output::json, {}) + rows;
    };
    const std::string first = answers(options_of(1, 1 << 20));
    CHECK(contains(first, "\"" + task(4000) + "\""));
    CHECK(contains(first, "\"(other)\""));
    CHECK(contains(first, "," + task(5999) + ","));
    CHECK_FALSE(contains(first, ",(other),"));
    for (const std::size_t threads : {1u, 3u}) {
      for (const std::size_t chunk : {700u, 20'000u, 1u << 18}) {
        CAPTURE(threads);
        CAPTURE(chunk);
        CHECK((answers(options_of(threads, chunk)) == first));
      }
    }
    ReadOptions asked = options_of(1, 1 << 20);
    asked.filter.task.emplace("Export 0[1-5]", "--task");
    const std::string told = answers(asked);
    asked.stream.chunk_size = 3000;
    CHECK((answers(asked) == told));
  }
}
