#include "memlog/base/decimal.h"
#include "memlog/base/text.h"
#include "memlog/format/format.h"

// The same bot's memory_debug.log, which survives crashes: periodic snapshots, garbage collections, critical blocks and
// restart banners around the trees of snapshot_tree. Every write has its own `[time] `, a write of several lines only
// on the first. The newest writer is compact and in whole MB: `[time] High memory: 443MB - Session Created`.
namespace memlog {

namespace {

using detail::add;
using detail::part_from;

// `405.1 MB (Container: 470.2 MB)`: with a container's figure that equals the first one, the first is no RSS.
void take_reading(std::string_view& s, double first, Event& event) {
  event.rss_mb = first;
  std::string_view rest = s;
  if (consume(rest, " / ")) {
    if (const auto limit = take_decimal_with(rest, "MB")) {
      event.limit_mb = *limit;
      s = rest;
    }
  }
  rest = s;
  if (!consume(rest, " (Container:")) return;
  const auto container = take_decimal_with(rest, "MB");
  if (!container) return;
  event.container_mb = *container;
  if (*container == first) event.rss_mb = kMissing;
  s = rest;
}

Parsed parse_reading(const Line& line, std::string_view s, Part part, EventBatch& out) {
  const std::string_view number = s;
  const auto value = take_decimal_with(s, "MB");
  if (!value) return detail::malformed(line, number, "a number and MB", out);
  Event event = part_from(line, part, out);
  if (part == Part::periodic) event.task = out.names.intern("Periodic Check");
  take_reading(s, *value, event);
  return add(event, out);
}

Parsed parse_gc_trigger(const Line& line, std::string_view s, EventBatch& out) {
  const std::string_view number = s;
  const auto before = take_decimal_with(s, "MB");
  if (!before) return detail::malformed(line, number, "a number and MB after 'triggered at'", out);
  Event event = part_from(line, Part::gc_trigger, out);
  out.add_metric(event, name::kGcBeforeMb, *before);
  return add(event, out);
}

// `145 objects, freed 15.3 MB → now 416.8 MB`
Parsed parse_gc_result(const Line& line, std::string_view s, EventBatch& out) {
  const auto objects = take_decimal(s, true);
  if (!objects || !consume(s, " objects, freed")) return Parsed::nothing;
  const std::string_view number = s;
  const auto freed = take_decimal_with(s, "MB");
  if (!freed) return detail::malformed(line, number, "a number and MB after 'freed'", out);
  Event event = part_from(line, Part::gc_result, out);
  event.delta_mb = -*freed;
  out.add_metric(event, name::kGcCollected, *objects);
  out.add_metric(event, name::kGcFreedMb, *freed);
  if (const auto now = s.find("now "); now != std::string_view::npos) {
    s.remove_prefix(now + 4);
    if (const auto after = take_decimal_with(s, "MB")) out.add_metric(event, name::kGcAfterMb, *after);
  }
  return add(event, out);
}

// `Session Created - User 12345`: the operation ends at the first " - ".
Parsed parse_cause(const Line& line, std::string_view s, EventBatch& out) {
  Event event = part_from(line, Part::caused_by, out);
  event.task = out.names.intern(trim(take_until(s, " - ")));
  event.context = out.add_text(trim(s));
  return add(event, out);
}

// `Container: 498.7 MB (RSS: 410.0 MB + Cache: 88.7 MB) | Sessions: 4 | …`
Parsed parse_container(const Line& line, std::string_view s, EventBatch& out) {
  const auto total = take_decimal_with(s, "MB");
  if (!total) return Parsed::nothing;
  Event event = part_from(line, Part::counters, out);
  event.container_mb = *total;
  if (consume(s, " (RSS:")) {
    if (const auto rss = take_decimal_with(s, "MB")) event.rss_mb = *rss;
  }
  if (consume(s, " + Cache:")) {
    if (const auto cache = take_decimal_with(s, "MB")) out.add_metric(event, name::kPageCacheMb, *cache);
  }
  if (const auto bar = s.find("| "); bar != std::string_view::npos) detail::take_counters(s.substr(bar + 2), event, out);
  return add(event, out);
}

// `TITLE - Telegram Bot on Render 512MB Plan`: the plan states the limit.
Parsed parse_title(const Line& line, std::string_view s, EventBatch& out) {
  Event event = part_from(line, Part::header_title, out);
  for (std::size_t at = 0; at < s.size(); ++at) {
    if (!is_digit(s[at])) continue;
    std::string_view number = s.substr(at);
    if (const auto mb = take_decimal_with(number, "MB"); mb && number.starts_with(" Plan")) {
      event.limit_mb = *mb;
      break;
    }
    while (at < s.size() && is_digit(s[at])) ++at;
  }
  return add(event, out);
}

Parsed parse_start(const Line& line, std::string_view s, Part part, EventBatch& out) {
  const auto time = take_timestamp(s);
  if (!time) return part == Part::restarted ? detail::malformed(line, s, "a date and time after 'at'", out) : Parsed::nothing;
  Event event = part_from(line, part, out);
  event.time = *time;
  event.flags = static_cast<std::uint16_t>(event.flags & ~flag::kPlatformTime);
  return add(event, out);
}

// The compact writer: `494MB - Sessions:7 DLs:1 - Session Created`, `+51MB - T`, `443MB - T`, `448MB - auto GC`.
Parsed parse_compact(const Line& line, std::string_view s, Alert alert, std::string_view task, EventBatch& out) {
  std::string_view rest = s;
  const auto value = take_decimal(rest);
  if (!value || !consume(rest, "MB")) return Parsed::nothing;
  Event event = part_from(line, Part::compact, out);
  event.alert = alert;
  (alert == Alert::spike ? event.delta_mb : event.rss_mb) = *value;
  consume(rest, " - ");
  if (rest.starts_with("Sessions:")) {
    std::string_view counters = take_until(rest, " - ");
    while (!counters.empty()) {
      std::string_view pair = take_until(counters, " ");
      const std::string_view label = take_until(pair, ":");
      const auto count = take_decimal(pair);
      if (!count) continue;
      if (label == "Sessions") out.add_metric(event, name::kSessions, *count);
      else if (label == "DLs") out.add_metric(event, name::kActiveDownloads, *count);
      else if (label == "Queue") out.add_metric(event, name::kQueue, *count);
    }
  }
  if (!task.empty()) event.context = out.add_text(rest);
  event.task = out.names.intern(task.empty() ? trim(rest) : task);
  return add(event, out);
}

Parsed parse_words(const Line& line, std::string_view body, EventBatch& out) {
  std::string_view s = body;
  switch (s.front()) {
    case 'P':
      if (consume(s, "Periodic Snapshot: ")) return parse_reading(line, s, Part::periodic, out);
      if (consume(s, "Periodic Snapshot (High Memory): ")) return parse_reading(line, s, Part::periodic, out);
      if (line.prefixed && consume(s, "Periodic: ")) return parse_compact(line, s, Alert::none, "Periodic Check", out);
      if (s.starts_with("Previous session may have crashed")) {
        Event event = part_from(line, Part::restart_notice, out);
        return add(event, out);
      }
      return Parsed::nothing;
    case 'H':
      if (consume(s, "HIGH MEMORY: ")) return parse_reading(line, s, Part::alert_high, out);
      if (consume(s, "High memory caused by: ")) return parse_cause(line, s, out);
      if (line.prefixed && consume(s, "High memory: ")) return parse_compact(line, s, Alert::high, {}, out);
      return Parsed::nothing;
    case 'M':
      if (consume(s, "Memory spike caused by: ")) return parse_cause(line, s, out);
      if (line.prefixed && consume(s, "Memory spike: ")) return parse_compact(line, s, Alert::spike, {}, out);
      if (consume(s, "MEMORY DEBUG LOG")) return parse_title(line, s, out);
      return Parsed::nothing;
    case 'A': return consume(s, "Auto GC triggered at ") ? parse_gc_trigger(line, s, out) : Parsed::nothing;
    case 'C':
      if (consume(s, "Collected ")) return parse_gc_result(line, s, out);
      if (consume(s, "CRITICAL MEMORY - CRASH IMMINENT: ")) return parse_reading(line, s, Part::critical_memory, out);
      if (line.prefixed && consume(s, "CRITICAL: ")) return parse_compact(line, s, Alert::critical, {}, out);
      if (consume(s, "Container: ")) return parse_container(line, s, out);
      if (consume(s, "Current Operation: ")) {
        Event event = part_from(line, Part::current_operation, out);
        event.task = out.names.intern(trim(s));
        return add(event, out);
      }
      return Parsed::nothing;
    case 'B': return consume(s, "BOT RESTARTED at ") ? parse_start(line, s, Part::restarted, out) : Parsed::nothing;
    case 'S': return consume(s, "Started: ") ? parse_start(line, s, Part::header_started, out) : Parsed::nothing;
    case '/':
      if (s.starts_with("/memory-debug accessed")) {
        Event event = part_from(line, Part::debug_access, out);
        event.task = name::kMemoryDebug;
        return add(event, out);
      }
      if (line.prefixed && consume(s, "/memory-debug: ")) return parse_compact(line, s, Alert::none, "/memory-debug", out);
      return Parsed::nothing;
    default: return Parsed::nothing;
  }
}

// A row of sirens, whole or wrongly decoded: nothing but decoration after a time.
bool is_row_of_sirens(const Line& line, std::string_view body) {
  return line.prefixed && body.empty() && line.message.size() >= 10 && is_decorated(line.message);
}

Parsed parse(const Line& line, EventBatch& out) {
  const std::string_view body = skip_decoration(line.message);
  if (is_row_of_sirens(line, body)) {
    Event event = part_from(line, Part::sirens, out);
    return add(event, out);
  }
  if (body.empty()) return Parsed::nothing;
  if (body.front() == '-' && line.prefixed && is_row_of(trim_right(body), '-', 20)) {
    Event event = part_from(line, Part::rule, out);
    return add(event, out);
  }
  return parse_words(line, body, out);
}

}  // namespace

extern const Format memory_debug = {
    "memory_debug", "a Telegram bot's memory_debug.log: periodic snapshots, critical blocks, restarts", "",
    "[2025-10-27 14:35:22] 📊 Periodic Snapshot: 145.3 MB", parse, "snapshot_tree"};

}  // namespace memlog
