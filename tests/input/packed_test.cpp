#include <doctest/doctest.h>

#include "memlog/base/error.h"
#include "memlog/input/packed.h"
#include "memlog/scan/read_events.h"
#include "support/log_builder.h"
#include "support/pack.h"

using namespace memlog;
using namespace memlog::test;

namespace {

// A tar archive of one block each, written by hand: name, size, the mark.
std::string tar_entry(const std::string& name, const std::string& text) {
  std::string header(512, '\0');
  header.replace(0, name.size(), name);
  header.replace(100, 7, "0000644");
  char size[13];
  std::snprintf(size, sizeof size, "%011zo", text.size());
  header.replace(124, 11, size);
  header.replace(136, 11, "14731452220");
  header[156] = '0';
  header.replace(257, 8, std::string("ustar\00000", 8));
  header.replace(148, 8, "        ");
  unsigned sum = 0;
  for (const char c : header) sum += static_cast<unsigned char>(c);
  char check[8];
  std::snprintf(check, sizeof check, "%06o", sum);
  header.replace(148, 7, std::string(check, 6) + '\0');
  std::string body = text;
  body.resize((body.size() + 511) / 512 * 512);
  return header + body;
}

const std::string kLine = "2025-11-16 08:34:15 --- [Idle] | RSS:  598.4 MB | VMS:  812.7 MB\n";

}  // namespace

TEST_CASE("archives: members are inputs of their own, what is no log is passed over") {
  const TempDirectory directory;
  const std::string path = directory.write("bundle.tar", tar_entry("logs/memory_20251116.log", kLine) + tar_entry("README.md", "words") + std::string(1024, '\0'));
  const InputList list = list_inputs({path});
  REQUIRE(list.inputs.size() == 1);
  CHECK(list.inputs[0].path == path + "!logs/memory_20251116.log");
  CHECK(list.inputs[0].date == days_from_civil(2025, 11, 16));
  CHECK(list.passed_over == 1);
  ReadResult result;
  read_events(list, {}, result, [](const Slice&) {});
  CHECK(result.records() == 1);
  CHECK_FALSE(result.failed);
  CHECK(list_inputs({path + "!logs/memory_20251116.log"}).inputs.size() == 1);
}

TEST_CASE("archives: a damaged one gives what was readable and says where") {
  const TempDirectory directory;
  const std::string whole = tar_entry("a.log", kLine) + tar_entry("b.log", std::string(100, 'x') + "\n" + kLine);
  const InputList list = list_inputs({directory.write("bundle.tar", whole.substr(0, whole.size() - 500))});
  REQUIRE_FALSE(list.inputs.empty());
  ReadResult result;
  read_events(list, {}, result, [](const Slice&) {});
  CHECK(result.records() >= 1);
  CHECK(result.failed);
}

TEST_CASE("compression: several gzip members follow one another; what stands before damage is read") {
  const TempDirectory directory;
  const std::string gz = testdata("telegram-encodings/memory_debug.log.gz");
  const auto lines_of = [&](const std::string& bytes) {
    const InputList list = list_inputs({directory.write("x.log.gz", bytes)});
    ReadResult result;
    read_events(list, {}, result, [](const Slice&) {});
    return std::pair(result.inputs.at(0).lines.lines, result.inputs.at(0).error);
  };
  const auto [whole, none] = lines_of(gz);
  CHECK(none.empty());
  CHECK(lines_of(gz + gz).first == 2 * whole);
  const auto [half, error] = lines_of(gz.substr(0, gz.size() / 2));
  CHECK(half > whole / 4);
  CHECK(error.find("damaged gzip data at byte " + std::to_string(gz.size() / 2)) != std::string::npos);
}

TEST_CASE("compression: expansion beyond the limit is not read on, unless it is lifted") {
  class Zeros : public Source {
   public:
    std::size_t read(char* to, std::size_t n) override {
      if (given_ > 4'000'000) return 0;
      std::fill(to, to + n, '\n');
      given_ += n;
      return n;
    }
    std::uint64_t bytes_read() const override { return 100; }

   private:
    std::size_t given_ = 0;
  };
  ExpansionLimit limit;
  limit.free_bytes = 1 << 20;
  const auto drain = [&] {
    const auto source = input::limited(std::make_unique<Zeros>(), limit);
    std::string block(1 << 16, ' ');
    while (source->read(block.data(), block.size()) > 0) {}
  };
  CHECK_THROWS_AS(drain(), Error);
  limit.lifted = true;
  CHECK_NOTHROW(drain());
}

