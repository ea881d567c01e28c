#include <doctest/doctest.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <iterator>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "memlog/base/error.h"
#include "memlog/input/source.h"
#include "memlog/scan/read_events.h"
#include "support/log_builder.h"

using namespace memlog;

// More logs of the same time than are read with a descriptor each.
namespace {

constexpr int kLines = 20'000;

std::string line(int i) {
  char text[256];
  std::snprintf(text, sizeof text, "2025-11-%02d %02d:%02d:%02d --- [Task %d] | RSS:  %d.%d MB | VMS:  999.7 MB | System Available:  725.3 MB (35.6%% free)\n", 10 + i * 7 / 86'400,
                i * 7 / 3600 % 24, i * 7 / 60 % 60, i * 7 % 60, i % 50, 200 + i % 300, i % 10);
  return text;
}

// Line by line, one file after the other.
std::vector<std::string> dealt_out(const test::TempDirectory& directory, int files) {
  std::vector<std::string> texts(static_cast<std::size_t>(files));
  for (int i = 0; i < kLines; ++i) texts[static_cast<std::size_t>(i % files)] += line(i);
  std::vector<std::string> paths;
  for (const std::string& text : texts) paths.push_back(directory.write("part-" + std::to_string(files) + "-" + std::to_string(paths.size()) + ".log", text));
  return paths;
}

std::size_t descriptors() {
  namespace fs = std::filesystem;
  return static_cast<std::size_t>(std::distance(fs::directory_iterator("/proc/self/fd"), fs::directory_iterator()));
}

struct Told {
  std::vector<std::tuple<std::int64_t, double, std::string>> readings;
  std::vector<std::string> errors;  // of inputs
  std::size_t descriptors = 0;      // at most, more than before
};

template <typename OnSlice>
Told told(const std::vector<std::string>& paths, std::size_t threads, std::size_t chunk, OnSlice on_slice) {
  Told out;
  ReadOptions options;
  options.threads = threads;
  options.stream.chunk_size = chunk;
  ReadResult result;
  const std::size_t before = descriptors();
  std::size_t slices = 0;
  read_events(list_inputs(paths), options, result, [&](const Slice& slice) {
    for (const Event& event : slice.events) out.readings.emplace_back(event.time.ns, event.rss_mb, std::string(task_name(event, slice.batch, result.names)));
    if (slices++ % 64 == 0) out.descriptors = std::max(out.descriptors, descriptors() - before);
    on_slice(slices);
  });
  for (const InputSummary& input : result.inputs) {
    if (!input.error.empty()) out.errors.push_back(input.error);
  }
  return out;
}

Told told(const std::vector<std::string>& paths, std::size_t threads, std::size_t chunk) {
  return told(paths, threads, chunk, [](std::size_t) {});
}

}  // namespace

TEST_CASE("many files: those of the same time are told as one log, with few descriptors") {
  const test::TempDirectory directory;
  const Told two = told(dealt_out(directory, 2), 1, 1 << 18);
  REQUIRE(two.readings.size() == kLines);
  CHECK(std::is_sorted(two.readings.begin(), two.readings.end(), [](const auto& a, const auto& b) { return std::get<0>(a) < std::get<0>(b); }));
  for (const int files : {5, 40, 100, 300}) {
    const std::vector<std::string> paths = dealt_out(directory, files);
    for (const std::size_t threads : {1u, 3u}) {
      for (const std::size_t chunk : {200u, 1u << 18}) {
        CAPTURE(files);
        CAPTURE(threads);
        CAPTURE(chunk);
        const Told all = told(paths, threads, chunk);
        CHECK(all.errors.empty());
        CHECK(all.readings == two.readings);
        CHECK(all.descriptors < 50);
      }
    }
  }
}

TEST_CASE("many files: one that another file has replaced is told, and all others are read to their ends") {
  const test::TempDirectory directory;
  const std::vector<std::string> paths = dealt_out(directory, 100);
  const std::string other = directory.write("other.txt", line(0));
  const Told all = told(paths, 2, 1 << 18, [&](std::size_t slices) {
    if (slices == 300) std::filesystem::rename(other, paths.back());
  });
  REQUIRE(all.errors.size() == 1);
  CHECK(all.errors[0].find("another file has taken its place") != std::string::npos);
  CHECK(all.readings.size() >= kLines - kLines / 100);
  CHECK(all.readings.size() < kLines);
}

TEST_CASE("many files: a source goes on where it was parked, in the same file only") {
  const test::TempDirectory directory;
  std::string text;
  for (int i = 0; i < 40; ++i) text += line(i);
  const std::string path = directory.write("a.log", text);
  const auto source = open_source({path, {}});
  std::string got;
  const auto read_until = [&](std::size_t size) {
    char piece[100];
    while (got.size() < size) {
      const std::size_t n = source->read(piece, sizeof piece);
      if (n == 0) break;
      got.append(piece, n);
    }
  };
  read_until(1000);  // more than is read to see what it is
  const std::size_t open = descriptors();
  source->park();
  CHECK(descriptors() == open - 1);
  source->park();
  read_until(text.size());
  CHECK(got == text);
  CHECK(descriptors() == open);
  CHECK(source->plain_file() >= 0);
  source->park();
  std::filesystem::rename(directory.write("b.log", line(2)), path);
  CHECK_THROWS_AS(source->plain_file(), Error);
  const auto gone = open_source({path, {}});
  gone->park();
  std::filesystem::remove(path);
  CHECK_THROWS_AS(gone->plain_file(), Error);
}
