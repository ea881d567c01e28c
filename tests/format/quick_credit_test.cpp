#include "memlog/format/quick_credit.h"

#include <doctest/doctest.h>

using memlog::QuickCredit;

TEST_CASE("quick credit: few new texts among many lines are worth remembering") {
  QuickCredit credit;
  for (int chunk = 0; chunk < 1000; ++chunk) {
    credit.begin_chunk();
    for (int block = 0; block < 100; ++block) credit.pay(QuickCredit::kPrice, 1);
    CHECK(credit.is_good());
  }
}

TEST_CASE("quick credit: a start has what so many new texts cost, and no more is ever gathered") {
  QuickCredit credit;
  for (int block = 0; block < 100'000; ++block) credit.pay(16, 0);
  credit.pay(0, QuickCredit::kNew);
  CHECK(credit.is_good());
  credit.pay(0, 1);
  CHECK_FALSE(credit.is_good());
}

TEST_CASE("quick credit: after a while it is tried again, with less") {
  QuickCredit credit;
  credit.pay(0, QuickCredit::kNew + 1);
  for (std::uint32_t chunk = 1; chunk < QuickCredit::kWhile; ++chunk) {
    credit.begin_chunk();
    REQUIRE_FALSE(credit.is_good());
  }
  credit.begin_chunk();
  CHECK(credit.is_good());
  credit.pay(0, QuickCredit::kAnother);
  CHECK(credit.is_good());
  credit.pay(0, 1);
  CHECK_FALSE(credit.is_good());
}

TEST_CASE("quick credit: any number of lines and texts") {
  QuickCredit credit;
  credit.pay(std::size_t{1} << 40, 0);
  CHECK(credit.is_good());
  credit.pay(0, std::size_t{1} << 40);
  CHECK_FALSE(credit.is_good());
}
