#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "memlog/event/text_arena.h"

namespace memlog {

// A name as a number: tasks, processes, containers and metrics. 0 is "no name".
using NameId = std::uint32_t;
inline constexpr NameId kNoName = 0;

// Names that every table knows under the same number, so that code can say `name::kSessions`.
namespace name {
enum : NameId {
  kNone,
  kSessions,
  kQueue,
  kActiveDownloads,
  kCache,
  kThreads,
  kOpenFiles,
  kAdSessions,
  kGcObjects,
  kPageCacheMb,
  kPid,
  kGcCollected,
  kGcFreedMb,
  kGcBeforeMb,
  kGcAfterMb,
  kMemoryDebug,  // a user's look at the memory, as a task
  kFirstFree,
};
}  // namespace name

std::span<const std::string_view> well_known_names();

// Strings to small numbers and back: open addressing over the bytes' hash. Strings are copied on first sight unless
// the table was told that they outlive it.
class NameTable {
 public:
  enum class Keep { copy, borrow };
  explicit NameTable(Keep keep = Keep::copy);

  // The number of `text`, a new one if it has none yet. Empty text is kNoName.
  NameId intern(std::string_view text);
  // The number of `text`, or kNoName if it was never seen.
  NameId find(std::string_view text) const;
  std::string_view text(NameId id) const { return texts_[id]; }
  std::size_t size() const { return texts_.size(); }

  // Forgets all but the well-known names; keeps the memory.
  void clear();

 private:
  std::size_t slot_of(std::string_view text, std::uint32_t hash) const;
  void insert_slot(NameId id);
  void grow();

  Keep keep_;
  TextArena arena_;
  std::vector<std::string_view> texts_;
  std::vector<std::uint32_t> hashes_;
  std::vector<NameId> slots_;
};

}  // namespace memlog
