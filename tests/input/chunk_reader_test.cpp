#include "memlog/input/chunk_reader.h"

#include <doctest/doctest.h>

#include "support/log_builder.h"

using namespace memlog;
using namespace memlog::test;

namespace {

struct Read {
  std::string text;
  std::uint64_t skipped = 0;
  std::size_t chunks = 0;
  bool lines_whole = true;
  bool numbers_right = true;
};

Read read_all(ChunkReader& reader) {
  Read read;
  Chunk chunk;
  std::uint64_t next_line = 1;
  while (reader.next(chunk)) {
    ++read.chunks;
    read.skipped += chunk.skipped_lines;
    next_line += chunk.skipped_lines;
    if (chunk.first_line != next_line) read.numbers_right = false;
    const auto newlines = static_cast<std::uint64_t>(std::count(chunk.text().begin(), chunk.text().end(), '\n'));
    next_line += newlines;
    if (!read.text.empty() && read.text.back() != '\n') read.lines_whole = false;
    read.text += chunk.text();
  }
  return read;
}

std::string numbered(int lines) {
  std::string text;
  for (int i = 1; i <= lines; ++i) text += "line " + std::to_string(i) + std::string(static_cast<std::size_t>(i * 7 % 50), 'x') + "\n";
  return text;
}

}  // namespace

TEST_CASE("chunk_reader: chunks of any size hold whole lines and lose nothing") {
  for (const std::string& text : {numbered(100), numbered(100) + "no newline at the end", std::string("\n\n\n"), std::string("one")}) {
    for (const std::size_t size : {1ul, 2ul, 7ul, 64ul, 1000ul, 1ul << 20}) {
      CAPTURE(size);
      ChunkReader reader = reader_of(text, size);
      const Read read = read_all(reader);
      CHECK(read.text == text);
      CHECK(read.lines_whole);
      CHECK(read.numbers_right);
      CHECK(reader.bytes_read() == text.size());
    }
  }
}

TEST_CASE("chunk_reader: an empty input has no chunk") {
  ChunkReader reader = reader_of("");
  Chunk chunk;
  CHECK_FALSE(reader.next(chunk));
  CHECK_FALSE(reader.next(chunk));
}

TEST_CASE("chunk_reader: a byte order mark is no part of the text") {
  for (const std::string_view text : {"\xef\xbb\xbf" "a\nb\n", "\xef\xbb\xbf"}) {
    ChunkReader reader = reader_of(std::string(text), 4);
    CHECK(read_all(reader).text == text.substr(3));
    CHECK(reader.encoding() == "utf-8-bom");
  }
}

TEST_CASE("chunk_reader: UTF-16 comes as UTF-8, its bytes are counted as on disk") {
  std::string bytes("\xff\xfe", 2);
  for (const char c : std::string_view("RSS: 1 MB\nnext\n")) bytes += {c, '\0'};
  for (const std::size_t size : {1ul, 3ul, 64ul}) {
    ChunkReader reader = reader_of(bytes, size);
    CHECK(read_all(reader).text == "RSS: 1 MB\nnext\n");
    CHECK(reader.encoding() == "utf-16le");
    CHECK(reader.bytes_read() == bytes.size());
  }
}

TEST_CASE("chunk_reader: a line longer than a chunk grows that chunk") {
  const std::string text = "short\n" + std::string(3 << 20, 'x') + "\nshort\n";
  ChunkReader reader = reader_of(text, 1 << 12);
  const Read read = read_all(reader);
  CHECK(read.text == text);
  CHECK(read.skipped == 0);
  CHECK(read.numbers_right);
}

TEST_CASE("chunk_reader: a line past the bound is skipped, counted, and the lines after it keep their numbers") {
  for (const std::size_t size : {1ul << 12, 1ul << 20}) {
    CAPTURE(size);
    for (const bool at_end : {false, true}) {
      CAPTURE(at_end);
      const std::string text = "before\n" + std::string(9 << 20, 'x') + (at_end ? "" : "\nafter\n");
      ChunkReader reader = reader_of(text, size);
      const Read read = read_all(reader);
      CHECK(read.text == (at_end ? "before\n" : "before\nafter\n"));
      CHECK(read.skipped == 1);
      CHECK(read.numbers_right);
    }
  }
}

TEST_CASE("chunk_reader: several lines past the bound in a row") {
  const std::string huge(5 << 20, 'x');
  ChunkReader reader = reader_of(huge + "\n" + huge + "\nafter\n" + huge);
  const Read read = read_all(reader);
  CHECK(read.text == "after\n");
  CHECK(read.skipped == 3);
  CHECK(read.numbers_right);
}

TEST_CASE("chunk_reader: a buffer that a long line needed is not kept") {
  ChunkReader reader = reader_of(std::string(3 << 20, 'x') + "\n" + numbered(2000), 1 << 12);
  Chunk chunk;
  std::size_t last = 0;
  while (reader.next(chunk)) last = chunk.capacity;
  CHECK(last < (1u << 20));
}

TEST_CASE("chunk_reader: wrongly decoded lines are brought back where they stand") {
  ChunkReader reader = reader_of("plain\n\xc3\xb0\xc5\xb8\xe2\x80\x9c\xc5\xa0 MEMORY SNAPSHOT\nplain\n", 16);
  const Read read = read_all(reader);
  CHECK(read.text == "plain\n📊 MEMORY SNAPSHOT\nplain\n");
  CHECK(read.numbers_right);
}
