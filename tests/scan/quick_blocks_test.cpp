#include <doctest/doctest.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <new>
#include <string>
#include <vector>

#include "memlog/format/quick_labels.h"
#include "memlog/scan/parse_chunk.h"

using namespace memlog;

namespace {

void fill(EventBatch& batch, const std::string& text, std::size_t room) {
  batch.clear();
  batch.chunk.capacity = text.size() + room;
  batch.chunk.buffer.reset(static_cast<char*>(std::malloc(batch.chunk.capacity)));
  std::memcpy(batch.chunk.buffer.get(), text.data(), text.size());
  std::memset(batch.chunk.buffer.get() + text.size(), 'x', room);
  batch.chunk.begin = 0;
  batch.chunk.end = text.size();
}

std::string two(int number) { return std::string(1, static_cast<char>('0' + number / 10)) + static_cast<char>('0' + number % 10); }

// The i-th line of a log: a task of a name of its own every five lines.
std::string line(int i, const std::string& label = {}) {
  const std::string marks[] = {"--- [", ">>> TASK START [", "<<< TASK END ["};
  const std::string name = !label.empty() ? label : std::string(static_cast<std::size_t>(1 + i % 40), static_cast<char>('a' + i / 5 % 26));
  return "2025-11-16 08:" + two(i / 60) + ":" + two(i % 60) + " " + marks[i % 3] + name + "] | RSS:  " + std::to_string(100 + i * 7 % 900) + "." + std::to_string(i % 10) +
         " MB | VMS: 1812.7 MB | System Available:   " + two(10 + i % 90) + ".3 MB (" + two(10 + i % 80) + ".6% free)\n";
}

struct Ways {
  bool bare = false;
  bool rss_only = false;
  double wanted_above_mb = -1;
  std::size_t room = 0;
  bool columns = false;
};

struct ReadChunk {
  EventBatch batch;
  std::vector<Event> events;
};

void parse(ReadChunk& out, const std::string& text, Vectors vectors, const Ways& ways, QuickMemory& labels) {
  fill(out.batch, text, ways.room);
  ParseOptions options;
  options.vectors = vectors;
  options.bare_readings = ways.bare;
  options.rss_only = ways.rss_only;
  options.reading_columns = ways.columns;
  out.batch.wanted_above_mb = ways.wanted_above_mb;
  parse_chunk(out.batch, options, labels);
  expand_readings(out.batch);
  out.events = out.batch.events;
}

bool same_event(const ReadChunk& a, const Event& of_a, const ReadChunk& b, const Event& of_b, bool rss_only, bool bare) {
  const auto same_number = [](double x, double y) { return x == y || (!is_known(x) && !is_known(y)); };
  return of_a.time == of_b.time && of_a.kind == of_b.kind && of_a.flags == of_b.flags && of_a.line == of_b.line && same_number(of_a.rss_mb, of_b.rss_mb) &&
         a.batch.names.text(of_a.task) == b.batch.names.text(of_b.task) &&
         (rss_only || (same_number(of_a.available_mb, of_b.available_mb) && same_number(of_a.free_percent, of_b.free_percent))) &&
         (rss_only || bare || same_number(of_a.vms_mb, of_b.vms_mb));
}

// As with the scalar way, line by line; what is sifted out may be missing.
void check_same(const std::string& text) {
  QuickMemory labels;
  QuickMemory scalar_labels;
  for (const std::size_t room : {std::size_t{0}, std::size_t{2000}}) {
    for (const Ways ways : {Ways{false, false, -1, room}, Ways{true, true, -1, room}, Ways{true, true, -1, room, true}, Ways{false, false, -1, room, true}, Ways{true, false, -1, room}, Ways{false, false, 600, room}, Ways{false, true, 990, room}}) {
      ReadChunk scalar;
      ReadChunk quick;
      parse(scalar, text, Vectors::none, {false, false, -1, room}, scalar_labels);
      parse(quick, text, Vectors::avx512, ways, labels);
      bool same = quick.batch.counts.lines == scalar.batch.counts.lines && quick.batch.counts.records == scalar.batch.counts.records &&
                  quick.batch.counts.malformed == scalar.batch.counts.malformed && quick.batch.format_lines == scalar.batch.format_lines;
      std::uint64_t sifted = 0;
      for (const std::uint64_t of_format : quick.batch.sifted) sifted += of_format;
      same &= quick.events.size() + sifted == scalar.events.size();
      std::size_t at = 0;
      for (const Event& event : quick.events) {
        while (at < scalar.events.size() && scalar.events[at].line < event.line) {
          same &= scalar.events[at].rss_mb <= ways.wanted_above_mb;
          ++at;
        }
        same &= at < scalar.events.size() && same_event(quick, event, scalar, scalar.events[at], ways.rss_only, ways.bare);
        ++at;
      }
      CHECK(same);
    }
  }
}

std::string log_of(int lines, int odd_at, const std::string& odd) {
  std::string text;
  for (int i = 0; i < lines; ++i) text += i == odd_at ? odd : line(i);
  return text;
}

}  // namespace

