#include "memlog/analysis/row_texts.h"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <cstdint>
#include <cstring>
#include <string>
#include <vector>

#include "support/vectors.h"

using namespace memlog;
using namespace memlog::test;

namespace {

struct Columns {
  std::vector<std::uint32_t> seconds;
  std::vector<std::uint32_t> rss;
  std::vector<std::uint32_t> vms;
  std::vector<std::uint32_t> available;
  std::vector<std::uint32_t> free;

  void add(std::uint32_t second, std::uint32_t a, std::uint32_t b, std::uint32_t c, std::uint32_t d) {
    seconds.push_back(second);
    rss.push_back(a);
    vms.push_back(b);
    available.push_back(c);
    free.push_back(d);
  }
};

// The characters of a word up to its zeros.
std::string text_of(std::uint64_t word) {
  char bytes[9] = {};
  std::memcpy(bytes, &word, 8);
  return bytes;
}

std::string tenths(std::uint32_t n) { return fmt::format("{}.{}", n / 10, n % 10); }

bool is_text(const RowTexts& texts, std::size_t i, RowTexts::Number number, std::uint32_t n) {
  return text_of(texts.number(number, i)) == tenths(n) && RowTexts::length(texts.shape(i), number) == tenths(n).size();
}

// `check(i, texts, at)` for each of the readings, with whatever vectors there are, in parts of `part`.
template <typename Check>
void read_all(const Columns& all, std::size_t part, Check check) {
  ReadingColumns columns;
  columns.full = true;
  columns.rows.emplace_back();
  const std::vector<std::uint8_t> labels(all.seconds.size(), 0);
  columns.append({all.seconds.data(), all.rss.data(), all.vms.data(), all.available.data(), all.free.data(), labels.data()}, all.seconds.size());
  const ReadingRow row(columns, columns.rows.front());
  for (const Vectors with : all_vectors()) {
    CAPTURE(static_cast<int>(with));
    RowTexts texts;
    for (std::size_t begin = 0; begin < row.size(); begin += part) {
      const std::size_t count = std::min(part, row.size() - begin);
      texts.read(row.part(begin, count), with);
      for (std::size_t i = 0; i < count; ++i) check(begin + i, texts, i);
    }
  }
}

}  // namespace

TEST_CASE("row texts: every second of a day, and none beyond it") {
  Columns columns;
  for (std::uint32_t second = 0; second < 86'400; ++second) columns.add(second, 1, 2, 3, 4);
  for (const std::uint32_t second : {86'400U, 100'000U, 0x80000000U, 0xffffffffU}) columns.add(second, 1, 2, 3, 4);
  read_all(columns, RowTexts::kMost, [&](std::size_t i, const RowTexts& texts, std::size_t at) {
    const std::uint32_t second = columns.seconds[i];
    REQUIRE(((texts.shape(at) & RowTexts::kOther) != 0) == (i >= 86'400));
    if (i < 86'400) REQUIRE(text_of(texts.time(at)) == fmt::format("{:02}:{:02}:{:02}", second / 3600, second / 60 % 60, second % 60));
  });
}

TEST_CASE("row texts: every number up to 99,999.9, its text and its length") {
  Columns columns;
  for (std::uint32_t n = 0; n < 1'000'000; ++n) columns.add(n % 86'400, n, 999'999 - n, n * 7 % 1'000'000, n % 1001);
  read_all(columns, RowTexts::kMost, [&](std::size_t i, const RowTexts& texts, std::size_t at) {
    REQUIRE((texts.shape(at) & RowTexts::kOther) == 0);
    REQUIRE(is_text(texts, at, RowTexts::rss, columns.rss[i]));
    REQUIRE(is_text(texts, at, RowTexts::vms, columns.vms[i]));
    REQUIRE(is_text(texts, at, RowTexts::available, columns.available[i]));
    REQUIRE(is_text(texts, at, RowTexts::free, columns.free[i]));
    REQUIRE(is_text(texts, at, RowTexts::used, 1000 - columns.free[i]));
  });
}

TEST_CASE("row texts: a number that has none is told in any place, and the others of its row have theirs") {
  for (const std::uint32_t other : {1'000'000U, 4'294'967U, 0x7fffffffU, 0x80000000U, 0xffffffffU}) {
    for (std::size_t place = 0; place < 4; ++place) {
      Columns columns;
      for (std::uint32_t n = 0; n < 150; ++n) columns.add(n, 1000 + n, 2000 + n, 3000 + n, 300 + n);
      std::vector<std::uint32_t>* const all[] = {&columns.rss, &columns.vms, &columns.available, &columns.free};
      for (const std::size_t at : {0, 63, 100, 149}) (*all[place])[at] = other;
      for (const std::size_t part : {1, 7, 64}) {
        read_all(columns, part, [&](std::size_t i, const RowTexts& texts, std::size_t at) {
          const bool is_other = i == 0 || i == 63 || i == 100 || i == 149;
          REQUIRE(((texts.shape(at) & RowTexts::kOther) != 0) == is_other);
          if (!is_other) REQUIRE(is_text(texts, at, RowTexts::rss, columns.rss[i]));
        });
      }
    }
  }
  // More than all is free.
  Columns columns;
  columns.add(1, 1, 1, 1, 1000);
  columns.add(1, 1, 1, 1, 1001);
  read_all(columns, 64, [&](std::size_t i, const RowTexts& texts, std::size_t at) { CHECK(((texts.shape(at) & RowTexts::kOther) != 0) == (i == 1)); });
}
