#include "memlog/base/scratch_file.h"

#include <doctest/doctest.h>

#include <csignal>
#include <sys/resource.h>

using namespace memlog;

TEST_CASE("scratch file: what was put aside comes back, and not from memory") {
  ScratchFile file;
  CHECK(file.size() == 0);
  std::uint64_t first = 0;
  std::uint64_t last = 0;
  for (int i = 0; i < 5000; ++i) {
    const std::uint64_t at = file.append(std::string(1000, static_cast<char>('a' + i % 26)));
    if (i == 0) first = at;
    CHECK(file.bytes_in_memory() <= ScratchFile::kInMemory);
    last = at;
  }
  CHECK(file.size() == 5'000'000);
  CHECK(file.bytes_in_memory() == 0);
  CHECK(file.room_in_memory() < 100);
  CHECK(file.read(first, 3) == "aaa");
  CHECK(file.read(last, 1000) == std::string(1000, static_cast<char>('a' + 4999 % 26)));
  file.overwrite(first + 1, "XY");
  CHECK(file.read(first, 4) == "aXYa");
  CHECK(file.read(last, 1) == std::string(1, static_cast<char>('a' + 4999 % 26)));
}

TEST_CASE("scratch file: a little needs no file") {
  ScratchFile file;
  const std::uint64_t first = file.append("first");
  const std::uint64_t second = file.append("second");
  file.overwrite(second, "S");
  CHECK(file.bytes_in_memory() == 11);
  CHECK(file.read(second, 6) == "Second");
  CHECK(file.read(first, 5) == "first");
}

TEST_CASE("scratch file: who has less room says so") {
  ScratchFile file(100);
  const std::uint64_t first = file.append(std::string(100, 'a'));
  CHECK(file.bytes_in_memory() == 100);
  const std::uint64_t last = file.append("b");
  CHECK(file.bytes_in_memory() == 0);
  CHECK(file.read(first, 100) == std::string(100, 'a'));
  CHECK(file.read(last, 1) == "b");
}

TEST_CASE("scratch file: what begins in the file and ends in memory, where the disk is full") {
  struct rlimit before {};
  REQUIRE(::getrlimit(RLIMIT_FSIZE, &before) == 0);
  const auto old = std::signal(SIGXFSZ, SIG_IGN);
  struct rlimit small = before;
  small.rlim_cur = 10'000;
  REQUIRE(::setrlimit(RLIMIT_FSIZE, &small) == 0);
  ScratchFile file(100);
  std::string all;
  for (int i = 0; i < 30; ++i) {
    const std::string piece(1000, static_cast<char>('a' + i % 26));
    CHECK(file.append(piece) == all.size());
    all += piece;
  }
  ::setrlimit(RLIMIT_FSIZE, &before);
  std::signal(SIGXFSZ, old);
  CHECK(file.bytes_in_memory() > 0);
  CHECK(file.bytes_in_memory() < all.size());
  CHECK(file.read(0, all.size()) == all);
  CHECK(file.read(8500, 3000) == all.substr(8500, 3000));
  CHECK(file.read(29'500, 500) == all.substr(29'500, 500));
  file.overwrite(9900, std::string(400, '-'));
  all.replace(9900, 400, std::string(400, '-'));
  CHECK(file.read(0, all.size()) == all);
}
