#include "memlog/assemble/platform_clock.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "memlog/scan/read_events.h"
#include "support/log_builder.h"

using namespace memlog;

namespace {

struct Read {
  std::vector<std::string> deaths;     // times of what only the platform tells
  std::vector<ClockCorrection> corrections;
};

// 256 KiB at a time, and a line at a time: where the log is cut must not matter.
Read read_log(const std::string& log, std::size_t chunk = 1 << 18) {
  const test::TempDirectory directory;
  ReadOptions options;
  options.stream.chunk_size = chunk;
  ReadResult result;
  Read read;
  read_events(list_inputs({directory.write("app-20260105.log", log)}), options, result, [&](const Slice& slice) {
    for (const Event& event : slice.events) {
      if (is_death(event.kind)) read.deaths.push_back(format_time(event.time, ' '));
    }
  });
  read.corrections = result.inputs[0].clock_corrections;
  if (chunk > 64) {
    const Read again = read_log(log, 64);
    CHECK(again.deaths == read.deaths);
    CHECK(again.corrections.size() == read.corrections.size());
  }
  return read;
}

const std::string kOom = "Out of memory: Killed process 315 (python) total-vm:652800kB, anon-rss:470292kB, file-rss:0kB, shmem-rss:0kB";

std::string fly(const std::string& time, const std::string& message) { return "2026-01-05T" + time + "Z app[148e212fe73389] fra [info]" + message + "\n"; }
std::string reading(const std::string& time) { return "2026-01-05 " + time + ",123 - bot - INFO - Sessions: 5 | Memory: 480 MB"; }
std::string polling(const std::string& time) { return "2026-01-05 " + time + ",123 - bot - INFO - polling"; }
std::string killed_at(const std::string& time) { return fly(time, "[ 4723.456789] " + kOom); }

}  // namespace

TEST_CASE("platform clock: what only the platform dates is put on the application's clock") {
  const std::string two = fly("10:00:00", reading("11:00:00")) + fly("10:02:00", polling("11:02:00"));
  const Read behind = read_log(two + killed_at("10:03:00"));
  CHECK(behind.deaths == std::vector<std::string>{"2026-01-05 11:03:00"});
  REQUIRE(behind.corrections.size() == 1);
  CHECK(behind.corrections[0].shown_ns == 3600 * kNanosPerSecond);
  CHECK(behind.corrections[0].records == 1);
  // In front of them as well, and in other zones.
  CHECK(read_log(killed_at("09:59:00") + two).deaths == std::vector<std::string>{"2026-01-05 10:59:00"});
  CHECK(read_log(fly("10:00:00", reading("04:30:00")) + fly("10:02:00", polling("04:32:00")) + killed_at("10:03:00")).deaths == std::vector<std::string>{"2026-01-05 04:33:00"});
  CHECK(read_log(fly("20:00:00", "2026-01-06 01:45:00,1 - bot - INFO - a") + fly("20:02:00", "2026-01-06 01:47:00,1 - bot - INFO - b") + killed_at("20:03:00")).deaths ==
        std::vector<std::string>{"2026-01-06 01:48:00"});
}

TEST_CASE("platform clock: one line, or lines that do not agree, prove nothing") {
  const auto stands = [](const std::string& log) {
    CAPTURE(log);
    const Read found = read_log(log);
    CHECK(found.deaths == std::vector<std::string>{"2026-01-05 10:03:00Z"});
    CHECK(found.corrections.empty());
  };
  stands(fly("10:00:00", reading("11:00:00")) + killed_at("10:03:00"));
  stands(fly("10:00:00", reading("11:00:00")) + fly("10:01:00", reading("12:01:00")) + killed_at("10:03:00"));
  stands(fly("10:00:00", reading("11:00:00")) + fly("10:01:00", reading("10:01:00")) + fly("10:02:00", reading("11:02:00")) + killed_at("10:03:00"));
  // No zones differ so: lines that waited in a buffer, days of a simulation.
  stands(fly("10:00:00", reading("09:45:00")) + fly("10:00:00", reading("09:45:00")) + killed_at("10:03:00"));
  stands(fly("10:00:00", reading("10:50:00")) + fly("10:01:00", reading("10:51:00")) + killed_at("10:03:00"));
  stands(fly("10:00:00", "2025-06-01 10:00:00,1 - bot - INFO - a") + fly("10:01:00", "2025-06-01 10:01:00,1 - bot - INFO - b") + killed_at("10:03:00"));
  // And where both show the same, nothing changes.
  stands(fly("10:00:00", reading("10:00:00")) + fly("10:02:00", polling("10:02:00")) + killed_at("10:03:00"));
}

