#include "memlog/analysis/found_spikes.h"

#include <doctest/doctest.h>

#include <string>

using namespace memlog;

namespace {

Spike spike_of(std::size_t i) {
  Spike spike;
  spike.time.ns = static_cast<std::int64_t>(i) * 1000;
  spike.task = static_cast<NameId>(i % 50);
  spike.increase_mb = 50.0 + static_cast<double>(i);
  spike.line = i + 1;
  if (i % 3 == 0) spike.context = "User " + std::to_string(i);
  return spike;
}

void check_same(const Spike& a, const Spike& b) {
  CHECK(a.time.ns == b.time.ns);
  CHECK(a.task == b.task);
  CHECK(a.increase_mb == b.increase_mb);
  CHECK(a.line == b.line);
  CHECK(a.context == b.context);
  CHECK(a.returned == b.returned);
}

}  // namespace

TEST_CASE("found spikes: few in memory and many in a file come back as they were found or changed, in any order") {
  for (const std::size_t count : {std::size_t{5}, std::size_t{300}, std::size_t{5000}}) {
    CAPTURE(count);
    FoundSpikes found;
    CHECK(found.empty());
    for (std::size_t i = 0; i < count; ++i) {
      found.add(spike_of(i));
      // The one before comes back while others are still being found.
      if (i % 5 != 4) continue;
      Spike back = found[i - 1];
      back.returned = true;
      found.change(i - 1, back);
      CHECK(found[i - 1].returned);
    }
    CHECK(found.size() == count);
    for (std::size_t n = 0; n < 2 * count; ++n) {
      const std::size_t i = n < count ? n : (n * 7919) % count;
      CAPTURE(i);
      Spike wanted = spike_of(i);
      wanted.returned = i % 5 == 3 && i + 1 < count;
      check_same(found[i], wanted);
    }
  }
}
