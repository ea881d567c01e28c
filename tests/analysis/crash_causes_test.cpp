#include <doctest/doctest.h>

#include <sstream>
#include <vector>

#include "memlog/analysis/crash.h"
#include "support/analyse.h"
#include "support/crash_logs.h"

using namespace memlog;
using namespace memlog::test;

namespace {

std::string sample(const std::string& name) { return testdata("crash/" + name); }

std::string line_of(const std::string& text, std::size_t number) {
  std::istringstream lines(text);
  std::string line;
  while (number-- > 0) std::getline(lines, line);
  return line;
}

Value crash_in(const std::string& log, Crash::Options options = {}) {
  Crash analysis(options);
  const Report report = report_of(analysis, log);
  const Value::List& crashes = as_list(report.field("crashes"));
  REQUIRE(crashes.size() == 1);
  return crashes[0];
}

const Value* cause_of(const Value& crash, const std::string& name) {
  for (const Value& cause : as_list(crash["causes"])) {
    if (words(cause["cause"]) == name) return &cause;
  }
  return nullptr;
}

std::string all_causes(const Value& crash) {
  std::string all;
  for (const Value& cause : as_list(crash["causes"])) all += words(cause["cause"]) + " ";
  return all;
}

struct Case {
  const char* file;
  const char* cause;
  const char* confidence;
  const char* explanation;  // in it
  const char* source;       // in the line that it rests on
};

constexpr Case kCases[] = {
    {"heavy_task", "heavy_task", "high", "'Nations Dump Download' was running and took 353.2 MB, 96 %", ">>> TASK START [Nations Dump Download]"},
    {"spike", "spike", "medium", "memory rose by 52.3 MB with 'Download Started' at 2025-10-27 14:46:45", "MEMORY SNAPSHOT | Operation: Download Started"},
    {"leak", "leak", "high", "MB/hour", "Download Started"},
    {"too_many_sessions", "too_many_sessions", "high", "4 sessions were active; the limit is 3", "[2025-10-27 14:49:00]"},
    {"too_many_downloads", "too_many_downloads", "high", "4 downloads were active; the limit is 3", "[2025-10-27 14:49:00]"},
    {"sessions_above_survivors", "too_many_sessions", "medium", "3 sessions were active, more than in any session that survived (2)", "[2025-10-27 14:49:00]"},
    {"queue_buildup", "queue_buildup", "medium", "20 entries were queued; 20 is full", "[2025-10-27 14:49:00]"},
    {"queue_growing", "queue_buildup", "medium", "grew through the whole time before, from 1 to 12 entries", "[2025-10-27 15:09:00]"},
    {"not_freed", "not_freed", "medium", "4 of 4 heavy runs gave back less than 20 % of what they took, the last of 'docflow.tasks.document_tasks.process_document'", "FINISH"},
    {"page_cache", "page_cache", "medium", "the container was at 488.3 MB of 512.0 MB while the process had 309.0 MB", "[2026-02-11 20:37:15]"},
    {"host_pressure", "host_pressure", "medium", "of the system was available while the process was at an ordinary 234.0 MB", "--- [Regions Dump Processing]"},
};

}  // namespace

TEST_CASE("crash: every cause is found where it is the cause, with its confidence and the line it rests on") {
  for (const Case& c : kCases) {
    CAPTURE(c.file);
    const std::string log = sample(std::string(c.file) + "-yes.log");
    const Value crash = crash_in(log);
    const Value* cause = cause_of(crash, c.cause);
    REQUIRE(cause != nullptr);
    // The most probable one.
    CHECK(words(as_list(crash["causes"])[0]["cause"]) == c.cause);
    CHECK(words((*cause)["confidence"]) == c.confidence);
    const std::string explanation = words((*cause)["explanation"]);
    CAPTURE(explanation);
    CHECK(explanation.find(c.explanation) != std::string::npos);
    const Value::List& sources = as_list((*cause)["sources"]);
    REQUIRE(sources.size() == 1);
    const std::string line = line_of(log, static_cast<std::size_t>(as_number(sources[0]["line"])));
    CAPTURE(line);
    CHECK(line.find(c.source) != std::string::npos);
  }
}

TEST_CASE("crash: no cause is named where it nearly is the cause") {
  for (const Case& c : kCases) {
    CAPTURE(c.file);
    const Value crash = crash_in(sample(std::string(c.file) + "-no.log"));
    CAPTURE(all_causes(crash));
    // The same death otherwise; each of these logs is one with no other cause either.
    CHECK(words(crash["verdict"]) != "unexplained_restart");
    CHECK(as_list(crash["causes"]).empty());
  }
}

TEST_CASE("crash: causes do not depend on how many operations are shown") {
  for (const Case& c : kCases) {
    CAPTURE(c.file);
    const std::string log = sample(std::string(c.file) + "-yes.log");
    const std::string five = all_causes(crash_in(log));
    Crash::Options options;
    for (const std::size_t n : {0U, 1U, 2U, 64U}) {
      options.last = n;
      const Value crash = crash_in(log, options);
      CHECK(all_causes(crash) == five);
      CHECK(as_list(crash["operations"]).size() <= n);
    }
  }
}

