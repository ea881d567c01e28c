#include "memlog/base/counted.h"

#include <doctest/doctest.h>

using memlog::counted;

TEST_CASE("counted: one, none and many") {
  CHECK(counted(1, "spike") == "1 spike");
  CHECK(counted(0, "spike") == "0 spikes");
  CHECK(counted(2, "spike") == "2 spikes");
  CHECK(counted(1, "more process is", "more processes are") == "1 more process is");
  CHECK(counted(3, "more process is", "more processes are") == "3 more processes are");
}