TEST_CASE("quick blocks: good lines, as many as there may be") {
  for (int lines = 0; lines <= 70; ++lines) check_same(log_of(lines, -1, {}));
  check_same(log_of(2000, -1, {}));
}

TEST_CASE("quick blocks: one odd line, wherever it stands, stops nothing else") {
  const std::string good = line(33);
  std::string next_day = good;
  next_day.replace(0, 10, "2025-11-17");
  std::string no_day = good;
  no_day.replace(0, 10, "2025-11-31");
  std::string late = good;
  late.replace(11, 2, "24");
  // Nothing is a label either, and nothing at all what is not remembered.
  const auto labelled = [](const std::string& label) { return "2025-11-16 08:34:15 " + label + "] | RSS:  598.4 MB | VMS:  812.7 MB | System Available:  725.3 MB (35.6% free)\n"; };
  std::vector<std::string> odd = {
      "\n", "x\n", "Traceback (most recent call last):\n", std::string(5000, 'y') + "\n", std::string(300, '\n'), good.substr(0, 60) + "\n", good.substr(40), good.substr(60),
      next_day, no_day, late, line(33, "a]b"), line(33, "a] | RSS:  598.4 MB"), line(33, std::string(46, 'n')), line(33, std::string(47, 'n')), line(33, std::string(57, 'n')),
      line(33, std::string(58, 'n')), line(33, std::string(64, 'n')), line(33, std::string(200, 'n')), line(33, "Größe"), line(33, "Bot Started"), line(33, "Bot Shutting Down"),
      line(35, "Sync Error"), line(33, "tab\tin it"), good.substr(0, good.size() - 1) + "\r\n", good.substr(0, good.size() - 1) + " \n",
      "2025-11-16 08:34:15 --- [Idle] | RSS: 12598.4 MB | VMS:  812.7 MB | System Available:  725.3 MB (35.6% free)\n",
      "2025-11-16 08:34:15 --- [Idle] | RSS:  598.4 MB | VMS:  812.7 MB | System Available:  725.3 MB (100.0% free)\n",
      "2025-11-16 08:34:15 --- [] | RSS:  598.4 MB | VMS:  812.7 MB | System Available:  725.3 MB (35.6% free)\n"};
  for (const std::size_t nothing : {1u, 30u, 62u, 63u, 64u, 70u, 157u, 254u, 255u, 256u, 320u}) {
    odd.push_back(labelled(std::string(nothing, '\0')));
    odd.push_back(labelled("--- [a]" + std::string(nothing, '\0')));
  }
  for (std::size_t length = 245; length < 260; ++length) odd.push_back(line(33, std::string(length, 'n')));
  for (const std::string& one : odd) {
    CAPTURE(one);
    for (const int at : {0, 1, 2, 7, 14, 15, 16, 17, 31, 32, 33, 48, 49}) check_same(log_of(50, at, one));
    std::string many;
    for (int i = 0; i < 40; ++i) many += i % 3 == 0 ? line(i) : one;
    check_same(many);
  }
}

TEST_CASE("quick blocks: more labels than are remembered, and texts that are remembered from chunk to chunk") {
  std::string text;
  for (int i = 0; i < 3000; ++i) text += line(i % 3600, "task " + std::to_string(i * 31 % 700));
  check_same(text);
  // The names of another chunk have other numbers.
  QuickMemory labels;
  for (const std::string first : {"one", "two", "three"}) {
    ReadChunk parsed;
    parse(parsed, line(0, first) + line(3, "one") + line(6, "two") + std::string(1100, 'x') + "\n", Vectors::avx512, {true, true, -1, 0}, labels);
    REQUIRE(parsed.events.size() == 3);
    CHECK(parsed.batch.names.text(parsed.events[0].task) == first);
    CHECK(parsed.batch.names.text(parsed.events[1].task) == "one");
    CHECK(parsed.batch.names.text(parsed.events[2].task) == "two");
  }
}

TEST_CASE("quick labels: a text that lost its place is found again, and all are forgotten where there are too many") {
  QuickLabels labels;
  QuickLabels::Meaning meaning;
  meaning.name = 7;
  const std::uint8_t a = labels.add(5, "--- [a]", 7, meaning);
  CHECK(a != 0);
  CHECK(labels.at(5) == a);
  CHECK(labels.add(5, "--- [b]", 7, meaning) != a);
  CHECK(labels.at(5) != a);
  CHECK(labels.add(5, "--- [a]", 7, meaning) == a);
  CHECK(labels.at(5) == a);
  labels.meaning(a).like.task = 3;
  labels.begin_chunk();
  CHECK(labels.meaning(a).like.task == kNoName);
  for (int i = 0; i < 300; ++i) {
    labels.make_room(1);
    const std::string text = "--- [" + std::to_string(i) + "]";
    const std::uint8_t label = labels.add(static_cast<std::size_t>(i), text.data(), text.size(), meaning);
    CHECK(label != 0);
    CHECK(labels.at(static_cast<std::size_t>(i)) == label);
  }
  CHECK(labels.at(5) == 0);
}
