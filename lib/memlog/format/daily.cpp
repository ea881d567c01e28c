#include "memlog/base/decimal.h"
#include "memlog/base/swar.h"
#include "memlog/base/text.h"
#include "memlog/format/format.h"
#include "memlog/format/quick.h"

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

// The label names the outcome of what it ends.
bool names_a_failure(std::string_view label) {
  for (const std::string_view word : {"Error", "Failed", "Failure", "Aborted", "Crashed", "Timeout"}) {
    if (label.size() >= word.size() && label.substr(label.size() - word.size() + 1) == word.substr(1) &&
        to_lower(label[label.size() - word.size()]) == to_lower(word.front())) {
      return true;
    }
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

Parsed parse(const Line& line, EventBatch& out) {
  std::string_view s = line.message;
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
  if (kind == EventKind::task_end && names_a_failure(label)) kind = EventKind::task_failed;
  Event event = detail::event_from(line, kind, out);
  event.task = out.names.intern(label);
  event.rss_mb = *rss;
  take_rest(number, event);
  if (kind == EventKind::sample) {
    if (label == "Bot Started") event.flags |= flag::kBoot;
    if (label == "Bot Shutting Down") event.flags |= flag::kShutdown;
  }
  return detail::add(event, out);
}

// What a label says beyond its text.
enum : std::uint8_t { kFails = 1, kBoots = 2, kShutsDown = 4 };

std::uint8_t facts_of(std::string_view label) {
  if (label == "Bot Started") return kBoots;
  if (label == "Bot Shutting Down") return kShutsDown;
  return names_a_failure(label) ? kFails : 0;
}

// The mark between time and label, as the bot writes it.
bool take_quick_mark(const char*& p, EventKind& kind) {
  if (swar::at(p, " --- [")) {
    kind = EventKind::sample;
    p += 6;
    return true;
  }
  if (swar::at(p, " >>> TAS") && swar::at(p + 8, "K START ") && p[16] == '[') {
    kind = EventKind::task_start;
    p += 17;
    return true;
  }
  if (swar::at(p, " <<< TAS") && swar::at(p + 7, "SK END [")) {
    kind = EventKind::task_end;
    p += 15;
    return true;
  }
  return false;
}

const char* quick(const char* const line, QuickState& state) {
  std::int64_t day = 0;
  std::uint32_t second = 0;
  if (line[10] != ' ' || !state.day(line, day) || !swar::take_clock(line + 11, second)) return nullptr;
  const char* p = line + 19;
  EventKind kind = EventKind::sample;
  if (!take_quick_mark(p, kind)) return nullptr;
  const char* const label = p;
  // The first `]` with the anchor behind it is the last one as well, when all that follows is as it should be.
  const char* const close = swar::find_within_64(p, ']');
  if (close == nullptr || !swar::at(close, "] | RSS:")) return nullptr;
  p = close + 8;
  std::uint32_t rss = 0;
  std::uint32_t vms = 0;
  std::uint32_t available = 0;
  std::uint32_t free = 0;
  if (!swar::take_padded_tenths(p, rss) || !swar::at_long(p, " MB | VMS:")) return nullptr;
  p += 10;
  if (!swar::take_padded_tenths(p, vms) || !swar::at_long(p, " MB | System ") || !swar::at_long(p + 13, "Available:")) return nullptr;
  p += 23;
  if (!swar::take_padded_tenths(p, available) || !swar::at(p, " MB (")) return nullptr;
  p += 5;
  if (!swar::take_tenths(p, free) || !swar::at(p, "% free)\n")) return nullptr;
  p += 8;
  if (static_cast<std::int64_t>(rss) <= state.sieve && state.hold(kNoName, line)) return p;

  QuickState::Name* const name = state.name(label, close);
  if (name == nullptr) return nullptr;
  if (!name->facts_known) {
    name->facts = facts_of({label, name->length});
    name->facts_known = true;
  }
  Event& event = state.batch().events.emplace_back();
  event.time.ns = day + second * kNanosPerSecond;
  event.line = state.number;
  event.rss_mb = rss / 10.0;
  event.vms_mb = vms / 10.0;
  event.available_mb = available / 10.0;
  event.free_percent = free / 10.0;
  event.task = name->id;
  event.flags = flag::kRecord | flag::kSample;
  if (name->facts != 0 && kind != EventKind::task_start) {
    if (kind == EventKind::task_end && name->facts == kFails) kind = EventKind::task_failed;
    if (kind == EventKind::sample && name->facts == kBoots) event.flags |= flag::kBoot;
    if (kind == EventKind::sample && name->facts == kShutsDown) event.flags |= flag::kShutdown;
  }
  event.kind = kind;
  event.format = state.format;
  return p;
}

}  // namespace

extern const Format daily = {
    "daily", "one RSS/VMS sample a line, with task starts and ends", "<>-[",
    "2025-11-16 08:34:15 --- [Nations Dump Processing] | RSS:  598.4 MB | VMS:  812.7 MB | System Available:  725.3 MB (35.6% free)",
    parse, {}, quick, "0123456789"};

}  // namespace memlog
