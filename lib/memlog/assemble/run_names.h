#pragma once

#include <string_view>

#include "memlog/event/names.h"
#include "memlog/event/process_table.h"

namespace memlog {

// The names of a whole run: what the numbers in assembled events mean. Bounded: names are exact for the first
// kMaxNames, all later ones share `other`. A log with more has ids in its tasks' names, and each name costs a
// command that asks what tasks take a kilobyte or more.
struct RunNames {
  static constexpr std::size_t kMaxNames = 4096;

  NameTable names;
  ProcessTable processes;
  NameId other = kNoName;           // "(other)", once there are too many
  std::uint64_t names_merged = 0;   // sightings of names that went into it

  // The number of a name, bounded as above.
  NameId intern(std::string_view text) {
    if (names.size() < kMaxNames) return names.intern(text);
    if (const NameId known = names.find(text); known != kNoName || text.empty()) return known;
    if (other == kNoName) other = names.intern("(other)");
    ++names_merged;
    return other;
  }
};

}  // namespace memlog
