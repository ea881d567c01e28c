#include "memlog/base/suggest.h"

#include <doctest/doctest.h>

#include <vector>

using namespace memlog;

TEST_CASE("suggest: the nearest known word, or none") {
  const std::vector<std::string_view> known{"peak", "by-task", "leaks", "crash", "events", "formats"};
  CHECK(suggest("leak", known) == "leaks");
  CHECK(suggest("peek", known) == "peak");
  CHECK(suggest("bytask", known) == "by-task");
  CHECK(suggest("event", known) == "events");
  CHECK(suggest("form", known) == "formats");
  CHECK(suggest("memory.log", known) == "");
  CHECK(suggest("x", known) == "");
  CHECK(suggest("", known) == "");
}
