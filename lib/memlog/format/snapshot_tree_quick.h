#pragma once

#include <cstddef>
#include <cstdint>

#include "memlog/base/cpu.h"
#include "memlog/base/swar.h"
#include "memlog/base/text.h"

namespace memlog {

class QuickState;

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
// Reads the one that stands from `p` up to its line's end at `end`.
bool read_branch(Branch branch, const char* p, const char* end, Tree& tree);
// Where a RAM line has its number.
extern const std::size_t kRssAt;

// Nothing at the edges of a line's last text that is no part of it: blanks, and zeros that a crash left.
inline bool has_plain_edges(const char* begin, const char* end) { return !is_space(*begin) && !is_space(end[-1]) && end[-1] != '\0'; }

// A text that needs no trimming and no look at its encoding.
bool is_plain(const char* begin, const char* end);

// Where a tree's texts stand, and its reading.
struct Body {
  const char* operation_end = nullptr;
  const char* first_branch = nullptr;
  const char* context = nullptr;
  const char* context_end = nullptr;
  std::uint32_t rss = 0;
};

#if MEMLOG_HAS_AVX2_CODE
// Checks a tree from its operation on, without reading more of it. False where it cannot tell.
bool read_body_avx2(const char* operation, QuickState& state, Body& out);
#endif

}  // namespace snapshot_tree_quick

}  // namespace memlog
