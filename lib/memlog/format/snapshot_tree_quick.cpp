#include "memlog/format/snapshot_tree_quick.h"

#include <iterator>

#include "memlog/base/swar.h"
#include "memlog/format/quick.h"

namespace memlog {

using namespace snapshot_tree_quick;

namespace {

constexpr char kHeaderBehindAlert[] = "\xf0\x9f\x93\x8a MEMORY SNAPSHOT | Operation: ";
constexpr char kHigh[] = "] \xe2\x9a\xa0\xef\xb8\x8f HIGH MEMORY: ";
constexpr char kSpike[] = "] \xe2\x9a\xa0\xef\xb8\x8f MEMORY SPIKE: ";

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

bool read_branch(Branch branch, const char* p, const char* end, Tree& tree) {
  switch (branch) {
    case kRam: return read_ram(p, end, tree);
    case kSystem: return read_system(p, end, tree);
    case kSessions: return read_sessions(p, end, tree);
    case kCache: return read_cache(p, end, tree);
    case kBranches: break;
  }
  return false;
}

}  // namespace

bool snapshot_tree_quick::take_time(const char* line, QuickState& state, std::int64_t& ns) {
  std::uint32_t second = 0;
  if (line[0] != '[' || line[11] != ' ' || !state.day(line + 1, ns) || !swar::take_clock(line + 12, second)) return false;
  ns += second * kNanosPerSecond;
  return true;
}

bool snapshot_tree_quick::begins_a_record(const char* line, QuickState& state) {
  std::int64_t unused = 0;
  const char* const behind_time = line + kTimeLength;
  return (stands(behind_time, kHeader) || stands(behind_time, kHigh) || stands(behind_time, kSpike)) && take_time(line, state, unused);
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

const char* snapshot_tree_quick::read_alert(const char* line, InFront& out) {
  const char* p = line + kTimeLength;
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

namespace {

constexpr NameId kCounterNames[6] = {name::kSessions, name::kQueue, name::kActiveDownloads, name::kCache, name::kThreads, name::kOpenFiles};

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

// From its operation on.
bool read_body(Body& out) {
  out.operation_end = swar::find_within_64(out.operation, '\n');
  if (out.operation_end == nullptr || !is_plain(out.operation, out.operation_end)) return false;
  const char* const last = read_branches(out.operation_end + 1, out.tree);
  if (last == nullptr || !stands(last, kContext)) return false;
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
  event.rss_mb = body.tree.rss / 10.0;
  if (!out.rss_only) {
    const Tree& tree = body.tree;
    event.vms_mb = tree.virtual_size / 10.0;
    event.free_percent = 100.0 - tree.used / 10.0;
    event.available_mb = tree.available / 10.0;
    Metric counters[std::size(kCounterNames)];
    for (std::size_t i = 0; i < std::size(counters); ++i) counters[i] = {kCounterNames[i], static_cast<double>(tree.counters[i])};
    event.metrics_begin = static_cast<std::uint32_t>(out.metrics.size());
    event.metrics_count = static_cast<std::uint16_t>(std::size(counters));
    out.metrics.insert(out.metrics.end(), std::begin(counters), std::end(counters));
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

// Makes the event, unless it is to be counted only. Counts its alert's line: that is another format's, and so is the record
// that it begins.
void take_tree(const char* line, std::int64_t ns, const Body& body, const InFront& in_front, NameId task, QuickState& state) {
  const std::uint8_t tree_format = state.format;
  if (in_front.alert == Alert::high) state.format = static_cast<std::uint8_t>(state.alerts_format);
  if (static_cast<std::int64_t>(body.tree.rss) <= state.sieve || !state.window.has(ns)) {
    const int lines = (in_front.alert != Alert::none ? 7 : 6) + (body.context_end[1] == '\n' ? 1 : 0);
    state.hold_recent(line, static_cast<std::uint8_t>(lines), tree_format);
    state.sifted();
  } else {
    add_event(ns, body, in_front, task, state);
    state.batch().events.back().format = state.format;
  }
  if (in_front.alert != Alert::none) state.count(1);
  state.format = tree_format;
}

const char* read_tree(const char* const line, QuickState& state) {
  std::int64_t ns = 0;
  InFront in_front;
  Body body;
  body.operation = line + kHeaderLength;
  if (!stands(line + kTimeLength, kHeader)) body.operation = read_alert(line, in_front);
  if (body.operation == nullptr || !take_time(line, state, ns) || !read_body(body)) return nullptr;
  const bool blank = body.context_end[1] == '\n';
  const char* const next = body.context_end + (blank ? 2 : 1);
  const bool follows = state.after_tree == line;
  state.after_tree = next;
  if (!follows || !begins_a_record(next, state)) return nullptr;
  if (!is_for_quick_readers(in_front, body.tree.rss, state)) return nullptr;
  QuickState::Name* const name = state.name(body.operation, body.operation_end);
  if (name == nullptr) return nullptr;
  take_tree(line, ns, body, in_front, name->id, state);

  state.count(6);
  if (blank) {
    ++state.number;
    ++state.batch().counts.lines;
    ++state.batch().counts.ignored;
  }
  return next;
}

}  // namespace

bool snapshot_tree_quick::take_checked_tree(const char* line, const Body& body, const InFront& in_front, NameId task, QuickState& state) {
  std::int64_t ns = 0;
  if (!take_time(line, state, ns) || !is_for_quick_readers(in_front, body.tree.rss, state)) return false;
  take_tree(line, ns, body, in_front, task, state);
  return true;
}

const char* quick_snapshot_tree(const char* p, const char* end, QuickState& state) {
  while (static_cast<std::size_t>(end - p) >= state.reach) {
#if MEMLOG_HAS_AVX2_CODE
    if (state.vectors() >= Vectors::avx2 && state.after_tree == p) {
      p = check_trees_avx2(p, end, state);
      if (static_cast<std::size_t>(end - p) < state.reach) break;
    }
#endif
    const char* const next = read_tree(p, state);
    if (next == nullptr) break;
    p = next;
  }
  return p;
}

}  // namespace memlog
