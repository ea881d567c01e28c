#include <doctest/doctest.h>

#include "memlog/base/error.h"
#include "memlog/input/packed.h"
#include "memlog/scan/read_events.h"
#include "support/log_builder.h"

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
