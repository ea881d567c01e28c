#include "memlog/scan/survey.h"

#include <doctest/doctest.h>

#include "memlog/envelope/peel.h"
#include "support/log_builder.h"

using namespace memlog;
using namespace memlog::test;

namespace {

struct Surveyed {
  Survey survey;
  ReadResult result;

  explicit Surveyed(const std::string& text, std::size_t chunk = 1 << 20, std::size_t threads = 1) {
    const TempDirectory directory;
    ReadOptions options;
    options.stream.chunk_size = chunk;
    options.threads = threads;
    options.stream.parse.survey = true;
    options.stream.survey = &survey;
    read_events(list_inputs({directory.write("a.log", text)}), options, result, [](const Slice&) {});
  }
  std::string stacks() const {
    std::string out;
    for (const Survey::Stack& stack : survey.stacks()) out += layers_text(stack.layers) + " " + std::to_string(stack.lines) + "/" + std::to_string(stack.record_lines) + "; ";
    return out;
  }
};

}  // namespace

TEST_CASE("survey: numbers, ids and quoted words are left out of a shape") {
  CHECK(shape_of("HTTP 200 in 12.5 ms at 08:30:00") == "HTTP N in N ms at N");
  CHECK(shape_of("user 'Ann' said \"hi\" to 0f7c2b1e-77aa-4f0e-9c55-0a1b2c3d4e5f") == "user '…' said \"…\" to ID");
  CHECK(shape_of("don't stop worker-12, it's 1,234 objects") == "don't stop worker-N, it's N objects");
  CHECK(shape_of("=====================") == "===");
  CHECK(shape_of("a        b") == "a b");
  CHECK(shape_of("deadbeef cafe added 12345678") == "deadbeef cafe added N");
  CHECK(shape_of("") == "");
  CHECK(shape_of("'never closed 5") == "'never closed N");
  CHECK(shape_of(std::string(5000, 'x')).size() < 200);
  CHECK(shape_of(std::string(300, 'y') + "é") == shape_of(std::string(400, 'y')));
}

TEST_CASE("survey: the most common shapes of ignored lines, with the first line of each; records are none") {
  std::string text = "2025-11-16 08:30:00 - INFO - started in 5 ms\n";
  for (int i = 0; i < 30; ++i) {
    text += "2025-11-16 08:30:00 - INFO - request " + std::to_string(i) + " took 1." + std::to_string(i) + " s\n";
    text += "2025-11-16 08:34:15 --- [Idle] | RSS:  598.4 MB | VMS:  812.7 MB\n";
    if (i % 2 == 0) text += "\n";
  }
  for (const std::size_t threads : {1u, 3u}) {
    for (const std::size_t chunk : {64u, 1000u, 1u << 20}) {
      const Surveyed read(text, chunk, threads);
      const auto shapes = read.survey.shapes(10);
      REQUIRE(shapes.size() == 3);
      CHECK(shapes[0].shape == "request N took N s");
      CHECK(shapes[0].lines == 30);
      CHECK(shapes[0].line == 2);
      CHECK(shapes[0].example == "2025-11-16 08:30:00 - INFO - request 0 took 1.0 s");
      CHECK(shapes[1].shape == "");
      CHECK(shapes[1].lines == 15);
      CHECK(shapes[2].lines == 1);
      CHECK(read.survey.ignored() == 46);
      CHECK(read.survey.ignored() == static_cast<std::uint64_t>(read.result.inputs[0].lines.ignored));
      CHECK(read.stacks() == "python logging 61/30; " + std::string(" 15/0; "));
    }
  }
}

TEST_CASE("survey: memory is bounded, and what is common stays") {
  std::string text;
  for (int i = 0; i < 20'000; ++i) {
    std::string word;
    for (int n = i; n > 0; n /= 26) word += static_cast<char>('a' + n % 26);
    text += "thing " + word + "\nthe same\n";
  }
  const Surveyed read(text);
  const auto shapes = read.survey.shapes(Survey::kMostShapes * 2);
  CHECK(shapes.size() <= Survey::kMostShapes);
  CHECK(shapes[0].shape == "the same");
  CHECK(shapes[0].lines == 20'000);
  CHECK(read.survey.ignored() == 40'000);
}

TEST_CASE("survey: stacks of envelopes are told from the outside in") {
  const Surveyed read(
      "web-1  | 2025-11-16T08:30:00.123456789Z [2025-11-16 08:30:00,123: INFO/A] Memory [t] START: RSS=5MB\n"
      "{\"log\":\"2025-11-16 08:30:00 - INFO - words\\n\",\"stream\":\"stderr\",\"time\":\"2025-11-16T08:30:00Z\"}\n"
      "words\n");
  CHECK(read.stacks().find("docker compose, celery 1/1; ") != std::string::npos);
  CHECK(read.stacks().find("docker json, python logging 1/0; ") != std::string::npos);
  CHECK(read.stacks().find(" 1/0; ") != std::string::npos);
}
