#include <string>

#include "memlog/base/decimal.h"
#include "memlog/base/text.h"
#include "memlog/format/format.h"

// A trading bot's 24-hour memory report, its alerts, and its snapshots at DEBUG level:
//
//   24-HOUR MEMORY USAGE REPORT
//     Current: 245.3 MB
//     ✅ prices: 8234/10000 (82.3% full)
//   ⚠️ HIGH MEMORY USAGE: 85.0% (RSS: 245.3 MB, Available: 1200.0 MB)
//   Memory snapshot: 101.0 MB RSS, 50.0% system usage
namespace memlog {

namespace {

using detail::add;
using detail::part_from;

// A deque's name is the log's own, blanks and all: `order_book_snapshots [L2]`.
NameId metric(std::string_view prefix, std::string_view name, EventBatch& out) {
  std::string text(prefix);
  for (const char c : name) text += static_cast<unsigned char>(c) < ' ' ? '_' : c;
  const NameId known = out.names.find(text);
  return known != kNoName ? known : out.names.intern(out.arena.add(text));
}

// A number of the report as a metric of it. The words are common ones, so other text behind them is somebody else's.
Parsed parse_number(const Line& line, std::string_view s, std::string_view name, std::string_view unit, EventBatch& out) {
  const auto value = unit.empty() ? take_decimal(s, true) : take_decimal_with(s, unit);
  if (!value) return Parsed::nothing;
  Event event = part_from(line, Part::report_number, out);
  out.add_metric(event, metric("", name, out), *value);
  return add(event, out);
}

// `prices: 8234/10000 (82.3% full)`; a limit of 0 means none.
Parsed parse_deque(const Line& line, std::string_view s, EventBatch& out) {
  if (!s.ends_with("% full)")) return Parsed::nothing;
  const auto open = s.rfind(" (");
  if (open == std::string_view::npos) return Parsed::nothing;
  std::string_view head = s.substr(0, open);
  const auto colon = head.rfind(": ");
  if (colon == std::string_view::npos) return Parsed::nothing;
  std::string_view numbers = head.substr(colon + 2);
  const auto size = take_decimal(numbers);
  if (!size || !consume(numbers, "/")) return Parsed::nothing;
  const auto limit = take_decimal(numbers);
  if (!limit || !numbers.empty()) return Parsed::nothing;
  const std::string_view name = head.substr(0, colon);
  Event event = part_from(line, Part::report_number, out);
  out.add_metric(event, metric("deque.", name, out), *size);
  out.add_metric(event, metric("deque_limit.", name, out), *limit);
  return add(event, out);
}

// `85.0% (RSS: 245.3 MB, Available: 1200.0 MB)`: the percentage is the system's.
Parsed parse_alert(const Line& line, std::string_view s, EventBatch& out) {
  const auto used = take_decimal_with(s, "% (RSS:");
  if (!used) return Parsed::nothing;
  const std::string_view number = s;
  const auto rss = take_decimal_with(s, "MB");
  if (!rss || *rss < 0) return detail::malformed(line, number, "a number and MB after 'RSS:'", out);
  Event event = part_from(line, Part::usage_alert, out);
  event.rss_mb = *rss;
  event.free_percent = 100.0 - *used;
  if (consume(s, ", Available:")) {
    if (const auto available = take_decimal_with(s, "MB")) event.available_mb = *available;
  }
  return add(event, out);
}

Parsed parse_snapshot(const Line& line, std::string_view s, EventBatch& out) {
  const std::string_view number = s;
  const auto rss = take_decimal_with(s, "MB RSS");
  if (!rss || *rss < 0) return detail::malformed(line, number, "a number and 'MB RSS'", out);
  Event event = part_from(line, Part::usage_snapshot, out);
  event.rss_mb = *rss;
  if (consume(s, ", ")) {
    if (const auto used = take_decimal_with(s, "% system")) event.free_percent = 100.0 - *used;
  }
  return add(event, out);
}

// `123 objects, 4.56 MB freed`
Parsed parse_gc(const Line& line, std::string_view s, EventBatch& out) {
  const auto objects = take_decimal(s, true);
  if (!objects || !consume(s, " objects")) return Parsed::nothing;
  Event event = detail::event_from(line, EventKind::gc, out);
  out.add_metric(event, name::kGcCollected, *objects);
  if (consume(s, ", ")) {
    const std::string_view number = s;
    const auto freed = take_decimal_with(s, "MB");
    if (!freed) return detail::malformed(line, number, "a number and MB freed", out);
    out.add_metric(event, name::kGcFreedMb, *freed);
    event.delta_mb = -*freed;
  }
  return add(event, out);
}

Parsed plain(const Line& line, Part part, std::string_view context, EventBatch& out) {
  Event event = part_from(line, part, out);
  event.context = out.add_text(context);
  return add(event, out);
}

Parsed parse(const Line& line, EventBatch& out) {
  const std::string_view body = skip_decoration(line.message);
  if (body.empty()) {
    if (!line.prefixed || !line.time.known() || !line.message.empty()) return Parsed::nothing;
    Event lead = part_from(line, Part::report_lead, out);
    return add(lead, out, Parsed::note);
  }
  std::string_view s = body;
  switch (s.front()) {
    case '2': return s == "24-HOUR MEMORY USAGE REPORT" ? plain(line, Part::report_title, {}, out) : Parsed::nothing;
    case 'H':
      if (consume(s, "HIGH MEMORY USAGE: ")) return parse_alert(line, s, out);
      break;
    case 'M':
      if (line.prefixed && consume(s, "Memory snapshot: ")) return parse_snapshot(line, s, out);
      if (line.prefixed && s.starts_with("Memory leak detected! Growth: ")) return plain(line, Part::report_warning, body, out);
      if (line.prefixed) return Parsed::nothing;
      if (consume(s, "Min: ")) return parse_number(line, s, "min_mb", "MB", out);
      if (consume(s, "Max: ")) return parse_number(line, s, "max_mb", "MB", out);
      if (s == "MEMORY USAGE:" || s == "MEMORY LEAK DETECTION:") return plain(line, Part::report_details, {}, out);
      break;
    case 'G':
      if (consume(s, "Garbage collection: ")) return parse_gc(line, s, out);
      if (!line.prefixed && consume(s, "Growth rate: ")) return parse_number(line, s, "growth_rate_mb_per_hour", "MB/hour", out);
      break;
    case 'C':
      if (line.prefixed || !consume(s, "Current: ")) break;
      if (std::string_view number = s; const auto current = take_decimal_with(number, "MB")) {
        Event event = part_from(line, Part::report_current, out);
        event.rss_mb = *current;
        return add(event, out);
      }
      break;
    case 'A':
      if (!line.prefixed && consume(s, "Average: ")) return parse_number(line, s, "average_mb", "MB", out);
      if (!line.prefixed && s.starts_with("All deques within limits")) return plain(line, Part::report_details, {}, out);
      break;
    case 'S':
      if (!line.prefixed && consume(s, "Samples: ")) return parse_number(line, s, "samples", "", out);
      if (!line.prefixed && s.starts_with("Some deques exceeded limits")) return plain(line, Part::report_details, {}, out);
      break;
    case 'T':
      if (!line.prefixed && consume(s, "Total growth: ")) return parse_number(line, s, "total_growth_mb", "MB", out);
      break;
    case 'N':
      if (!line.prefixed && s == "No leak detected") return plain(line, Part::report_verdict, body, out);
      if (!line.prefixed && s == "No deques tracked") return plain(line, Part::report_details, {}, out);
      break;
    case 'L':
      if (!line.prefixed && s.starts_with("LEAK DETECTED (confidence: ")) return plain(line, Part::report_verdict, body, out);
      break;
    case 'D':
      if (!line.prefixed && s.starts_with("Details: ")) return plain(line, Part::report_details, body, out);
      if (!line.prefixed && s == "DEQUE SIZE LIMITS:") return plain(line, Part::report_details, {}, out);
      if (line.prefixed && s.starts_with("Deque '")) return plain(line, Part::report_warning, body, out);
      break;
    default: break;
  }
  return line.prefixed ? Parsed::nothing : parse_deque(line, body, out);
}

}  // namespace

extern const Format usage_report = {
    "usage_report", "a trading bot's 24-hour memory report, its alerts and DEBUG snapshots", "",
    "2026-04-21 16:20:14 - src.memory_monitor - WARNING - ⚠️ HIGH MEMORY USAGE: 81.7% (RSS: 280.9 MB, Available: 714.5 MB)", parse};

}  // namespace memlog
