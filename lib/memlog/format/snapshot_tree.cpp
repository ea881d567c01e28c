#include "memlog/base/decimal.h"
#include "memlog/base/text.h"
#include "memlog/format/format.h"
#include "memlog/format/snapshot_tree_quick.h"

// The snapshots of a Telegram bot on a 512 MB host, as its logger writes them, and the alerts, lists of operations and
// measured operations around them:
//
//   📊 MEMORY SNAPSHOT | Operation: Download Started
//   ├─ RAM Usage: 287.5 MB (Virtual: 1024.3 MB)
//   ├─ System: 56.2% used (223.8 MB available)
//   ├─ Sessions: 2 | Queue: 0 | Active DLs: 1
//   └─ Context: User 12345 | Active: 1
namespace memlog {

namespace {

using detail::add;
using detail::part_from;

// `+75.3 MB increase!`: the change of a spike.
Parsed parse_spike(const Line& line, std::string_view s, EventBatch& out) {
  const std::string_view number = s;
  const auto delta = take_decimal_with(s, "MB");
  if (!delta) return detail::malformed(line, number, "a number and MB after 'SPIKE'", out);
  Event event = part_from(line, Part::alert_spike, out);
  event.delta_mb = *delta;
  return add(event, out);
}

// `498.7 MB / 512 MB`: an alert's reading and the limit.
Parsed parse_alert(const Line& line, std::string_view s, Part part, EventBatch& out) {
  const std::string_view number = s;
  const auto value = take_decimal_with(s, "MB");
  if (!value) return detail::malformed(line, number, "a number and MB in an alert", out);
  Event event = part_from(line, part, out);
  event.rss_mb = *value;
  if (consume(s, " / ")) {
    if (const auto limit = take_decimal_with(s, "MB")) event.limit_mb = *limit;
  }
  return add(event, out);
}

// `RAM Usage: 287.5 MB (Virtual: 1024.3 MB)`
Parsed parse_ram(const Line& line, std::string_view s, EventBatch& out) {
  const std::string_view number = s;
  const auto rss = take_decimal_with(s, "MB");
  if (!rss || *rss < 0) {
    return is_decorated(line.message) ? detail::malformed(line, number, "a number and MB after 'RAM Usage:'", out) : Parsed::nothing;
  }
  Event event = part_from(line, Part::tree_ram, out);
  event.rss_mb = *rss;
  if (consume(s, " (Virtual:")) {
    if (const auto vms = take_decimal_with(s, "MB")) event.vms_mb = *vms;
  }
  return add(event, out);
}

// `Container Total: 401.2 MB (Process: 287.5 MB + Page Cache: 113.7 MB)`
Parsed parse_container(const Line& line, std::string_view s, EventBatch& out) {
  const std::string_view number = s;
  const auto total = take_decimal_with(s, "MB");
  if (!total) return detail::malformed(line, number, "a number and MB after 'Container Total:'", out);
  Event event = part_from(line, Part::tree_container, out);
  event.container_mb = *total;
  const auto cache = s.find("Page Cache:");
  if (cache != std::string_view::npos) {
    s.remove_prefix(cache + 11);
    if (const auto mb = take_decimal_with(s, "MB")) out.add_metric(event, name::kPageCacheMb, *mb);
  }
  return add(event, out);
}

// `System: 56.2% used (223.8 MB available)`
Parsed parse_system(const Line& line, std::string_view s, EventBatch& out) {
  const auto used = take_decimal_with(s, "% used");
  if (!used) return Parsed::nothing;
  Event event = part_from(line, Part::tree_system, out);
  event.free_percent = 100.0 - *used;
  if (consume(s, " (")) {
    if (const auto available = take_decimal_with(s, "MB")) event.available_mb = *available;
  }
  return add(event, out);
}

// `Sessions: 2 | Queue: 0 | Active DLs: 1`, as a line of a tree or of a critical or periodic block.
Parsed parse_counters(const Line& line, std::string_view body, EventBatch& out) {
  Event event = part_from(line, is_decorated(line.message) ? Part::tree_counters : Part::counters, out);
  if (detail::take_counters(body, event, out) == 0) return Parsed::nothing;
  return add(event, out);
}

// `1. [10:15:23] Session Created - 150.2 MB - User 123`: the operation and its context may be empty or hold " - ".
Parsed parse_list_entry(const Line& line, std::string_view s, EventBatch& out) {
  std::string_view rest = s;
  if (!take_integer(rest) || !consume(rest, ". [")) return Parsed::nothing;
  std::uint8_t digits = 0;
  const auto of_day = take_time_of_day(rest, digits);
  if (!of_day || !consume(rest, "] ")) return Parsed::nothing;
  for (std::size_t at = rest.find("- "); at != std::string_view::npos; at = rest.find("- ", at + 1)) {
    if (at > 0 && rest[at - 1] != ' ') continue;
    std::string_view number = rest.substr(at + 2);
    const auto mb = take_decimal_with(number, "MB");
    if (!mb || !(consume(number, " -") || number.empty())) continue;
    Event event = part_from(line, Part::list_entry, out);
    event.task = out.names.intern(trim(rest.substr(0, at)));
    event.rss_mb = *mb;
    event.delta_mb = static_cast<double>(*of_day) / 1e9;
    event.context = out.add_text(trim(number));
    return add(event, out);
  }
  return detail::malformed(line, rest, "' - N MB - ' in a list of operations", out);
}

// `T | Memory: 150.2 MB | Context: …`
Parsed parse_start(const Line& line, std::string_view s, EventBatch& out) {
  constexpr std::string_view kMemory = " | Memory: ";
  const auto at = s.find(kMemory);
  if (at == std::string_view::npos) return Parsed::nothing;
  std::string_view rest = s.substr(at + kMemory.size());
  const std::string_view number = rest;
  const auto rss = take_decimal_with(rest, "MB");
  if (!rss || *rss < 0) return detail::malformed(line, number, "a number and MB after 'Memory:'", out);
  Event event = part_from(line, Part::operation_start, out);
  event.task = out.names.intern(s.substr(0, at));
  event.rss_mb = *rss;
  if (consume(rest, " | Context:")) event.context = out.add_text(trim(rest));
  return add(event, out);
}

// `Memory After: 423.8 MB` and its like.
Parsed parse_memory(const Line& line, std::string_view s, Part part, EventBatch& out) {
  const std::string_view number = s;
  const auto mb = take_decimal_with(s, "MB");
  if (!mb) return detail::malformed(line, number, "a number and MB", out);
  Event event = part_from(line, part, out);
  (part == Part::memory_change ? event.delta_mb : event.rss_mb) = *mb;
  return add(event, out);
}

// `613 objects. Memory: 406.9 MB → 407.4 MB (freed -0.5 MB)`
Parsed parse_gc(const Line& line, std::string_view s, EventBatch& out) {
  const auto objects = take_decimal(s, true);
  if (!objects || !consume(s, " objects. Memory: ")) return Parsed::nothing;
  const std::string_view number = s;
  const auto before = take_decimal_with(s, "MB");
  if (!before) return detail::malformed(line, number, "a number and MB after 'Memory:'", out);
  Event event = detail::event_from(line, EventKind::gc, out);
  out.add_metric(event, name::kGcCollected, *objects);
  out.add_metric(event, name::kGcBeforeMb, *before);
  while (!s.empty() && !is_digit(s.front())) s.remove_prefix(1);  // the arrow, however it arrived
  if (const auto after = take_decimal_with(s, "MB")) out.add_metric(event, name::kGcAfterMb, *after);
  if (consume(s, " (freed")) {
    if (const auto freed = take_decimal_with(s, "MB")) {
      out.add_metric(event, name::kGcFreedMb, *freed);
      event.delta_mb = -*freed;
    }
  }
  return add(event, out);
}

// `Session Created | User 123 - Total sessions: 1 | Memory: 150.2 MB`: a name or pairs, then the memory.
Parsed parse_general(const Line& line, std::string_view s, EventBatch& out) {
  constexpr std::string_view kMemory = "| Memory: ";
  const auto at = s.find(kMemory);
  if (at == std::string_view::npos || at < 2) return Parsed::nothing;
  std::string_view number = s.substr(at + kMemory.size());
  const auto rss = take_decimal_with(number, "MB");
  if (!rss || *rss < 0) return Parsed::nothing;
  Event event = detail::event_from(line, EventKind::snapshot, out);
  event.rss_mb = *rss;
  std::string_view head = trim(s.substr(0, at));
  detail::take_counters(head, event, out);
  const std::string_view first = trim(take_until(head, "|"));
  const auto colon = first.rfind(": ");
  std::string_view value = colon == std::string_view::npos ? std::string_view{} : first.substr(colon + 2);
  const bool pair = colon != std::string_view::npos && take_decimal(value, true) && value.empty();
  if (!pair) {
    event.task = out.names.intern(first);
    event.context = out.add_text(trim(head));
  }
  return add(event, out);
}

Parsed parse_words(const Line& line, std::string_view body, EventBatch& out) {
  std::string_view s = body;
  switch (s.front()) {
    case 'M':
      if (consume(s, "MEMORY SNAPSHOT")) {
        Event event = part_from(line, Part::tree_header, out);
        if (consume(s, " | Operation:")) event.task = out.names.intern(trim(s));  // else the line was cut
        return add(event, out);
      }
      if (consume(s, "MEMORY SPIKE DETECTED: ") || consume(s, "MEMORY SPIKE: ")) return parse_spike(line, s, out);
      if (consume(s, "Memory Before: ")) return parse_memory(line, s, Part::memory_before, out);
      if (consume(s, "Memory After: ")) return parse_memory(line, s, Part::memory_after, out);
      if (consume(s, "Memory Change: ")) return parse_memory(line, s, Part::memory_change, out);
      if (consume(s, "Memory at error: ")) return parse_memory(line, s, Part::memory_at_error, out);
      if (s.starts_with("Memory above threshold, forcing garbage collection")) {
        Event event = part_from(line, Part::gc_notice, out);
        return add(event, out);
      }
      break;
    case 'R':
      if (consume(s, "RAM Usage: ")) return parse_ram(line, s, out);
      if (s.starts_with("Recent operations")) {
        Event event = part_from(line, Part::list_header, out);
        return add(event, out);
      }
      break;
    case 'C':
      if (consume(s, "Container Total: ")) return parse_container(line, s, out);
      if (consume(s, "Context:")) {
        if (line.prefixed) break;
        Event event = part_from(line, Part::context, out);
        event.context = out.add_text(trim(s));
        return add(event, out);
      }
      if (consume(s, "CRITICAL: CRASH IMMINENT! ")) return parse_alert(line, s, Part::alert_critical, out);
      if (s.starts_with("Cache: ") && !line.prefixed) return parse_counters(line, body, out);
      if (consume(s, "COMPLETE: ") && (line.prefixed || is_decorated(line.message))) {
        Event event = part_from(line, Part::operation_complete, out);
        event.task = out.names.intern(trim(s));
        return add(event, out);
      }
      break;
    case 'S':
      if (consume(s, "System: ")) return parse_system(line, s, out);
      if (s.starts_with("Sessions: ") && s.find("| Memory: ") == std::string_view::npos) return parse_counters(line, body, out);
      if (consume(s, "START: ")) return parse_start(line, s, out);
      // Many programs have a status: only the assembler knows whether it ends a block.
      if (consume(s, "Status: ") && !line.prefixed) {
        Event event = part_from(line, Part::tree_status, out);
        event.context = out.add_text(trim(skip_decoration(s)));
        return add(event, out);
      }
      if (s.starts_with("Significant memory change (")) {
        Event event = part_from(line, Part::gc_notice, out);
        return add(event, out);
      }
      break;
    case 'T':
      if (s.starts_with("Threads: ") && !line.prefixed) return parse_counters(line, body, out);
      break;
    case 'H':
      if (consume(s, "HIGH MEMORY USAGE: ")) {
        std::string_view number = s;
        if (!take_decimal(number) || number.starts_with("%")) return Parsed::nothing;
        return parse_alert(line, s, Part::alert_high, out);
      }
      break;
    case 'L':
      if (s.starts_with("Last ") && s.find(" operations before crash") != std::string_view::npos) {
        Event event = part_from(line, Part::list_header, out);
        return add(event, out);
      }
      break;
    case 'E':
      if (consume(s, "ERROR in ") && (line.prefixed || is_decorated(line.message))) {
        std::string_view task = take_until(s, ": ");
        if (s.empty() && task.ends_with(':')) task.remove_suffix(1);  // an exception without a message
        Event event = part_from(line, Part::operation_error, out);
        event.task = out.names.intern(trim(task));
        event.context = out.add_text(trim(s));
        return add(event, out);
      }
      break;
    case 'G':
      if (consume(s, "GC collected ")) return parse_gc(line, s, out);
      break;
    case 'F':
      if (s.starts_with("Found existing memory log")) {
        Event event = part_from(line, Part::found_existing, out);
        return add(event, out);
      }
      break;
    default: break;
  }
  return Parsed::nothing;
}

Parsed parse(const Line& line, EventBatch& out) {
  const std::string_view body = skip_decoration(line.message);
  if (body.empty()) return Parsed::nothing;
  if (is_digit(body.front())) {
    const Parsed entry = parse_list_entry(line, body, out);
    if (entry != Parsed::nothing) return entry;
  } else {
    const Parsed parsed = parse_words(line, body, out);
    if (parsed != Parsed::nothing) return parsed;
  }
  return parse_general(line, body, out);
}

}  // namespace

extern const Format snapshot_tree = {
    "snapshot_tree", "snapshots as a small tree with counters, alerts and lists of operations", "",
    "📊 MEMORY SNAPSHOT | Operation: Download Started", parse, {}, quick_snapshot_tree, "["};

}  // namespace memlog
