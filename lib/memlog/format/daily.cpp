#include "memlog/base/decimal.h"
#include "memlog/base/text.h"
#include "memlog/format/format.h"
#include "memlog/format/daily_quick.h"

// One sample a line with the task that runs, as a NationStates bot writes it into logs/memory_YYYYMMDD.log:
//
//   2025-11-16 08:34:15 --- [Nations Dump Processing] | RSS:  598.4 MB | VMS:  812.7 MB | System Available:  725.3 MB (35.6% free)
//
// `>>> TASK START [..]` starts a task, `<<< TASK END [..]` ends the one that is open, `---` is a sample in between.
namespace memlog {

namespace {

// Which of the three marks a line carries, and what stands behind it.
bool take_mark(std::string_view& s, EventKind& kind) {
  if (consume(s, "--- ")) {
    kind = EventKind::sample;
    return true;
  }
  if (consume(s, ">>> ")) {
    consume(s, "TASK START ");
    kind = EventKind::task_start;
    return true;
  }
  if (consume(s, "<<< ")) {
    consume(s, "TASK END ");
    kind = EventKind::task_end;
    return true;
  }
  return false;
}

// `| VMS: … MB | System Available: … MB (…% free)`, as far as it goes: people paste abridged lines.
void take_rest(std::string_view s, Event& event) {
  s = trim_left(s);
  if (consume(s, "| VMS:")) {
    const auto vms = take_decimal_with(s, "MB");
    if (!vms) return;
    event.vms_mb = *vms;
    s = trim_left(s);
  }
  if (!consume(s, "| System Available:")) return;
  const auto available = take_decimal_with(s, "MB");
  if (!available) return;
  event.available_mb = *available;
  if (!consume(s, " (")) return;
  if (const auto free = take_decimal_with(s, "% free")) event.free_percent = *free;
}

// `2025-13-07 24:61:50 --- [Nations] | RSS: …`: all of the line but a date or a time that there is not.
bool has_impossible_time(std::string_view s) {
  constexpr std::string_view kShape = "0000-00-00 00:00:00 ";
  if (s.size() < kShape.size()) return false;
  for (std::size_t i = 0; i < kShape.size(); ++i) {
    if (kShape[i] == '0' ? !is_digit(s[i]) : s[i] != kShape[i]) return false;
  }
  std::string_view time = s;
  if (take_timestamp(time)) return false;
  s.remove_prefix(kShape.size());
  EventKind kind = EventKind::sample;
  if (!take_mark(s, kind) || s.empty() || s.front() != '[') return false;
  constexpr std::string_view kAnchor = "] | RSS:";
  const auto anchor = s.find(kAnchor);
  if (anchor == std::string_view::npos) return false;
  s.remove_prefix(anchor + kAnchor.size());
  return take_decimal_with(s, "MB").has_value();
}

Parsed parse(const Line& line, EventBatch& out) {
  std::string_view s = line.message;
  if (is_digit(s.front())) return has_impossible_time(s) ? detail::malformed(line, s, "a date and time that exist", out) : Parsed::nothing;
  EventKind kind = EventKind::sample;
  const bool marked = take_mark(s, kind);
  if (s.empty() || s.front() != '[') return Parsed::nothing;
  // A label may hold `]`, `|` and even `RSS: 12.0 MB`: only `] | RSS:` ends it, and the last one of them does.
  constexpr std::string_view kAnchor = "] | RSS:";
  const auto anchor = s.rfind(kAnchor);
  if (anchor == std::string_view::npos) {
    if (!marked || !line.time.known()) return Parsed::nothing;
    return detail::malformed(line, s.substr(s.size()), "'] | RSS:' after the task", out);
  }
  std::string_view number = s.substr(anchor + kAnchor.size());
  if (!line.time.known()) return Parsed::nothing;
  const auto rss = take_decimal_with(number, "MB");
  if (!rss || *rss < 0) return detail::malformed(line, trim_left(s.substr(anchor + kAnchor.size())), "a number and MB after 'RSS:'", out);

  const std::string_view label = s.substr(1, anchor - 1);
  const std::uint8_t facts = daily_label::facts_of(label);
  Event event = detail::event_from(line, daily_label::kind_of(kind, facts), out);
  event.task = out.names.intern(label);
  event.rss_mb = *rss;
  take_rest(number, event);
  event.flags |= daily_label::flags_of(kind, facts);
  return detail::add(event, out);
}

}  // namespace

extern const Format daily = {
    "daily", "one RSS/VMS sample a line, with task starts and ends", "<>-[0123456789",
    "2025-11-16 08:34:15 --- [Nations Dump Processing] | RSS:  598.4 MB | VMS:  812.7 MB | System Available:  725.3 MB (35.6% free)",
    parse, {}, quick_daily, "0123456789"};

}  // namespace memlog
