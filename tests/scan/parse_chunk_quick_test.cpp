#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

#include "memlog/scan/parse_chunk.h"

using namespace memlog;

namespace {

// `behind`: what the buffer holds behind the text.
void fill(EventBatch& batch, const std::string& text, const std::string& behind = "x") {
  batch.clear();
  batch.chunk.capacity = text.size() + behind.size();
  batch.chunk.buffer.reset(static_cast<char*>(std::malloc(batch.chunk.capacity)));
  std::memcpy(batch.chunk.buffer.get(), text.data(), text.size());
  std::memcpy(batch.chunk.buffer.get() + text.size(), behind.data(), behind.size());
  batch.chunk.begin = 0;
  batch.chunk.end = text.size();
}

// Behind a line, so that quick readers may read it.
const std::string kRoom = std::string(1100, 'x') + "\n";

bool same_number(double a, double b) { return a == b || (!is_known(a) && !is_known(b)); }

// Millions of comparisons: one assertion each.
bool same_event(const EventBatch& quick, const Event& a, const EventBatch& general, const Event& b) {
  bool same = a.time == b.time && a.kind == b.kind && a.flags == b.flags && a.format == b.format && a.line == b.line && a.alert == b.alert &&
              quick.names.text(a.task) == general.names.text(b.task) && quick.names.text(a.process) == general.names.text(b.process) &&
              quick.context_of(a) == general.context_of(b) && same_number(a.rss_mb, b.rss_mb) && same_number(a.vms_mb, b.vms_mb) &&
              same_number(a.available_mb, b.available_mb) && same_number(a.free_percent, b.free_percent) && same_number(a.process_percent, b.process_percent) &&
              same_number(a.peak_mb, b.peak_mb) && same_number(a.delta_mb, b.delta_mb) && a.metrics_count == b.metrics_count;
  for (std::uint32_t m = 0; same && m < a.metrics_count; ++m) {
    const Metric& of_a = quick.metrics[a.metrics_begin + m];
    const Metric& of_b = general.metrics[b.metrics_begin + m];
    same = quick.names.text(of_a.name) == general.names.text(of_b.name) && of_a.value == of_b.value;
  }
  return same;
}

void check_same(const EventBatch& quick, const EventBatch& general) {
  bool same = quick.events.size() == general.events.size() && quick.counts.records == general.counts.records && quick.counts.malformed == general.counts.malformed;
  for (std::size_t i = 0; same && i < quick.events.size(); ++i) same = same_event(quick, quick.events[i], general, general.events[i]);
  CHECK(same);
}

// Every line with room behind it, as the last one of a buffer that has some, and once more as the last one of one that
// has none, which goes the general way.
void check_both_ways(const std::string& line) {
  CAPTURE(line);
  EventBatch general;
  fill(general, line);
  parse_chunk(general, {});
  for (const Vectors vectors : {Vectors::avx512, Vectors::avx2, Vectors::none}) {
    EventBatch quick;
    fill(quick, line + "\n" + kRoom);
    ParseOptions options;
    options.vectors = vectors;
    parse_chunk(quick, options);
    check_same(quick, general);
    // What is left in the buffer would be a good line.
    fill(quick, line + "\n", line + "\n" + kRoom);
    parse_chunk(quick, options);
    check_same(quick, general);
    CHECK(quick.counts.lines == std::max<std::int64_t>(general.counts.lines, 1));
  }
}

bool same_or_missing(double a, double b) { return a == b || !is_known(a); }

// As a bare reading, behind a line that shows how numbers stand; figures that nobody asked for may be missing.
void check_bare(const std::string& before, const std::string& line) {
  CAPTURE(line);
  EventBatch general;
  fill(general, before + "\n" + line);
  parse_chunk(general, {});
  for (const Vectors vectors : {Vectors::avx512, Vectors::avx2, Vectors::none}) {
    EventBatch quick;
    fill(quick, before + "\n" + line + "\n" + kRoom);
    ParseOptions options;
    options.vectors = vectors;
    options.rss_only = options.bare_readings = true;
    parse_chunk(quick, options);
    expand_readings(quick);
    bool same = quick.events.size() == general.events.size() && quick.counts.records == general.counts.records && quick.counts.malformed == general.counts.malformed;
    for (std::size_t i = 0; same && i < quick.events.size(); ++i) {
      const Event& a = quick.events[i];
      const Event& b = general.events[i];
      same = a.time == b.time && a.kind == b.kind && a.flags == b.flags && a.format == b.format && a.line == b.line && a.alert == b.alert &&
             quick.names.text(a.task) == general.names.text(b.task) && quick.names.text(a.process) == general.names.text(b.process) &&
             same_number(a.rss_mb, b.rss_mb) && same_number(a.peak_mb, b.peak_mb) && same_number(a.delta_mb, b.delta_mb) &&
             std::signbit(a.delta_mb) == std::signbit(b.delta_mb) && same_or_missing(a.available_mb, b.available_mb) && same_or_missing(a.free_percent, b.free_percent);
    }
    CHECK(same);
  }
}

const std::vector<std::string> kLines = {
    "2025-11-16 08:34:15 --- [Nations Dump Processing] | RSS:  598.4 MB | VMS:  812.7 MB | System Available:  725.3 MB (35.6% free)",
    "2025-11-16 08:34:15 >>> TASK START [Idle] | RSS:   98.4 MB | VMS: 12812.7 MB | System Available:  725.3 MB (100.0% free)",
    "2025-11-16 08:34:15 <<< TASK END [Dump Error] | RSS:  598.4 MB | VMS:  812.7 MB | System Available:  725.3 MB (5.6% free)",
    "2025-11-16 08:34:15 --- [Bot Started] | RSS:  598.4 MB | VMS:  812.7 MB | System Available:  725.3 MB (35.6% free)",
    "2025-11-16 08:34:15 >>> TASK START [Idle] | RSS:    8.4 MB | VMS:  812.7 MB | System Available: 1725.3 MB (99.9% free)",
    "2025-11-16 23:59:59 <<< TASK END [I] | RSS: 1598.4 MB | VMS: 1812.7 MB | System Available:    0.3 MB (10.0% free)",
    "2025-11-16 00:00:00 --- [A label of thirty-one letters .] | RSS:  598.4 MB | VMS:  812.7 MB | System Available:  725.3 MB (35.6% free)",
    "2025-11-16 00:00:00 --- [A label of thirty-two letters ..] | RSS:  598.4 MB | VMS:  812.7 MB | System Available:  725.3 MB (35.6% free)",
    "[2025-11-16 08:30:00,123: INFO/ForkPoolWorker-2] Memory [app.tasks.process] START: RSS=245.3MB (peak=245.3MB), Process%=6.1%, System=45.2%, GC "
    "objects=127,453",
    "[2025-11-16 08:30:00,123: INFO/ForkPoolWorker-2] Memory [app.tasks.process] FINISH (delta=-12.5MB, peak=1245.3MB): RSS=245.3MB (peak=245.3MB), "
    "Process%=16.1%, System=5.2%, GC objects=453",
    "[2025-11-16 08:30:00,123: INFO/ForkPoolWorker-2] Memory [app.tasks.process] FINISH (delta=-0.0MB, peak=1245.3MB): RSS=9.3MB (peak=123456.3MB), "
    "Process%=100.0%, System=5.2%, GC objects=1,000,453",
    "[2025-11-16 08:30:00,123: INFO/ForkPoolWorker-2] Memory [app.tasks.process] checkpoint:batch 3: 50%: RSS=245.3MB (peak=245.3MB), Process%=6.1%, "
    "System=45.2%, GC objects=1,453",
};

}  // namespace

