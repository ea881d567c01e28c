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

struct Readings {
  std::uint32_t rss = 0;         // tenths of a MB
  std::uint32_t vms = 0;
  std::uint32_t available = 0;
  std::uint32_t free = 0;        // tenths of a percent
};

// What stands behind the label, in the bot's columns: every place is known but that of the end, which a branch decides.
// So the processor is at the next line before it has read this one's numbers. The place behind the line, or null.
const char* read_columns(const char* close, Readings& out) {
  const std::uint64_t wrong = (swar::load8(close) ^ swar::word("] | RSS:", 8)) | (swar::load8(close + 15) ^ swar::word(" MB | VM", 8)) |
                              (swar::load8(close + 18) ^ swar::word(" | VMS: ", 8)) | (swar::load8(close + 32) ^ swar::word(" MB | Sy", 8)) |
                              (swar::load8(close + 40) ^ swar::word("stem Ava", 8)) | (swar::load8(close + 48) ^ swar::word("ilable: ", 8)) |
                              ((swar::load8(close + 62) ^ swar::word(" MB (", 5)) & swar::first_bytes(5)) | static_cast<std::uint64_t>(close[8] ^ ' ');
  if (wrong != 0) return nullptr;
  if (!swar::read_six(close + 9, out.rss) || !swar::read_six(close + 26, out.vms) || !swar::read_six(close + 56, out.available)) return nullptr;
  const char* free = close + 67;
  if (!swar::take_tenths(free, out.free)) return nullptr;
  const std::uint64_t end = swar::word("% free)\n", 8);
  if (swar::load8(close + 71) == end) return close + 79;
  if (swar::load8(close + 70) == end) return close + 78;
  if (swar::load8(close + 72) == end) return close + 80;
  return nullptr;
}

// The same without columns: numbers of any width.
const char* read_words(const char* close, Readings& out) {
  if (!swar::at(close, "] | RSS:")) return nullptr;
  const char* p = close + 8;
  if (!swar::take_padded_tenths(p, out.rss) || !swar::at_long(p, " MB | VMS:")) return nullptr;
  p += 10;
  if (!swar::take_padded_tenths(p, out.vms) || !swar::at_long(p, " MB | System ") || !swar::at_long(p + 13, "Available:")) return nullptr;
  p += 23;
  if (!swar::take_padded_tenths(p, out.available) || !swar::at(p, " MB (")) return nullptr;
  p += 5;
  if (!swar::take_tenths(p, out.free) || !swar::at(p, "% free)\n")) return nullptr;
  return p + 8;
}

const char* quick(const char* const line, QuickState& state) {
  std::int64_t day = 0;
  std::uint32_t second = 0;
  if (line[10] != ' ' || !state.day(line, day) || !swar::take_clock(line + 11, second)) return nullptr;
  const char* label = line + 19;
  EventKind kind = EventKind::sample;
  if (!take_quick_mark(label, kind)) return nullptr;
  // The first `]` with the anchor behind it is the last one as well, when all that follows is as it should be.
  const char* const close = swar::find_within_64(label, ']');
  if (close == nullptr) return nullptr;
  Readings read;
  const char* next = read_columns(close, read);
  if (next == nullptr) next = read_words(close, read);
  if (next == nullptr) return nullptr;
  QuickState::Name* const name = state.name(label, close);
  if (name == nullptr) return nullptr;
  if (static_cast<std::int64_t>(read.rss) <= state.sieve && state.hold(kNoName, line)) return next;
  if (!name->facts_known) {
    name->facts = facts_of({label, name->length});
    name->facts_known = true;
  }
  Event& event = state.batch().events.emplace_back();
  event.time.ns = day + second * kNanosPerSecond;
  event.line = state.number;
  event.rss_mb = read.rss / 10.0;
  event.vms_mb = read.vms / 10.0;
  event.available_mb = read.available / 10.0;
  event.free_percent = read.free / 10.0;
  event.task = name->id;
  event.flags = flag::kRecord | flag::kSample;
  if (name->facts != 0 && kind != EventKind::task_start) {
    if (kind == EventKind::task_end && name->facts == kFails) kind = EventKind::task_failed;
    if (kind == EventKind::sample && name->facts == kBoots) event.flags |= flag::kBoot;
    if (kind == EventKind::sample && name->facts == kShutsDown) event.flags |= flag::kShutdown;
  }
  event.kind = kind;
  event.format = state.format;
  return next;
}

}  // namespace

extern const Format daily = {
    "daily", "one RSS/VMS sample a line, with task starts and ends", "<>-[",
    "2025-11-16 08:34:15 --- [Nations Dump Processing] | RSS:  598.4 MB | VMS:  812.7 MB | System Available:  725.3 MB (35.6% free)",
    parse, {}, quick, "0123456789"};

}  // namespace memlog
