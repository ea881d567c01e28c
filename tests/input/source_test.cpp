#include "memlog/input/source.h"

#include <doctest/doctest.h>

#include "memlog/base/error.h"
#include "support/log_builder.h"

using namespace memlog;
using namespace memlog::test;

namespace {

std::string all_of(Source& source) {
  std::string out;
  char block[100];
  while (const std::size_t n = source.read(block, sizeof block)) out.append(block, n);
  return out;
}

}  // namespace

TEST_CASE("source: a directory gives its logs, in order of name, and passes over the rest") {
  TempDirectory dir;
  for (const char* name : {"b.log", "a.log", "sub/c.txt", "old/app.log.2", "old/app.log.gz", "old/app.log-20251116", "notes.md", ".hidden.log", "photo.jpg"}) {
    dir.write(name, "x\n");
  }
  const InputList list = list_inputs({dir.path("")});
  std::vector<std::string> names;
  for (const InputPath& input : list.inputs) names.push_back(std::filesystem::path(input.path).filename().string());
  CHECK(names == std::vector<std::string>{"a.log", "b.log", "app.log-20251116", "app.log.2", "app.log.gz", "c.txt"});
  CHECK(list.passed_over == 3);
  CHECK(list.errors.empty());
}

TEST_CASE("source: what is not there is an error, the rest is listed") {
  TempDirectory dir;
  const std::string good = dir.write("memory_20251116.log", "x\n");
  const InputList list = list_inputs({dir.path("none.log"), good, "-"});
  REQUIRE(list.inputs.size() == 2);
  CHECK(list.inputs[0].date == days_from_civil(2025, 11, 16));
  CHECK(list.inputs[1].path == "-");
  REQUIRE(list.errors.size() == 1);
  CHECK(list.errors[0].find("No such file") != std::string::npos);
}

TEST_CASE("source: compressed files come decompressed, by their bytes and not their names") {
  const std::string path = std::string(MEMLOG_TESTDATA) + "/telegram-encodings/memory_debug.log";
  const std::string plain = testdata("telegram-v1/memory_debug.log");
  const auto gz = open_source({path + ".gz", {}});
  CHECK(gz->compression() == "gzip");
  CHECK(all_of(*gz) == plain);
  const auto zst = open_source({path + ".zst", {}});
  CHECK(zst->compression() == "zstd");
  CHECK(all_of(*zst) == plain);
}

TEST_CASE("source: damaged compressed data is an error that says where, and never silence") {
  const std::string bytes = testdata("telegram-encodings/memory_debug.log.gz");
  TempDirectory dir;
  const std::string file = dir.write("cut.log.gz", std::string_view(bytes).substr(0, bytes.size() / 2));
  try {
    const auto source = open_source({file, {}});
    all_of(*source);
    FAIL("no error");
  } catch (const Error& error) {
    CHECK(std::string(error.what()).find("gzip") != std::string::npos);
  }
}

TEST_CASE("source: short and empty files are plain") {
  TempDirectory dir;
  for (const std::string_view text : {"", "a", "\x1f", "1234567"}) {
    const auto source = open_source({dir.write("x.log", text), {}});
    CHECK(source->compression() == "");
    CHECK(all_of(*source) == text);
  }
}

TEST_CASE("inputs: a file that links lead to, or that is named twice, is read once") {
  const TempDirectory directory;
  const std::string file = directory.write("logs/b.log", "words\n");
  std::filesystem::create_symlink("b.log", directory.path("logs/a.log"));
  std::filesystem::create_symlink("..", directory.path("logs/loop"));
  std::filesystem::create_symlink("nothing", directory.path("logs/dangling.log"));
  const InputList list = list_inputs({directory.path("logs"), file});
  REQUIRE(list.inputs.size() == 1);
  CHECK(list.inputs[0].path == file);
  CHECK(list.passed_over == 3);
  CHECK(list.errors.empty());
}

TEST_CASE("source: a .dat file of a directory is a log when it holds text") {
  TempDirectory directory;
  const auto write = [&](const char* name, const std::string& text) { directory.write(name, text); };
  write("mprofile_1.dat", "CMDLINE x\nMEM 50.0 1547322141.0\n");
  write("cache.dat", std::string("\x01\x00\x02PAGE\x00\x00", 9));
  write("other.dat", std::string("ab\x02\x7f cd\n", 8));
  write("wide.dat", std::string("\xff\xfeM\x00" "E\x00M\x00", 8));
  write("empty.dat", "");
  write("raw.log", std::string("\x01\x00\x02", 3));
  const InputList list = list_inputs({directory.path("")});
  CHECK(list.inputs.size() == 4);
  CHECK(list.passed_over == 2);
  CHECK(list.errors.empty());
  CHECK(list_inputs({directory.path("cache.dat")}).inputs.size() == 1);  // asked for by name it is read
}
