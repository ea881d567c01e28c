#include <doctest/doctest.h>

#include "memlog/base/error.h"
#include "memlog/base/time_format.h"
#include "memlog/format/user_format.h"
#include "support/log_builder.h"

using namespace memlog;
using namespace memlog::test;

namespace {

EventBatch parsed(const std::vector<UserFormat>& user, std::string_view text) {
  EventBatch batch;
  batch.chunk = chunk_of(text);
  ParseOptions options;
  options.user = &user;
  parse_chunk(batch, options);
  return batch;
}

}  // namespace

TEST_CASE("user formats: groups fill the event, other numbers are metrics, units count") {
  std::vector<UserFormat> user;
  user.emplace_back("bot", R"(^(?P<time>\S+ \S+) w=(?P<process>\d+) job=(?P<task>\S+) mem=(?P<rss>[0-9.,]+).* q=(?P<q>\S+) (?P<event>\w+)$)", "%d/%b/%Y %H:%M:%S", "a test");
  const EventBatch batch = parsed(user,
                                  "16/Nov/2025 08:30:00 w=7 job=import mem=512KiB q=3 start\n"
                                  "16/Nov/2025 08:31:00 w=7 job=import mem=1,024 MB q=4 done\n"
                                  "16/Nov/2025 08:32:00 w=7 job=import mem=1.5GiB q=x foo\n"
                                  "16/Nov/2025 99:32:00 w=7 job=import mem=1.5GiB q=x foo\n");
  REQUIRE(batch.events.size() == 3);
  CHECK(batch.events[0].rss_mb == doctest::Approx(0.5));
  CHECK(batch.events[0].kind == EventKind::task_start);
  CHECK(format_time(batch.events[0].time) == "2025-11-16T08:30:00");
  CHECK(batch.names.text(batch.events[0].task) == "import");
  CHECK(batch.metric_of(batch.events[0], batch.names.find("q")) == 3);
  CHECK(batch.events[1].rss_mb == doctest::Approx(1024));
  CHECK(batch.events[1].kind == EventKind::task_end);
  CHECK(batch.events[2].rss_mb == doctest::Approx(1536));
  CHECK(batch.events[2].metrics_count == 0);
  REQUIRE(batch.problems.size() == 1);
  CHECK(batch.problems[0].expected == "a time as time_format has it in group 'time'");
}

TEST_CASE("user formats: a metric with a unit of size is in MB, all others are the numbers that they are") {
  const auto heap = [](const char* group, const std::string& text) {
    std::vector<UserFormat> user;
    user.emplace_back("bot", std::string("rss=(?P<rss>[0-9.]+) MB heap=") + group, "", "a test");
    const EventBatch batch = parsed(user, "rss=100 MB heap=" + text + "\n");
    REQUIRE(batch.events.size() == 1);
    return batch.metric_of(batch.events[0], batch.names.find("heap"));
  };
  for (const char* group : {"(?P<heap>.+)", "(?P<heap>[0-9.,]+) ?\\w+"}) {
    CAPTURE(group);
    CHECK(heap(group, "20 KB") == doctest::Approx(20.0 / 1024));
    CHECK(heap(group, "2 MB") == doctest::Approx(2));
    CHECK(heap(group, "1GB") == doctest::Approx(1024));
    CHECK(heap(group, "512KiB") == doctest::Approx(0.5));
    CHECK(heap(group, "3 megabytes") == doctest::Approx(3));
  }
  CHECK(heap("(?P<heap>.+)", "1,024 MB") == doctest::Approx(1024));
  CHECK(heap("(?P<heap>.+)", "20K") == doctest::Approx(20.0 / 1024));
  CHECK(heap("(?P<heap>.+)", "20") == 20);
  CHECK(heap("(?P<heap>\\d+)", "20 keys") == 20);
  CHECK(heap("(?P<heap>\\d+)", "5 m") == 5);
  CHECK(heap("(?P<heap>\\d+)", "5 ms") == 5);
  CHECK(heap("(?P<heap>\\d+)", "5 KB/s") == 5);
  CHECK_FALSE(is_known(heap("(?P<heap>.+)", "20 apples")));
}

TEST_CASE("user formats: definitions that cannot be used say why") {
  CHECK_THROWS_WITH_AS(parse_definition("x"), "cannot read 'x' of --define", Error);
  CHECK_THROWS_WITH_AS(parse_definition("x=(?P<rss>[0-9"), "cannot read the pattern of --define 'x': missing ]\n  (?P<rss>[0-9\n          ^", Error);
  CHECK_THROWS_AS(parse_definition("daily=(?P<rss>.)"), Error);
  CHECK_THROWS_AS(parse_definition("x=abc"), Error);
}

