#include <doctest/doctest.h>

#include <cmath>
#include <cstdlib>
#include <cstring>
#include <new>
#include <string>
#include <vector>

#include "memlog/format/celery_tails.h"
#include "memlog/scan/parse_chunk.h"

using namespace memlog;

namespace {

std::string two(int number) { return std::string(1, static_cast<char>('0' + number / 10)) + static_cast<char>('0' + number % 10); }

struct Words {
  std::string task;
  std::string process;
  std::string label;
};

// The i-th line of a log: names, labels and widths of numbers that come back at their own paces.
std::string line(int i, const Words& words = {}) {
  const std::string labels[] = {"START", "checkpoint:after_load", "checkpoint:batch " + std::to_string(i), "FINISH (delta=+" + std::to_string(i % 150) + ".5MB, peak=812.5MB)",
                                "FINISH (delta=-" + std::to_string(1 + i % 9) + ".5MB, peak=1812.5MB)", "FINISH (delta=0.0MB, peak=12.5MB)"};
  const std::string rss = std::to_string(i % 4 == 0 ? i * 7 % 90 : i % 4 == 3 ? 1000 + i * 31 % 140'000 : 100 + i * 7 % 900) + "." + std::to_string(i % 10);
  const std::string label = !words.label.empty() ? words.label : labels[i % 6];
  const std::string task = !words.task.empty() ? words.task : "app." + std::string(static_cast<std::size_t>(1 + i % 40), static_cast<char>('a' + i / 5 % 26));
  const std::string process = !words.process.empty() ? words.process : "ForkPoolWorker-" + std::to_string(1 + i % 13);
  return "[2025-11-16 08:" + two(i / 60 % 60) + ":" + two(i % 60) + "," + std::to_string(100 + i % 900) + ": INFO/" + process + "] Memory [" + task + "] " + label + ": RSS=" + rss +
         "MB (peak=" + (i % 3 == 0 ? "123456.7" : rss) + "MB), Process%=" + std::to_string(i % 101) + ".4%, System=45.2%, GC objects=" + (i % 2 == 0 ? "127,453" : std::to_string(i)) + "\n";
}

struct ReadChunk {
  EventBatch batch;
};

void parse(ReadChunk& out, const std::string& text, Vectors vectors, bool bare, std::size_t room, QuickMemory& memory) {
  EventBatch& batch = out.batch;
  batch.clear();
  batch.chunk.capacity = text.size() + room;
  batch.chunk.buffer.reset(static_cast<char*>(std::malloc(batch.chunk.capacity)));
  std::memcpy(batch.chunk.buffer.get(), text.data(), text.size());
  // What is left in the buffer would be good text.
  for (std::size_t i = 0; i < room; ++i) batch.chunk.buffer[text.size() + i] = text.empty() ? 'x' : text[i % text.size()];
  batch.chunk.begin = 0;
  batch.chunk.end = text.size();
  ParseOptions options;
  options.vectors = vectors;
  options.rss_only = options.bare_readings = bare;
  parse_chunk(batch, options, memory);
  expand_readings(batch);
}

bool same_number(double a, double b) { return (a == b && std::signbit(a) == std::signbit(b)) || (!is_known(a) && !is_known(b)); }

bool same_event(const ReadChunk& quick, const Event& a, const ReadChunk& scalar, const Event& b) {
  return a.time == b.time && a.kind == b.kind && a.flags == b.flags && a.line == b.line && a.format == b.format && same_number(a.rss_mb, b.rss_mb) && same_number(a.peak_mb, b.peak_mb) &&
         same_number(a.delta_mb, b.delta_mb) && quick.batch.names.text(a.task) == scalar.batch.names.text(b.task) && quick.batch.names.text(a.process) == scalar.batch.names.text(b.process);
}

bool same(const ReadChunk& quick, const ReadChunk& scalar) {
  const LineCounts& a = quick.batch.counts;
  const LineCounts& b = scalar.batch.counts;
  bool same = a.lines == b.lines && a.records == b.records && a.ignored == b.ignored && a.malformed == b.malformed && quick.batch.format_lines == scalar.batch.format_lines &&
              quick.batch.events.size() == scalar.batch.events.size();
  for (std::size_t i = 0; same && i < quick.batch.events.size(); ++i) same = same_event(quick, quick.batch.events[i], scalar, scalar.batch.events[i]);
  return same;
}

// Bare readings, of blocks and of single lines, give the events that lines give by themselves. `memory` goes on from text to
// text.
void check_same(const std::string& text, QuickMemory& memory) {
  static QuickMemory unused;
  for (const std::size_t room : {std::size_t{0}, std::size_t{2000}}) {
    ReadChunk scalar;
    parse(scalar, text, Vectors::none, false, room, unused);
    for (const Vectors vectors : {Vectors::avx512, Vectors::avx2}) {
      ReadChunk quick;
      parse(quick, text, vectors, true, room, memory);
      CHECK(same(quick, scalar));
    }
  }
}

void check_same(const std::string& text) {
  QuickMemory memory;
  check_same(text, memory);
}

std::string log_of(int lines, int odd_at, const std::string& odd) {
  std::string text;
  for (int i = 0; i < lines; ++i) text += i == odd_at ? odd : line(i);
  return text;
}

}  // namespace

TEST_CASE("celery blocks: good lines, as many as there may be") {
  for (int lines = 0; lines <= 70; ++lines) check_same(log_of(lines, -1, {}));
  check_same(log_of(2000, -1, {}));
}

TEST_CASE("celery blocks: lines of one name and shape after another are readings, all of them") {
  QuickMemory memory;
  std::string text;
  for (int i = 0; i < 200; ++i) text += line(i);
  ReadChunk parsed;
  parse(parsed, text, Vectors::avx512, true, 2000, memory);
  CHECK(parsed.batch.events.size() == 200);
  CHECK(parsed.batch.counts.records == 200);
}

TEST_CASE("celery blocks: one odd line, wherever it stands, stops nothing else") {
  const std::string good = line(34);
  const auto replaced = [&](std::size_t at, const std::string& text) {
    std::string changed = good;
    return changed.replace(at, text.size(), text);
  };
  const std::vector<std::string> odd = {
      "\n", "x\n", "Traceback (most recent call last):\n", std::string(5000, 'y') + "\n", std::string(300, '\n'), good.substr(0, 31) + "\n", good.substr(0, 60) + "\n", good.substr(40),
      replaced(1, "2025-11-17"), replaced(1, "2025-11-31"), replaced(12, "24"), replaced(12, "29"), replaced(18, "60"), replaced(26, "WARN"), good.substr(0, good.size() - 1) + "\r\n",
      good.substr(0, good.size() - 1) + " \n", line(34, {"a]b", {}, {}}), line(34, {"a] START: RSS=1.0MB", {}, {}}), line(34, {{}, "a]b", {}}), line(34, {"Größe", {}, {}}),
      line(34, {"tab\tin it", {}, {}}), line(34, {{}, "tab\tin it", {}}), line(34, {{}, {}, "checkpoint:tab\tin it"}), line(34, {{}, {}, "checkpoint:Größe"}), line(34, {{}, {}, "checkpoint:"}),
      line(34, {{}, {}, "checkpoint: a"}), line(34, {{}, {}, "checkpoint:a "}), line(34, {{}, {}, "checkpoint:a=b"}), line(34, {{}, {}, "checkpoint:a: RSS=5.0MB"}), line(34, {{}, {}, "STARTED"}),
      line(34, {{}, {}, "FAILURE"}), line(34, {{}, {}, "FINISH"}), line(34, {{}, {}, "FINISH (delta=-0.0MB, peak=12.5MB)"}), line(34, {{}, {}, "FINISH (delta=1234567.0MB, peak=12.5MB)"}),
      line(34, {{}, {}, "FINISH (delta=123456.0MB, peak=12.5MB)"}), line(34, {{}, {}, "FINISH (delta=+-1.0MB, peak=12.5MB)"}), line(34, {std::string(61, 'n'), {}, {}}), line(34, {std::string(62, 'n'), {}, {}}),
      line(34, {std::string(63, 'n'), {}, {}}), line(34, {std::string(64, 'n'), {}, {}}), line(34, {std::string(200, 'n'), {}, {}}), line(34, {{}, std::string(30, 'p'), {}}),
      line(34, {{}, std::string(52, 'p'), {}}), line(34, {{}, std::string(53, 'p'), {}}), line(34, {{}, std::string(54, 'p'), {}}), line(34, {{}, std::string(63, 'p'), {}}),
      line(34, {{}, std::string(64, 'p'), {}}), line(34, {{}, std::string(90, 'p'), {}}), line(34, {{}, {}, "checkpoint:" + std::string(40, 'c')}), line(34, {{}, {}, "checkpoint:" + std::string(45, 'c')}),
      line(34, {{}, {}, "checkpoint:" + std::string(47, 'c')}), line(34, {{}, {}, "checkpoint:" + std::string(80, 'c')}), line(34, {"ForkPoolWorker-9", {}, {}}), line(34, {"b", "b", {}}), line(34, {"bb", "b", {}}),
      good.substr(0, good.find("app.")) + std::string(64, '\0') + "\n", good.substr(0, good.find("app.")) + std::string(128, '\0') + "\n",
      good.substr(0, good.find("app.")) + std::string(600, '\0') + "\n", good.substr(0, 31) + std::string(64, '\0') + "\n", good.substr(0, 31) + std::string(600, '\0') + "\n",
      line(34, {std::string(64, '\0'), {}, {}}), line(34, {std::string(63, '\0'), {}, {}}), replaced(1, std::string(10, '\0')), std::string(600, '\0') + "\n",
      line(34, {std::string(1, '\0'), {}, {}}), line(34, {{}, std::string(1, '\0'), {}}),
      "2025-11-16 08:34:15 --- [Idle] | RSS:  598.4 MB | VMS:  812.7 MB | System Available:  725.3 MB (35.6% free)\n"};
  for (const std::string& one : odd) {
    CAPTURE(one);
    QuickMemory memory;
    for (const int at : {0, 1, 2, 7, 14, 15, 16, 17, 31, 32, 33, 48, 49}) check_same(log_of(50, at, one), memory);
    std::string many;
    for (int i = 0; i < 40; ++i) many += i % 3 == 0 ? line(i) : one;
    check_same(many, memory);
  }
}

TEST_CASE("celery blocks: every byte at every place of a line among others, which are remembered") {
  for (const int i : {0, 1, 2, 3, 4, 5, 9}) {
    const std::string good = line(i);
    CAPTURE(good);
    QuickMemory memory;
    const std::string before = line(6) + line(7) + good + line(8);
    for (std::size_t at = 0; at + 1 < good.size(); ++at) {
      // All bytes in one text: each line differs from the good one by its own.
      std::string text = before;
      for (int c = 0; c < 256; ++c) {
        text += good;
        text[text.size() - good.size() + at] = static_cast<char>(c);
        if (c % 5 == 0) text += line(c);
      }
      CAPTURE(at);
      check_same(text, memory);
      std::string shorter = good;
      shorter.erase(at, 1);
      std::string longer = good;
      longer.insert(at, 1, '7');
      check_same(before + shorter + line(10) + longer + line(11), memory);
    }
  }
}

TEST_CASE("celery blocks: every byte of the first and the last line of a chunk that has no room behind it") {
  const std::string good = line(3);
  for (const char c : std::string("\0\n 09].=\x7f\x80\xff", 11)) {
    QuickMemory memory;
    for (std::size_t at = 0; at < good.size(); ++at) {
      std::string changed = good;
      changed[at] = c;
      check_same(changed + line(4) + line(5) + line(6) + line(7) + line(8) + line(9) + changed, memory);
    }
  }
}

TEST_CASE("celery blocks: more names and labels than are remembered") {
  std::string tasks;
  std::string labels;
  std::string both;
  for (int i = 0; i < 3000; ++i) {
    const std::string word = "w" + std::to_string(i * 31 % 700) + std::string(1, static_cast<char>('a' + i * 31 % 26));
    std::string letters;
    for (int n = i * 31 % 700; n > 0; n /= 26) letters += static_cast<char>('a' + n % 26);
    tasks += line(i, {word, {}, {}});
    labels += line(i, {{}, {}, "checkpoint:" + letters + "x"});
    both += line(i, {word, "worker-" + std::to_string(i * 17 % 500), "checkpoint:" + letters + "y"});
  }
  check_same(tasks);
  check_same(labels);
  check_same(both);
}

TEST_CASE("celery blocks: names that are remembered from chunk to chunk have each chunk's numbers") {
  QuickMemory memory;
  for (const std::string first : {"one", "two", "three"}) {
    ReadChunk parsed;
    parse(parsed, line(0, {first, "p-" + first, {}}) + line(6, {"one", "p-two", {}}) + line(12, {"two", "p-one", {}}), Vectors::avx512, true, 2000, memory);
    REQUIRE(parsed.batch.events.size() == 3);
    CHECK(parsed.batch.names.text(parsed.batch.events[0].task) == first);
    CHECK(parsed.batch.names.text(parsed.batch.events[0].process) == "p-" + first);
    CHECK(parsed.batch.names.text(parsed.batch.events[1].task) == "one");
    CHECK(parsed.batch.names.text(parsed.batch.events[1].process) == "p-two");
    CHECK(parsed.batch.names.text(parsed.batch.events[2].task) == "two");
    CHECK(parsed.batch.names.text(parsed.batch.events[2].process) == "p-one");
  }
}

TEST_CASE("celery tails: one that lost its place is found again, and all are forgotten where there are too many") {
  celery_quick::Tails tails;
  celery_quick::Tails::Tail one{};
  one.text[0] = 'a';
  celery_quick::Tails::Tail other{};
  other.text[0] = 'b';
  const auto a = tails.add(5, one);
  CHECK(a != 0);
  CHECK(tails.at(5) == a);
  CHECK(tails.add(5, other) != a);
  CHECK(tails.add(5, one) == a);
  CHECK(tails.at(5) == a);
  CHECK(tails.tail(a).text[0] == 'a');
  for (int i = 0; i < 1000; ++i) {
    tails.make_room(1);
    celery_quick::Tails::Tail next{};
    next.text[0] = static_cast<unsigned char>(i % 256);
    next.text[1] = static_cast<unsigned char>(1 + i / 256);
    const auto place = static_cast<std::size_t>(100 + i);
    const auto number = tails.add(place, next);
    CHECK(number != 0);
    CHECK(tails.at(place) == number);
    CHECK(std::memcmp(tails.tail(number).text, next.text, sizeof next.text) == 0);
  }
  CHECK(tails.at(5) == 0);
}
