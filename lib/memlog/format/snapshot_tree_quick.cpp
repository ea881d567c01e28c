#include "memlog/format/snapshot_tree_quick.h"

#include "memlog/base/swar.h"
#include "memlog/format/quick.h"

namespace memlog {

using namespace snapshot_tree_quick;

namespace {

constexpr char kHeader[] = "] \xf0\x9f\x93\x8a MEMORY SNAPSHOT | Operation: ";
constexpr char kHeaderBehindAlert[] = "\xf0\x9f\x93\x8a MEMORY SNAPSHOT | Operation: ";
#define MEMLOG_BRANCH "\xe2\x94\x9c\xe2\x94\x80 "
constexpr char kRamLine[] = MEMLOG_BRANCH "RAM Usage: ";
constexpr char kSystemLine[] = MEMLOG_BRANCH "System: ";
constexpr char kSessionsLine[] = MEMLOG_BRANCH "Sessions: ";
constexpr char kCacheLine[] = MEMLOG_BRANCH "Cache: ";
#undef MEMLOG_BRANCH
constexpr char kHigh[] = "] \xe2\x9a\xa0\xef\xb8\x8f HIGH MEMORY: ";
constexpr char kSpike[] = "] \xe2\x9a\xa0\xef\xb8\x8f MEMORY SPIKE: ";

// `[2025-11-16 11:42:10`.
bool take_time(const char* line, QuickState& state, std::int64_t& ns) {
  std::uint32_t second = 0;
  if (line[0] != '[' || line[11] != ' ' || !state.day(line + 1, ns) || !swar::take_clock(line + 12, second)) return false;
  ns += second * kNanosPerSecond;
  return true;
}

// The header of another tree, or the alert in front of one: what stands before it is complete.
bool begins_a_record(const char* line, QuickState& state) {
  std::int64_t unused = 0;
  return (stands(line + 20, kHeader) || stands(line + 20, kHigh) || stands(line + 20, kSpike)) && take_time(line, state, unused);
}

bool read_ram(const char* p, const char* end, Tree& tree) {
  if (!stands(p, kRamLine)) return false;
  p += length(kRamLine);
  if (!swar::take_tenths(p, tree.rss) || !swar::at_long(p, " MB (Virtual: ")) return false;
  p += 14;
  return swar::take_tenths(p, tree.virtual_size) && swar::at(p, " MB)\n") && p + 4 == end;
}

bool read_system(const char* p, const char* end, Tree& tree) {
  if (!stands(p, kSystemLine)) return false;
  p += length(kSystemLine);
  if (!swar::take_tenths(p, tree.used) || !swar::at(p, "% used (")) return false;
  p += 8;
  return swar::take_tenths(p, tree.available) && swar::at_long(p, " MB available)\n") && p + 14 == end;
}

bool read_sessions(const char* p, const char* end, Tree& tree) {
  if (!stands(p, kSessionsLine)) return false;
  p += length(kSessionsLine);
  if (!swar::take_count(p, tree.counters[0]) || !swar::at_long(p, " | Queue: ")) return false;
  p += 10;
  if (!swar::take_count(p, tree.counters[1]) || !swar::at_long(p, " | Active DLs: ")) return false;
  p += 15;
  return swar::take_count(p, tree.counters[2]) && p == end;
}

bool read_cache(const char* p, const char* end, Tree& tree) {
  if (!stands(p, kCacheLine)) return false;
  p += length(kCacheLine);
  if (!swar::take_count(p, tree.counters[3]) || !stands(p, " items | Threads: ")) return false;
  p += 18;
  if (!swar::take_count(p, tree.counters[4]) || !swar::at_long(p, " | Open files: ")) return false;
  p += 15;
  return swar::take_count(p, tree.counters[5]) && p == end;
}

}  // namespace

const std::size_t snapshot_tree_quick::kRssAt = length(kRamLine);

bool snapshot_tree_quick::read_branch(Branch branch, const char* p, const char* end, Tree& tree) {
  switch (branch) {
    case kRam: return read_ram(p, end, tree);
    case kSystem: return read_system(p, end, tree);
    case kSessions: return read_sessions(p, end, tree);
    case kCache: return read_cache(p, end, tree);
    case kBranches: break;
  }
  return false;
}

bool snapshot_tree_quick::is_plain(const char* begin, const char* end) {
  if (begin >= end || !has_plain_edges(begin, end)) return false;
  std::uint64_t high = 0;
  for (const char* p = begin; p < end; p += 8) {
    const auto left = static_cast<std::size_t>(end - p);
    high |= swar::load8(p) & (left < 8 ? swar::first_bytes(static_cast<int>(left)) : ~std::uint64_t{0});
  }
  return (high & 0x8080808080808080ULL) == 0;
}

namespace {

constexpr NameId kCounterNames[6] = {name::kSessions, name::kQueue, name::kActiveDownloads, name::kCache, name::kThreads, name::kOpenFiles};

// `[2025-11-16 11:42:10] ⚠️ HIGH MEMORY: 400.2 MB / 512 MB`, or `MEMORY SPIKE: +55.7 MB`, in front of a tree whose header
// has no time.
struct InFront {
  Alert alert = Alert::none;
  std::uint32_t limit = 0;  // MB
  std::uint32_t rise = 0;   // tenths of a MB
};

// Where the tree's operation begins, or null.
const char* read_alert(const char* line, InFront& out) {
  const char* p = line + 20;
  std::uint32_t value = 0;
  if (stands(p, kHigh)) {
    p += length(kHigh);
    if (!swar::take_tenths(p, value) || !swar::at(p, " MB / ")) return nullptr;
    p += 6;
    const char* const limit = p;
    while (*p >= '0' && *p <= '9' && p < limit + 6) out.limit = out.limit * 10 + static_cast<std::uint32_t>(*p++ - '0');
    if (p == limit) return nullptr;
    out.alert = Alert::high;
  } else if (stands(p, kSpike)) {
    p += length(kSpike);
    if (*p++ != '+' || !swar::take_tenths(p, out.rise)) return nullptr;
    out.alert = Alert::spike;
  } else {
    return nullptr;
  }
  if (!swar::at(p, " MB\n") || !stands(p + 4, kHeaderBehindAlert)) return nullptr;
  return p + 4 + length(kHeaderBehindAlert);
}

// Each line's end is known before it is read, so that no line has to wait for the widths of the numbers before it.
// Gives the place behind them, or null.
const char* read_branches(const char* p, Tree& tree) {
  for (const Branch branch : {kRam, kSystem, kSessions, kCache}) {
    const char* const end = swar::find_within_64(p, '\n');
    if (end == nullptr || !read_branch(branch, p, end, tree)) return nullptr;
    p = end + 1;
  }
  return p;
}

bool read_body(const char* operation, QuickState& state, Body& out) {
#if MEMLOG_HAS_AVX2_CODE
  if (state.vectors() >= Vectors::avx2 && (state.sifts() || state.batch().rss_only)) return read_body_avx2(operation, state, out);
#endif
  out.operation_end = swar::find_within_64(operation, '\n');
  if (out.operation_end == nullptr || !is_plain(operation, out.operation_end)) return false;
  out.first_branch = out.operation_end + 1;
  Tree tree;
  const char* const last = read_branches(out.first_branch, tree);
  if (last == nullptr || !stands(last, kContext)) return false;
  out.rss = tree.rss;
  out.context = last + length(kContext);
  out.context_end = swar::find_within_64(out.context, '\n');
  if (out.context_end == nullptr) out.context_end = swar::find_within_64(out.context + 64, '\n');
  return out.context_end != nullptr && is_plain(out.context, out.context_end);
}

void add_event(std::int64_t ns, const Body& body, const InFront& in_front, NameId task, QuickState& state) {
  EventBatch& out = state.batch();
  Event& event = state.add_event();
  event.time.ns = ns;
  event.line = state.number;
  event.rss_mb = body.rss / 10.0;
  if (!out.rss_only) {
    Tree tree;
    read_branches(body.first_branch, tree);
    event.vms_mb = tree.virtual_size / 10.0;
    event.free_percent = 100.0 - tree.used / 10.0;
    event.available_mb = tree.available / 10.0;
    for (std::size_t i = 0; i < 6; ++i) out.add_metric(event, kCounterNames[i], tree.counters[i]);
  }
  event.task = task;
  event.context = out.add_text({body.context, static_cast<std::size_t>(body.context_end - body.context)});
  event.kind = EventKind::snapshot;
  event.flags = flag::kRecord | flag::kSample | flag::kWholeBlock;
  event.alert = in_front.alert;
  if (in_front.alert == Alert::high) {
    event.flags |= flag::kHigh;
    event.limit_mb = in_front.limit;
  } else if (in_front.alert == Alert::spike) {
    event.flags |= flag::kSpike;
    event.delta_mb = in_front.rise / 10.0;
  }
}

const char* read_tree(const char* const line, QuickState& state) {
  std::int64_t ns = 0;
  InFront in_front;
  const char* operation = line + 20 + length(kHeader);
  if (!stands(line + 20, kHeader)) operation = read_alert(line, in_front);
  if (operation == nullptr || !take_time(line, state, ns)) return nullptr;
  Body body;
  if (!read_body(operation, state, body)) return nullptr;
  const char* const end = body.context_end;
  const bool blank = end[1] == '\n';
  const char* const next = end + (blank ? 2 : 1);
  const bool follows = state.after_tree == line;
  state.after_tree = next;
  if (!follows || !begins_a_record(next, state)) return nullptr;
  // The assembler marks a rise from nothing.
  if (in_front.alert == Alert::spike && in_front.rise == body.rss) return nullptr;
  QuickState::Name* const name = state.name(operation, body.operation_end);
  if (name == nullptr) return nullptr;

  // The alert's line is another format's, and so is the record that it begins.
  EventBatch& out = state.batch();
  const std::uint8_t tree_format = state.format;
  if (in_front.alert == Alert::high) {
    if (state.alerts_format < 0) return nullptr;
    state.format = static_cast<std::uint8_t>(state.alerts_format);
  }
  if (static_cast<std::int64_t>(body.rss) <= state.sieve || !state.window.has(ns)) {
    state.hold_recent(line, tree_format);
    state.sifted();
  } else {
    add_event(ns, body, in_front, name->id, state);
    out.events.back().format = state.format;
  }
  if (in_front.alert != Alert::none) state.count(1);
  state.format = tree_format;
  state.count(6);
  if (blank) {
    ++state.number;
    ++out.counts.lines;
    ++out.counts.ignored;
  }
  return next;
}

}  // namespace

const char* quick_snapshot_tree(const char* p, const char* end, QuickState& state) { return read_each<read_tree>(p, end, state, QuickState::kReach); }

}  // namespace memlog