namespace {

// Half a day in which the floor grows by 5 MB an hour: sure growth, below the standard threshold of a leak.
std::string slow_leak() {
  std::string log = reading(0, "Bot Started", 400);
  for (long at = 120; at < 43'200; at += 120) log += reading(at, "Idle", 400 + 5.0 * static_cast<double>(at) / 3600 + static_cast<double>(at / 120 % 3) * 0.2);
  return log + reading(43'200, "Bot Started", 400);
}

struct Override {
  const char* name;
  const char* cause;
  std::string yes;     // a log with the cause
  double above;        // with this it has it no longer
  std::string no;      // one without
  double below;        // with this it has it
  double limit_of_no = kMissing;
};

}  // namespace

TEST_CASE("crash: --max of every name takes its cause away, and gives it where there was none") {
  const std::vector<Override> overrides{
      {"sessions", "too_many_sessions", sample("too_many_sessions-yes.log"), 4, sample("too_many_sessions-no.log"), 2},
      {"active_dls", "too_many_downloads", sample("too_many_downloads-yes.log"), 4, sample("too_many_downloads-no.log"), 2},
      {"queue", "queue_buildup", sample("queue_buildup-yes.log"), 21, sample("queue_buildup-no.log"), 19},
      {"heavy_task_percent", "heavy_task", sample("heavy_task-yes.log"), 97, sample("heavy_task-no.log"), 30},
      {"spike_mb", "spike", sample("spike-yes.log"), 53, sample("spike-no.log"), 40},
      {"spike_percent", "spike", sample("spike-yes.log"), 10.5, sample("spike-no.log"), 8},
      {"leak_mb_per_hour", "leak", sample("leak-yes.log"), 200, slow_leak(), 2, 470},
      {"not_freed_percent", "not_freed", sample("not_freed-yes.log"), 90, sample("not_freed-no.log"), 60},
      {"page_cache_percent", "page_cache", sample("page_cache-yes.log"), 97, sample("page_cache-yes.log"), 85, 560},
      {"page_cache_rss_percent", "page_cache", sample("page_cache-yes.log"), 60, sample("page_cache-no.log"), 80},
      {"host_pressure_mb", "host_pressure", sample("host_pressure-yes.log"), 100, sample("host_pressure-no.log"), 1500},
      {"host_pressure_percent", "host_pressure", sample("host_pressure-yes.log"), 5, sample("host_pressure-no.log"), 40},
  };
  CHECK(overrides.size() == crash::all_thresholds().size());
  for (const Override& o : overrides) {
    CAPTURE(o.name);
    Crash::Options options;
    CHECK(cause_of(crash_in(o.yes), o.cause) != nullptr);
    REQUIRE(options.thresholds.set(o.name, o.above));
    CHECK(cause_of(crash_in(o.yes, options), o.cause) == nullptr);
    options = {};
    options.limit_mb = o.limit_of_no;
    CHECK(cause_of(crash_in(o.no, options), o.cause) == nullptr);
    REQUIRE(options.thresholds.set(o.name, o.below));
    CHECK(cause_of(crash_in(o.no, options), o.cause) != nullptr);
  }
}

TEST_CASE("crash: of two thresholds that make one cause the one that is named counts, and both where both are") {
  crash::Thresholds thresholds;
  CHECK(thresholds.of("spike_percent") == 10);
  CHECK(thresholds.set("spike_mb", 80));
  CHECK(thresholds.of("spike_mb") == 80);
  CHECK_FALSE(is_known(thresholds.of("spike_percent")));
  CHECK(thresholds.set("spike_percent", 20));
  CHECK(thresholds.of("spike_mb") == 80);
  CHECK(thresholds.of("spike_percent") == 20);
  CHECK_FALSE(thresholds.set("spike", 1));
  CHECK_FALSE(is_known(thresholds.of_counter("spike_mb")));
  CHECK(thresholds.of_counter("sessions") == 3);
}

TEST_CASE("crash: the sentence of a cause has the number that the user set") {
  Crash::Options options;
  options.thresholds.set("sessions", 2);
  const Value crash = crash_in(sample("too_many_sessions-no.log"), options);
  const Value* cause = cause_of(crash, "too_many_sessions");
  REQUIRE(cause != nullptr);
  CHECK(words((*cause)["explanation"]) == "3 sessions were active; the limit is 2");
  options.thresholds.set("not_freed_percent", 60);
  const Value kept = crash_in(sample("not_freed-no.log"), options);
  const Value* not_freed = cause_of(kept, "not_freed");
  REQUIRE(not_freed != nullptr);
  CHECK(words((*not_freed)["explanation"]).find("gave back less than 40 % of what they took") != std::string::npos);
}
