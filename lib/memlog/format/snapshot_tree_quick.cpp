#include "memlog/format/snapshot_tree_quick.h"

#include "memlog/base/swar.h"
#include "memlog/base/text.h"
#include "memlog/format/quick.h"

namespace memlog {

namespace {

// Texts of more than sixteen bytes.
template <std::size_t N>
bool stands(const char* p, const char (&text)[N]) {
  constexpr std::size_t kLength = N - 1;
  static_assert(kLength >= 8);
  std::uint64_t wrong = swar::load8(p + kLength - 8) ^ swar::word(text + kLength - 8, 8);
  for (std::size_t at = 0; at + 8 < kLength; at += 8) wrong |= swar::load8(p + at) ^ swar::word(text + at, 8);
  return wrong == 0;
}

constexpr char kHeader[] = "] \xf0\x9f\x93\x8a MEMORY SNAPSHOT | Operation: ";
#define MEMLOG_BRANCH "\xe2\x94\x9c\xe2\x94\x80 "
constexpr char kRam[] = MEMLOG_BRANCH "RAM Usage: ";
constexpr char kSystem[] = MEMLOG_BRANCH "System: ";
constexpr char kSessions[] = MEMLOG_BRANCH "Sessions: ";
constexpr char kCache[] = MEMLOG_BRANCH "Cache: ";
#undef MEMLOG_BRANCH
constexpr char kHigh[] = "] \xe2\x9a\xa0\xef\xb8\x8f HIGH MEMORY: ";
constexpr char kSpike[] = "] \xe2\x9a\xa0\xef\xb8\x8f MEMORY SPIKE: ";
constexpr char kContext[] = "\xe2\x94\x94\xe2\x94\x80 Context: ";

template <std::size_t N>
constexpr std::size_t length(const char (&)[N]) {
  return N - 1;
}

bool take_header(const char* line, QuickState& state, std::int64_t& ns) {
  std::uint32_t second = 0;
  if (line[0] != '[' || line[11] != ' ' || !stands(line + 20, kHeader)) return false;
  if (!state.day(line + 1, ns) || !swar::take_clock(line + 12, second)) return false;
  ns += second * kNanosPerSecond;
  return true;
}

// The header of another tree, or the alert in front of one: what stands before it is complete.
bool begins_a_record(const char* line, QuickState& state) {
  std::int64_t unused = 0;
  if (take_header(line, state, unused)) return true;
  std::uint32_t second = 0;
  return line[0] == '[' && line[11] == ' ' && state.day(line + 1, unused) && swar::take_clock(line + 12, second) &&
         (stands(line + 20, kHigh) || stands(line + 20, kSpike));
}

// A text that needs no trimming and no look at its encoding.
bool is_plain(const char* begin, const char* end) {
  if (begin >= end || is_space(*begin) || is_space(end[-1])) return false;
  std::uint64_t high = 0;
  for (const char* p = begin; p < end; p += 8) {
    const auto left = static_cast<std::size_t>(end - p);
    high |= swar::load8(p) & (left < 8 ? swar::first_bytes(static_cast<int>(left)) : ~std::uint64_t{0});
  }
  return (high & 0x8080808080808080ULL) == 0;
}

struct Tree {
  std::uint32_t rss = 0;         // tenths of a MB
  std::uint32_t virtual_size = 0;
  std::uint32_t used = 0;        // tenths of a percent
  std::uint32_t available = 0;
  std::uint32_t counters[6] = {};
};

// Each line's end is known before it is read, so that no line has to wait for the widths of the numbers before it.
bool read_ram(const char* p, const char* end, Tree& tree) {
  if (!stands(p, kRam)) return false;
  p += length(kRam);
  if (!swar::take_tenths(p, tree.rss) || !swar::at_long(p, " MB (Virtual: ")) return false;
  p += 14;
  return swar::take_tenths(p, tree.virtual_size) && swar::at(p, " MB)\n") && p + 4 == end;
}

bool read_system(const char* p, const char* end, Tree& tree) {
  if (!stands(p, kSystem)) return false;
  p += length(kSystem);
  if (!swar::take_tenths(p, tree.used) || !swar::at(p, "% used (")) return false;
  p += 8;
  return swar::take_tenths(p, tree.available) && swar::at_long(p, " MB available)\n") && p + 14 == end;
}

bool read_sessions(const char* p, const char* end, Tree& tree) {
  if (!stands(p, kSessions)) return false;
  p += length(kSessions);
  if (!swar::take_count(p, tree.counters[0]) || !swar::at_long(p, " | Queue: ")) return false;
  p += 10;
  if (!swar::take_count(p, tree.counters[1]) || !swar::at_long(p, " | Active DLs: ")) return false;
  p += 15;
  return swar::take_count(p, tree.counters[2]) && p == end;
}

bool read_cache(const char* p, const char* end, Tree& tree) {
  if (!stands(p, kCache)) return false;
  p += length(kCache);
  if (!swar::take_count(p, tree.counters[3]) || !stands(p, " items | Threads: ")) return false;
  p += 18;
  if (!swar::take_count(p, tree.counters[4]) || !swar::at_long(p, " | Open files: ")) return false;
  p += 15;
  return swar::take_count(p, tree.counters[5]) && p == end;
}

constexpr NameId kCounterNames[6] = {name::kSessions, name::kQueue, name::kActiveDownloads, name::kCache, name::kThreads, name::kOpenFiles};

const char* read_tree(const char* const line, QuickState& state) {
  std::int64_t ns = 0;
  if (!take_header(line, state, ns)) return nullptr;
  const char* const operation = line + 20 + length(kHeader);
  // header, RAM, system, sessions, cache
  const char* ends[5];
  const char* at = operation;
  for (const char*& end : ends) {
    end = swar::find_within_64(at, '\n');
    if (end == nullptr) return nullptr;
    at = end + 1;
  }
  const char* const context = at + length(kContext);
  const char* end = swar::find_within_64(context, '\n');
  if (end == nullptr) end = swar::find_within_64(context + 64, '\n');
  if (end == nullptr) return nullptr;
  Tree tree;
  if (!read_ram(ends[0] + 1, ends[1], tree) || !read_system(ends[1] + 1, ends[2], tree) || !read_sessions(ends[2] + 1, ends[3], tree) ||
      !read_cache(ends[3] + 1, ends[4], tree) || !stands(at, kContext) || !is_plain(context, end) || !is_plain(operation, ends[0])) {
    return nullptr;
  }
  const bool blank = end[1] == '\n';
  const char* const next = end + (blank ? 2 : 1);
  const bool follows = state.after_tree == line;
  state.after_tree = next;
  if (!follows || !begins_a_record(next, state)) return nullptr;
  QuickState::Name* const name = state.name(operation, ends[0]);
  if (name == nullptr) return nullptr;

  EventBatch& out = state.batch();
  const std::uint64_t number = state.number;
  if (static_cast<std::int64_t>(tree.rss) <= state.sieve || !state.window.has(ns)) {
    state.hold_recent(line);
    state.sifted();
  } else {
    Event& event = state.add_event();
    event.time.ns = ns;
    event.line = number;
    event.rss_mb = tree.rss / 10.0;
    if (!out.rss_only) {
      event.vms_mb = tree.virtual_size / 10.0;
      event.free_percent = 100.0 - tree.used / 10.0;
      event.available_mb = tree.available / 10.0;
      for (std::size_t i = 0; i < 6; ++i) out.add_metric(event, kCounterNames[i], tree.counters[i]);
    }
    event.task = name->id;
    event.context = out.add_text({context, static_cast<std::size_t>(end - context)});
    event.kind = EventKind::snapshot;
    event.flags = flag::kRecord | flag::kSample | flag::kWholeBlock;
    event.format = state.format;
  }
  state.count(6);
  if (blank) {
    ++state.number;
    ++out.counts.lines;
    ++out.counts.ignored;
  }
  return next;
}

}  // namespace

const char* quick_snapshot_tree(const char* p, const char* end, QuickState& state) { return read_each<read_tree>(p, end, state); }

}  // namespace memlog
