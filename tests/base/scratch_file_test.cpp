#include "memlog/base/scratch_file.h"

#include <doctest/doctest.h>

using namespace memlog;

TEST_CASE("scratch file: what was put aside comes back, and not from memory") {
  ScratchFile file;
  CHECK(file.size() == 0);
  std::uint64_t first = 0;
  std::uint64_t last = 0;
  for (int i = 0; i < 1000; ++i) {
    const std::uint64_t at = file.append(std::string(1000, static_cast<char>('a' + i % 26)));
    if (i == 0) first = at;
    last = at;
  }
  CHECK(file.size() == 1'000'000);
  CHECK(file.bytes_in_memory() == 0);
  CHECK(file.read(first, 3) == "aaa");
  CHECK(file.read(last, 1000) == std::string(1000, static_cast<char>('a' + 999 % 26)));
  file.overwrite(first + 1, "XY");
  CHECK(file.read(first, 4) == "aXYa");
  CHECK(file.read(last, 1) == "l");
}