TEST_CASE("user formats: a TOML file with patterns and tables, quoted '#' and all") {
  const TempDirectory directory;
  const auto formats = read_user_formats(directory.write("f.toml", "plain = '#(?P<rss>\\d+) x'\n[bot]  # mine\npattern = '(?P<time>\\S+) (?P<rss>\\d+)'\ntime_format = \"%H:%M\"\n"));
  REQUIRE(formats.size() == 2);
  CHECK_THROWS_AS(read_user_formats(directory.write("g.toml", "[bot\n")), Error);
  CHECK_THROWS_AS(read_user_formats(directory.write("h.toml", "[bot]\ncolour = 'x'\n")), Error);
  CHECK_THROWS_AS(read_user_formats(directory.path("none.toml")), Error);
}

TEST_CASE("time formats: as strptime reads them") {
  const auto read = [](std::string_view text, std::string_view format) {
    const auto time = take_time_as(text, format);
    return time ? format_time(*time) + "<" + std::string(text) : "none";
  };
  CHECK(read("11/16/25 02:42:10 PM rest", "%D %I:%M:%S %p") == "2025-11-16T14:42:10< rest");
  CHECK(read("16 November 2025 00:00", "%d %B %Y %R") == "2025-11-16T00:00:00<");
  CHECK(read("2025-11-16T08:30:00.125+02:00", "%FT%T.%f%z") == "2025-11-16T08:30:00.125+02:00<");
  CHECK(read("1763281800.5", "%s.%f") == "2025-11-16T08:30:00.5Z<");
  CHECK(read("08:30", "%H:%M") == "08:30:00<");
  CHECK(read("2025-13-16", "%F") == "none");
  CHECK(unknown_in_time_format("%Y %Q") == 'Q');
}

TEST_CASE("user formats: an example is shown by 'memlog formats', and must be one") {
  const TempDirectory directory;
  const auto formats = read_user_formats(directory.write("f.toml", "[bot]\npattern = 'mem=(?P<rss>\\d+)'\nexample = 'mem=12'\n"));
  REQUIRE(formats.size() == 1);
  CHECK(formats[0].example() == "mem=12");
  CHECK_THROWS_AS(read_user_formats(directory.write("g.toml", "[bot]\npattern = 'mem=(?P<rss>\\d+)'\nexample = 'memory=12'\n")), Error);
}

TEST_CASE("formats: each one's example is a line that it reads") {
  for (const Format* format : memlog::formats()) {
    CAPTURE(format->name);
    const Log log(std::string(format->example) + "\n", {.format = format->name});
    CHECK(log.lines.malformed == 0);
    CHECK(Parsing(std::string(format->example) + "\n", format->name).size() > 0);
  }
}

TEST_CASE("user formats: a metric may be written with an exponent") {
  const UserFormat format = parse_definition("x=load=(?P<load>\\S+) mem=(?P<rss>\\d+)");
  const auto load = [&](std::string_view number) {
    EventBatch batch;
    Line line;
    const std::string text = "load=" + std::string(number) + " mem=12";
    line.text = line.message = text;
    if (format.parse(line, batch) != Parsed::event) return kMissing;
    return batch.metric_of(batch.events.at(0), batch.names.find("load"));
  };
  CHECK(load("-1.5e3") == -1500);
  CHECK(load("2E-2") == doctest::Approx(0.02));
  CHECK(load("1e+2") == 100);
  CHECK(load("-7") == -7);
  for (const std::string_view none : {"1e", "1e5x", "e5", "1e999", "x"}) {
    CAPTURE(none);
    CHECK(!is_known(load(none)));
  }
}

TEST_CASE("user formats: a unit behind a group that takes the number alone counts, in words too") {
  std::vector<UserFormat> user;
  user.emplace_back("bot", R"(mem=(?P<rss>[0-9.]+))", "", "a test");
  user.emplace_back("all", R"(all=(?P<rss>.*)$)", "", "a test");
  const EventBatch batch = parsed(user,
                                  "mem=104857600 bytes\nmem=104857600bytes free\nmem=104857600 B\nmem=102400 kilobytes\nmem=102400KB\nmem=100 megabytes\nmem=100 MBytes,\n"
                                  "mem=0.09765625 Gigabytes\nmem=100 bytecodes\nmem=100\nmem=100 b\nall=104857600 bytes\nall=102400 kbytes\n");
  REQUIRE(batch.events.size() == 13);
  for (std::size_t i = 0; i < batch.events.size(); ++i) {
    CAPTURE(i);
    CHECK(batch.events[i].rss_mb == doctest::Approx(100));
  }
}
