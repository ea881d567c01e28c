#include <doctest/doctest.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <string>

#include "memlog/analysis/events.h"
#include "memlog/scan/read_events.h"
#include "support/log_builder.h"

using namespace memlog;
using memlog::test::Log;

namespace {

struct TemporaryFile {
  explicit TemporaryFile(const std::string& text) {
    const int fd = ::mkstemp(path);
    REQUIRE(fd >= 0);
    REQUIRE(::write(fd, text.data(), text.size()) == static_cast<ssize_t>(text.size()));
    ::close(fd);
  }
  ~TemporaryFile() { ::unlink(path); }
  char path[40] = "/tmp/memlog-chunks-test-XXXXXX";
};

// Every record of a log and the accounting of its lines, as text.
std::string all_of(const TemporaryFile& file, std::size_t chunk_size, std::size_t threads) {
  std::string out;
  EventWriter writer(Output::json, [&](std::string_view piece) { out += piece; });
  ReadOptions options;
  options.stream.chunk_size = chunk_size;
  options.threads = threads;
  ReadResult result;
  InputList list;
  list.inputs.push_back({file.path, std::nullopt});
  read_events(list, options, result, [&](const Slice& slice) { writer.fold(slice); });
  writer.finish(result);
  return out;
}

void check_all_ways(const std::string& text) {
  const TemporaryFile file(text);
  const std::string once = all_of(file, 1 << 20, 1);
  for (const std::size_t threads : {1u, 2u, 3u, 8u}) {
    for (const std::size_t chunk : {64u, 100u, 1000u, 4096u, 65536u}) {
      CAPTURE(threads);
      CAPTURE(chunk);
      CHECK(all_of(file, chunk, threads) == once);
    }
  }
}

const std::string kDaily = "2025-11-16 08:34:15 --- [Idle] | RSS:  598.4 MB | VMS:  812.7 MB | System Available:  725.3 MB (35.6% free)\n";
const std::string kTree =
    "[2025-10-27 14:42:10] 📊 MEMORY SNAPSHOT | Operation: Download Started\n├─ RAM Usage: 287.5 MB (Virtual: 1024.3 MB)\n"
    "├─ System: 56.2% used (223.8 MB available)\n├─ Sessions: 2 | Queue: 0 | Active DLs: 1\n├─ Cache: 5 items | Threads: 8 | Open files: 12\n"
    "└─ Context: User 12345 | Active: 1\n\n";

}  // namespace

TEST_CASE("chunks: records are the same for any chunk size and any number of threads") {
  std::string text;
  for (int i = 0; i < 60; ++i) {
    text += kDaily + "somebody else's line\n";
    text += kTree + kTree + kTree + kTree;
    if (i % 7 == 0) text += "[2025-10-27 14:42:11] ⚠️ HIGH MEMORY: 450.0 MB / 512 MB\n" + kTree;
    if (i % 9 == 0) text += "2025-11-16 08:34:15 --- [Idle] | RSS:  5I2.0 MB\n";
  }
  check_all_ways(text);
}

TEST_CASE("chunks: a last line without an end, empty lines, CRLF") {
  check_all_ways(kDaily + "\n\n\n" + kDaily.substr(0, kDaily.size() - 1));
  check_all_ways(kDaily.substr(0, kDaily.size() - 1) + "\r\n" + kDaily.substr(0, kDaily.size() - 1) + "\r\n");
  check_all_ways("\n");
  check_all_ways(kDaily);
}

TEST_CASE("chunks: a line that is too long is skipped and counted, whatever the chunks") {
  const TemporaryFile file(kDaily + std::string((4 << 20) + 10, 'x') + "\n" + kDaily);
  const std::string once = all_of(file, 1 << 20, 1);
  CHECK(once.find("\"malformed_lines\":1") != std::string::npos);
  CHECK(once.find("\"lines\":3") != std::string::npos);
  for (const std::size_t chunk : {1000u, 100'000u, 8u << 20}) CHECK(all_of(file, chunk, 3) == once);
}

TEST_CASE("chunks: text that went through a wrong encoding is brought back from the first certain line on") {
  // `📊` and `Ä`, read as Windows-1252.
  const std::string sign = "\xc3\xb0\xc5\xb8\xe2\x80\x9c\xc5\xa0";
  const std::string name = "\xc3\x83\xe2\x80\x9e";
  std::string text = "[2025-10-27 14:42:10] " + sign + " MEMORY SNAPSHOT | Operation: A\n";
  for (int i = 0; i < 50; ++i) {
    text += "[2025-10-27 14:42:1" + std::to_string(i % 10) + "] Session Created | " + name + " - Total sessions: 1 | Memory: 150.2 MB\n";
  }
  check_all_ways(text);
  CHECK(all_of(TemporaryFile(text), 1 << 20, 2).find("Ä") != std::string::npos);
}

TEST_CASE("chunks: zeros in front of a line are no part of it, however many, whatever the chunks") {
  const std::string zeros((5 << 20) + 123, '\0');
  for (const std::string& text : {zeros + kDaily + kDaily, kDaily + zeros + kDaily + kDaily, kDaily + kDaily + zeros, kDaily + zeros + "\n" + kDaily, zeros}) {
    CAPTURE(text.size());
    const TemporaryFile file(text);
    const std::string once = all_of(file, 16 << 20, 1);
    CHECK(once.find("\"malformed_lines\":0") != std::string::npos);
    const auto lines = std::count(text.begin(), text.end(), '\n') + (text.back() == '\n' ? 0 : 1);
    CHECK(once.find("\"lines\":" + std::to_string(lines) + ",") != std::string::npos);
    CHECK(once.find("\"records\":" + std::to_string((text.size() - std::count(text.begin(), text.end(), '\0')) / kDaily.size())) != std::string::npos);
    for (const std::size_t threads : {1u, 3u}) {
      for (const std::size_t chunk : {1000u, 65536u, 1u << 20, 5u << 20, 8u << 20}) {
        CAPTURE(threads);
        CAPTURE(chunk);
        CHECK(all_of(file, chunk, threads) == once);
      }
    }
    // In order, as pipes and compressed files are read.
    for (const std::size_t chunk : {1000u, 65536u, 1u << 20, 8u << 20}) {
      CAPTURE(chunk);
      const Log log(text, {.chunk_size = chunk});
      CHECK(log.lines.lines == lines);
      CHECK(log.lines.malformed == 0);
      CHECK(log.accounted());
    }
  }
}

TEST_CASE("chunks: a line that is too long behind zeros is malformed in every way of reading") {
  const std::string text = kDaily + std::string(5 << 20, '\0') + std::string((4 << 20) + 10, 'x') + "\n" + kDaily;
  const TemporaryFile file(text);
  for (const std::size_t chunk : {1000u, 65536u, 1u << 20, 16u << 20}) {
    CAPTURE(chunk);
    const Log log(text, {.chunk_size = chunk});
    CHECK(log.lines.lines == 3);
    CHECK(log.lines.malformed == 1);
    CHECK(all_of(file, chunk, 2) == all_of(file, 2 << 20, 1));
  }
}