TEST_CASE("quick readers: well-formed lines give the event of the general way") {
  for (const std::string& line : kLines) check_both_ways(line);
}

TEST_CASE("quick readers: every single-byte change of a line gives the event of the general way") {
  for (const std::string& line : kLines) {
    for (std::size_t at = 0; at < line.size(); ++at) {
      for (int c = 0; c < 256; ++c) {
        if (c == '\n') continue;
        std::string changed = line;
        changed[at] = static_cast<char>(c);
        check_both_ways(changed);
        check_bare(line, changed);
      }
      std::string shorter = line;
      shorter.erase(at, 1);
      check_both_ways(shorter);
      check_both_ways(line.substr(0, at));
      check_bare(line, shorter);
      check_bare(line, line.substr(0, at));
    }
  }
}

TEST_CASE("quick readers: readings that nobody wants are counted, the first and the last of a chunk are events") {
  std::string text;
  for (int i = 0; i < 200; ++i) text += kLines[0] + "\n";
  EventBatch batch;
  fill(batch, text);
  batch.wanted_above_mb = 600;
  parse_chunk(batch, {});
  CHECK(batch.counts.records == 200);
  const std::uint64_t sifted = batch.sifted[batch.events.front().format];
  CHECK(sifted > 150);
  CHECK(sifted + batch.events.size() == 200);
  CHECK(batch.events.front().line == 1);
  CHECK(batch.events.back().line == 200);
  fill(batch, text);
  batch.wanted_above_mb = 598.3;
  parse_chunk(batch, {});
  CHECK(batch.events.size() == 200);
}

TEST_CASE("quick readers: a warning behind readings that were only counted finds the last of them") {
  std::string text;
  for (int i = 0; i < 20; ++i) text += kLines[4] + "\n";
  text += "[2025-11-16 08:30:01,123: WARNING/ForkPoolWorker-2] HIGH MEMORY USAGE: Memory [app.tasks.process] START: RSS=245.3MB (peak=245.3MB)\n";
  text += std::string(2000, '\n');
  EventBatch batch;
  fill(batch, text);
  batch.wanted_above_mb = 600;
  parse_chunk(batch, {});
  REQUIRE(batch.events.size() == 3);
  CHECK(batch.events[0].line == 1);
  CHECK(batch.events[1].line == 20);
  CHECK(batch.events[2].line == 21);
}