TEST_CASE("rotation: the highest number is the oldest, dates grow") {
  const TempDirectory directory;
  for (const char* name : {"logs.txt", "logs.txt.1", "logs.txt.2", "logs.txt.10", ".hidden.log", "picture.png"}) directory.write(name, "words\n");
  const InputList list = list_inputs({directory.path("")});
  REQUIRE(list.inputs.size() == 4);
  CHECK(list.inputs[0].path.ends_with("logs.txt.10"));
  CHECK(list.inputs[1].path.ends_with("logs.txt.2"));
  CHECK(list.inputs[3].path.ends_with("logs.txt"));
  CHECK(list.passed_over == 2);
  CHECK(input::looks_like_a_log("logs.txt-20251116.gz"));
}

TEST_CASE("rotation: the names that Python, Loguru, kubelet and logrotate give are logs, in time order") {
  const std::vector<std::vector<std::string>> sets = {
      {"bot.log.2025-12-31", "bot.log.2026-01-05.gz", "bot.log.2026-01-06", "bot.log"},
      {"logs.txt.2025-12-03_13-05-06", "logs.txt.2025-12-03_13-05-07", "logs.txt"},
      {"h.log.2025-12-03_13-05", "h.log.2025-12-03_14-00.gz", "h.log"},
      {"a.log.2025-12-03_13-05-06_123456.gz", "a.log.2025-12-03_13-05-06_123457", "a.log"},
      {"file.2025-12-03_13-05-06_123456.log", "file.2025-12-04_00-00-00_000001.log.gz", "file.log"},
      {"0.log.20260324-013318.gz", "0.log.20260324-013320", "0.log"},
      {"x.log-20251203.gz", "x.log-2025120313", "x.log-20251204", "x.log"},
      {"syslog-20251203", "syslog"},
      {"old.log.old", "old.log"},
  };
  for (const auto& set : sets) {
    CAPTURE(set[0]);
    const TempDirectory directory;
    for (const std::string& name : set) directory.write(name, "words\n");
    const InputList list = list_inputs({directory.path("")});
    CHECK(list.passed_over == 0);
    REQUIRE(list.inputs.size() == set.size());
    for (std::size_t i = 0; i < set.size(); ++i) CHECK(list.inputs[i].path == directory.path(set[i]));
    std::string first;
    std::string last;
    CHECK(input::rotation_number(set.front(), first) > 0);
    CHECK(input::rotation_number(set.back(), last) == 0);
    CHECK(first == last);
  }
  for (const char* name : {"bot.log.bak", "bot7-2025-12-03", "bot.log.2025-13-03", "bot.log.2025-12-03x", "notes.1.2.3.md"}) {
    CAPTURE(name);
    CHECK_FALSE(input::looks_like_a_log(name));
  }
  // The day is part of a daily file's name.
  std::string base;
  CHECK(input::rotation_number("memory_20251006.log", base) == 0);
  CHECK(base == "memory_20251006.log");
  CHECK(input::rotation_number("bot.2025-10-06.log", base) == 0);
}

