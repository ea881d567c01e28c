#pragma once

#include <cstddef>
#include <cstdint>

#include "memlog/base/cpu.h"
#include "memlog/base/swar.h"
#include "memlog/base/text.h"
#include "memlog/event/event.h"
#include "memlog/format/quick.h"

namespace memlog {

// The quick reader of whole snapshot trees, header to context, for Format::quick of snapshot_tree.
//
// A tree may belong together with what stands before and behind it. Only one that follows another tree at once, and is
// followed at once by a third or by the alert of one, is certain to be a record of its own; the others go the general
// way, through the assembler. An alert right in front of a tree whose header has no time belongs to that tree.
const char* quick_snapshot_tree(const char* p, const char* end, QuickState& state);

// Its parts.
namespace snapshot_tree_quick {

// Texts of eight bytes and more.
template <std::size_t N>
inline bool stands(const char* p, const char (&text)[N]) {
  constexpr std::size_t kLength = N - 1;
  static_assert(kLength >= 8);
  std::uint64_t wrong = swar::load8(p + kLength - 8) ^ swar::word(text + kLength - 8, 8);
  for (std::size_t at = 0; at + 8 < kLength; at += 8) wrong |= swar::load8(p + at) ^ swar::word(text + at, 8);
  return wrong == 0;
}

template <std::size_t N>
constexpr std::size_t length(const char (&)[N]) {
  return N - 1;
}

inline constexpr char kContext[] = "\xe2\x94\x94\xe2\x94\x80 Context: ";

struct Tree {
  std::uint32_t rss = 0;         // tenths of a MB
  std::uint32_t virtual_size = 0;
  std::uint32_t used = 0;        // tenths of a percent
  std::uint32_t available = 0;
  std::uint32_t counters[6] = {};
};

// The lines between header and context.
enum Branch : std::uint8_t { kRam, kSystem, kSessions, kCache, kBranches };

// What stands around their numbers. None of it has a digit.
#define MEMLOG_BRANCH "\xe2\x94\x9c\xe2\x94\x80 "
inline constexpr char kRamLine[] = MEMLOG_BRANCH "RAM Usage: ";
inline constexpr char kSystemLine[] = MEMLOG_BRANCH "System: ";
inline constexpr char kSessionsLine[] = MEMLOG_BRANCH "Sessions: ";
inline constexpr char kCacheLine[] = MEMLOG_BRANCH "Cache: ";
#undef MEMLOG_BRANCH

// `[2025-11-16 11:42:10`, which is as long, and what follows it in the header of a tree.
inline constexpr std::size_t kTimeLength = 20;
inline constexpr char kHeader[] = "] \xf0\x9f\x93\x8a MEMORY SNAPSHOT | Operation: ";
inline constexpr std::size_t kHeaderLength = kTimeLength + length(kHeader);
bool take_time(const char* line, QuickState& state, std::int64_t& ns);

// The header of another tree, or the alert in front of one: what stands before it is complete.
bool begins_a_record(const char* line, QuickState& state);

// `[2025-11-16 11:42:10] ⚠️ HIGH MEMORY: 400.2 MB / 512 MB`, or `MEMORY SPIKE: +55.7 MB`, in front of a tree whose header
// has no time.
struct InFront {
  Alert alert = Alert::none;
  std::uint32_t limit = 0;  // MB
  std::uint32_t rise = 0;   // tenths of a MB
};
// Where the tree's operation begins, or null.
const char* read_alert(const char* line, InFront& out);

// Whether a tree behind that may be read here: the assembler marks a rise from nothing, and the user may not want alerts.
inline bool is_for_quick_readers(const InFront& in_front, std::uint32_t rss, const QuickState& state) {
  if (in_front.alert == Alert::spike) return in_front.rise != rss;
  return in_front.alert != Alert::high || state.alerts_format >= 0;
}

// Nothing at the edges of a line's last text that is no part of it: blanks, and zeros that a crash left.
inline bool has_plain_edges(const char* begin, const char* end) { return !is_space(*begin) && !is_space(end[-1]) && end[-1] != '\0'; }

// A text that needs no trimming and no look at its encoding.
bool is_plain(const char* begin, const char* end);

// Where a tree's texts stand, and its numbers: RSS alone where nobody asks for more.
struct Body {
  const char* operation = nullptr;
  const char* operation_end = nullptr;  // the branches begin behind it
  const char* context = nullptr;
  const char* context_end = nullptr;
  Tree tree;
};

// Takes a tree whose lines are known to be good: makes its event, unless it is to be counted only. False where the general
// way has to look at it.
bool take_checked_tree(const char* line, const Body& body, const InFront& in_front, NameId task, QuickState& state);

#if MEMLOG_HAS_AVX2_CODE
// Reads as many trees from `p` on, where a tree ended, as look as their writer prints them, by checking them only.
const char* check_trees_avx2(const char* p, const char* end, QuickState& state);
#endif

}  // namespace snapshot_tree_quick

}  // namespace memlog