TEST_CASE("platform clock: from one summer to the next winter the difference changes") {
  std::string log = fly("10:00:00", reading("12:00:00")) + fly("10:02:00", polling("12:02:00")) + killed_at("10:03:00");
  log += fly("11:00:00", reading("12:00:00")) + fly("11:02:00", polling("12:02:00")) + fly("11:02:30", "[ 4999.456789] Out of memory: Killed process 402 (python) total-vm:652800kB, anon-rss:470292kB, file-rss:0kB");
  const Read found = read_log(log);
  CHECK(found.deaths == std::vector<std::string>{"2026-01-05 12:03:00", "2026-01-05 12:02:30"});
  CHECK(found.corrections.size() == 2);
}

TEST_CASE("platform clock: two lines far behind the first ones date no more what stands in front of them") {
  std::string log = killed_at("10:03:00");
  for (std::uint64_t i = 0; i < assemble::PlatformClock::kLookAhead; ++i) log += fly("10:04:00", "waiting");
  log += fly("10:05:00", reading("11:05:00")) + fly("10:06:00", reading("11:06:00"));
  CHECK(read_log(log).deaths == std::vector<std::string>{"2026-01-05 10:03:00Z"});
}

TEST_CASE("platform clock: whatever the platform") {
  const auto moved = [](const std::string& log, const std::string& to) {
    CAPTURE(log);
    CHECK(read_log(log).deaths == std::vector<std::string>{to});
  };
  const std::string a = polling("11:00:00");
  const std::string b = polling("11:02:00");
  const auto heroku = [](const std::string& time, const std::string& source, const std::string& message) {
    return "2026-01-05T" + time + ".000000+00:00 " + source + "[worker.1]: " + message + "\n";
  };
  moved(heroku("10:00:00", "app", a) + heroku("10:02:00", "app", b) + heroku("10:03:00", "heroku", "Error R15 (Memory quota vastly exceeded)"), "2026-01-05 11:03:00.000000");
  // Of another dyno, whose lines never carry both.
  moved(heroku("10:00:00", "app", a) + heroku("10:02:00", "app", b) + "2026-01-05T10:03:00.000000+00:00 heroku[web.1]: Error R15 (Memory quota vastly exceeded)\n", "2026-01-05 11:03:00.000000");
  const auto journal = [](const std::string& time, const std::string& message) { return "Jan 05 " + time + " server " + message + "\n"; };
  moved(journal("10:00:00", "python[42]: " + a) + journal("10:02:00", "python[42]: " + b) + journal("10:03:00", "kernel: " + kOom), "2026-01-05 11:03:00");
  const auto docker = [](const std::string& time, const std::string& message) { return "2026-01-05T" + time + ".123456789Z " + message + "\n"; };
  moved(docker("10:00:00", a) + docker("10:02:00", b) + docker("10:03:00", "[ 4723.456789] " + kOom), "2026-01-05 11:03:00.123456789");
  const auto cri = [&](const std::string& time, const std::string& message) { return docker(time, "stderr F " + message); };
  moved(cri("10:00:00", a) + cri("10:02:00", b) + cri("10:03:00", "[ 4723.456789] " + kOom), "2026-01-05 11:03:00.123456789");
  // The platform's zone is the application's: the digits are the same, and no clock differs.
  const std::string local = "2026-01-05T11:00:00+01:00 server python[42]: " + a + "\n2026-01-05T11:02:00+01:00 server python[42]: " + b + "\n2026-01-05T11:03:00+01:00 server kernel: " + kOom + "\n";
  moved(local, "2026-01-05 11:03:00");
  CHECK(read_log(local).corrections.empty());
}

TEST_CASE("platform clock: containers in two zones keep each its own, and what is of neither stands") {
  const auto line = [](const std::string& name, const std::string& time, const std::string& message) { return name + "  | 2026-01-05T" + time + ".123456789Z " + message + "\n"; };
  std::string log = line("a-1", "10:00:00", polling("11:00:00")) + line("b-1", "10:00:00", polling("15:30:00")) + line("a-1", "10:01:00", polling("11:01:00")) + line("b-1", "10:01:00", polling("15:31:00"));
  const std::string killed = "[ 4723.456789] " + kOom;
  CHECK(read_log(log + line("a-1", "10:03:00", killed)).deaths == std::vector<std::string>{"2026-01-05 11:03:00.123456789"});
  CHECK(read_log(log + line("b-1", "10:03:00", killed)).deaths == std::vector<std::string>{"2026-01-05 15:33:00.123456789"});
  CHECK(read_log(log + line("c-1", "10:03:00", killed)).deaths == std::vector<std::string>{"2026-01-05 10:03:00.123456789Z"});
}