namespace {

struct Kind {
  std::string name;      // of the file
  const char* format;
  const char* filter;
  const char* options;
  std::size_t block;     // of text, that is lost with a byte of it
};
constexpr std::size_t kStream = 4 << 10;
const Kind kKinds[] = {{"log.gz", "raw", "gzip", nullptr, 32 << 10},
                       {"log.xz", "raw", "xz", nullptr, kStream},
                       {"log.zst", "raw", "zstd", nullptr, 128 << 10},
                       {"log.bz2", "raw", "bzip2", "compression-level=1", 100'000},
                       {"log.lz4", "raw", "lz4", "block-size=4", 64 << 10},
                       {"log.zip", "zip", "none", nullptr, 32 << 10},
                       {"log.tar", "ustar", "none", nullptr, kStream},
                       {"log.tar.gz", "ustar", "gzip", nullptr, 32 << 10},
                       {"log.tar.zst", "ustar", "zstd", nullptr, 128 << 10}};

// Readings that do not repeat, so that blocks come evenly.
std::string long_log(std::size_t size) {
  std::string text;
  std::uint32_t random = 1;
  for (int i = 0; text.size() < size; ++i) {
    random = random * 1664525 + 1013904223;
    char line[120];
    std::snprintf(line, sizeof line, "2025-11-16 %02d:%02d:%02d --- [Task %u] | RSS: %6.1f MB | VMS: %6.1f MB\n", i / 3600 % 24, i / 60 % 60, i % 60, random >> 28, (random >> 8) % 9000 / 10.0,
                  (random >> 12) % 20000 / 10.0);
    text += line;
  }
  return text;
}

ReadResult read(const TempDirectory& directory, const std::string& name, const std::string& bytes) {
  const InputList list = list_inputs({directory.write(name, bytes)});
  ReadResult result;
  if (!list.inputs.empty()) read_events(list, {}, result, [](const Slice&) {});
  result.failed |= !list.errors.empty();
  return result;
}

}  // namespace

TEST_CASE("archives: a healthy zip of any size is whole, and one that lost its end is not") {
  const TempDirectory directory;
  for (std::size_t size = 0; size <= 1800; ++size) {
    const std::string text = size == 0 ? "" : std::string(size - 1, 'x') + "\n";
    const std::string packed = pack({{"a.log", text}}, "zip", "none", size % 2 == 0 ? "compression=store" : nullptr);
    CAPTURE(size);
    CAPTURE(packed.size());
    const InputList list = list_inputs({directory.write("log.zip", packed)});
    CHECK(list.errors.empty());
    REQUIRE(list.inputs.size() == 1);
    ReadResult result;
    read_events(list, {}, result, [](const Slice&) {});
    CHECK_FALSE(result.failed);
    CHECK(result.inputs.at(0).lines.lines == (size == 0 ? 0 : 1));
    if (size % 50 == 0) CHECK(read(directory, "log.zip", packed.substr(0, packed.size() - 20)).failed);
  }
}

TEST_CASE("archives: 64-bit records behind a zip's directory are no damage") {
  const TempDirectory directory;
  std::string packed = pack({{"-", kLine}}, "zip", "none", nullptr);
  const auto end = packed.rfind("PK\x05\x06");
  REQUIRE(end != std::string::npos);
  std::string records = "PK\x06\x06" + std::string(52, '\0') + "PK\x06\x07" + std::string(16, '\0');
  packed.insert(end, records);
  const InputList list = list_inputs({directory.write("log.zip", packed)});
  CHECK(list.errors.empty());
  CHECK(list.inputs.size() == 1);
}

TEST_CASE("damage: a packed log that is cut off gives all but the block that was cut, and says where it ends") {
  const TempDirectory directory;
  const std::string text = long_log(600'000);
  const auto lines = static_cast<std::int64_t>(std::count(text.begin(), text.end(), '\n'));
  for (const Kind& kind : kKinds) {
    CAPTURE(kind.name);
    const std::string packed = pack({{"log", text}}, kind.format, kind.filter, kind.options);
    REQUIRE_FALSE(packed.empty());
    const ReadResult whole = read(directory, kind.name, packed);
    REQUIRE(whole.inputs.size() == 1);
    CHECK(whole.inputs[0].lines.lines == lines);
    CHECK_FALSE(whole.failed);
    for (const double share : {0.25, 0.5, 0.8, 0.95}) {
      CAPTURE(share);
      const auto size = static_cast<std::size_t>(static_cast<double>(packed.size()) * share);
      const ReadResult part = read(directory, kind.name, packed.substr(0, size));
      REQUIRE(part.inputs.size() == 1);
      CHECK(part.failed);
      CHECK(part.inputs[0].error.find("at byte ") != std::string::npos);
      const double wanted = static_cast<double>(lines) * share - static_cast<double>(kind.block) / 70 - 0.03 * static_cast<double>(lines);
      CHECK(static_cast<double>(part.inputs[0].lines.records) > wanted);
      CHECK(part.inputs[0].lines.records < lines);
      CHECK(part.inputs[0].lines.lines == part.inputs[0].lines.records + part.inputs[0].lines.ignored + part.inputs[0].lines.malformed);
    }
  }
}

TEST_CASE("damage: any byte of a packed log changed, and any length of it, ends with an answer") {
  const TempDirectory directory;
  const std::string text = long_log(600);
  for (const Kind& kind : kKinds) {
    CAPTURE(kind.name);
    const std::string packed = pack({{"a.log", text}}, kind.format, kind.filter, kind.options);
    REQUIRE_FALSE(packed.empty());
    std::size_t bad = 0;
    const auto check = [&](const std::string& bytes) {
      const ReadResult result = read(directory, kind.name, bytes);
      for (const InputSummary& input : result.inputs) bad += input.lines.lines == input.lines.records + input.lines.ignored + input.lines.malformed ? 0 : 1;
    };
    for (std::size_t at = 0; at < packed.size(); ++at) {
      std::string changed = packed;
      changed[at] = static_cast<char>(packed[at] ^ (1 << (at % 8)));
      check(changed);
      changed[at] = '\xff';
      check(changed);
      check(packed.substr(0, at));
    }
    CHECK(bad == 0);
  }
}

// An archive in which a byte was changed gives its records as they were, or says that it is damaged.
TEST_CASE("damage: no byte of an archive can be changed without its saying so or giving the same") {
  const TempDirectory directory;
  const std::vector<std::pair<std::string, std::string>> members = {{"a.log", long_log(2000)}, {"b.log", long_log(900)}, {"c.log", long_log(700)}};
  for (const Kind& kind : kKinds) {
    if (kind.name != "log.zip" && kind.name != "log.tar.gz") continue;
    CAPTURE(kind.name);
    const std::string packed = pack(members, kind.format, kind.filter, kind.options);
    const ReadResult whole = read(directory, kind.name, packed);
    CHECK_FALSE(whole.failed);
    REQUIRE(whole.inputs.size() == 3);
    for (std::size_t at = 0; at < packed.size(); ++at) {
      std::string changed = packed;
      changed[at] = static_cast<char>(packed[at] ^ (1 << (at % 8)));
      const ReadResult result = read(directory, kind.name, changed);
      CAPTURE(at);
      CHECK((result.failed || result.records() == whole.records()));
    }
  }
}

TEST_CASE("damage: a tar whose header is damaged tells of it and gives the members around it") {
  const TempDirectory directory;
  std::string tar = tar_entry("a.log", kLine) + tar_entry("b.log", kLine) + tar_entry("c.log", kLine) + std::string(1024, '\0');
  tar[1024 + 20] = 'x';
  const InputList list = list_inputs({directory.write("bundle.tar", tar)});
  CHECK(list.inputs.size() == 2);
  REQUIRE(list.errors.size() == 1);
  CHECK(list.errors[0].ends_with("bundle.tar: damaged archive in or behind the member 'a.log' at byte 0: Damaged tar archive"));
}

TEST_CASE("archives: a tar without a mark is one by its checksum") {
  const TempDirectory directory;
  std::string tar = tar_entry("a.log", kLine) + std::string(1024, '\0');
  tar.replace(257, 8, std::string(8, '\0'));
  unsigned sum = 8 * ' ';
  for (std::size_t i = 0; i < 512; ++i) sum += i >= 148 && i < 156 ? 0 : static_cast<unsigned char>(tar[i]);
  char check[8];
  std::snprintf(check, sizeof check, "%06o", sum);
  tar.replace(148, 6, check, 6);
  const InputList list = list_inputs({directory.write("bundle.tar", tar)});
  CHECK(list.errors.empty());
  REQUIRE(list.inputs.size() == 1);
  CHECK(list.inputs[0].path.ends_with("bundle.tar!a.log"));
}

TEST_CASE("damage: a file that is an archive by its name only is told as damaged") {
  const TempDirectory directory;
  std::string tar = tar_entry("a.log", kLine) + std::string(1024, '\0');
  tar[258] = 'x';
  const InputList list = list_inputs({directory.write("bundle.tar", tar)});
  REQUIRE(list.errors.size() == 1);
  CHECK(list.errors[0].ends_with("damaged archive at byte 0: it does not begin as one"));
  CHECK(list.inputs.size() == 1);
}

TEST_CASE("compression: several members, frames and streams follow one another") {
  const TempDirectory directory;
  for (const Kind& kind : kKinds) {
    if (std::string_view(kind.format) != "raw") continue;
    CAPTURE(kind.name);
    const std::string once = pack({{"log", kLine}}, kind.format, kind.filter, kind.options);
    const ReadResult result = read(directory, kind.name, once + once + once);
    REQUIRE(result.inputs.size() == 1);
    CHECK(result.inputs[0].lines.records == 3);
    CHECK_FALSE(result.failed);
    CHECK(result.inputs[0].compression == (std::string_view(kind.filter)));
  }
}
