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

// What stands behind the label, in the bot's columns: `] | RSS:  598.4 MB | VMS:  812.7 MB | System Available:  725.3 MB (`.
constexpr std::size_t kRssAt = 9;
constexpr std::size_t kVmsAt = 26;
constexpr std::size_t kAvailableAt = 56;
constexpr std::size_t kFreeAt = 67;

#ifdef __SSE2__
// Bytes that are as in `pattern`, or digits where `digits` says so, are all ones; `same` the former alone.
__m128i fits(const char* p, const char (&pattern)[17], const char (&digits)[17], __m128i& same) {
  const __m128i text = _mm_loadu_si128(reinterpret_cast<const __m128i*>(p));
  const __m128i value = _mm_sub_epi8(text, _mm_set1_epi8('0'));
  const __m128i digit = _mm_cmpeq_epi8(_mm_min_epu8(value, _mm_set1_epi8(9)), value);
  same = _mm_cmpeq_epi8(text, _mm_loadu_si128(reinterpret_cast<const __m128i*>(pattern)));
  return _mm_or_si128(same, _mm_and_si128(digit, _mm_loadu_si128(reinterpret_cast<const __m128i*>(digits))));
}

bool columns_fit(const char* close) {
  // Where a pattern has a blank in a number, a blank or a digit may stand; where it has a zero, a digit must.
  static constexpr char kText0[17] = "] | RSS:    0.0 ";
  static constexpr char kText1[17] = "MB | VMS:    0.0";
  static constexpr char kText2[17] = " MB | System Ava";
  static constexpr char kText3[17] = "ilable:    0.0 M";
  static constexpr char kDigits0[17] = "\0\0\0\0\0\0\0\0\0\xff\xff\xff\xff\0\xff";
  static constexpr char kDigits1[17] = "\0\0\0\0\0\0\0\0\0\0\xff\xff\xff\xff\0\xff";
  static constexpr char kDigits2[17] = "";
  static constexpr char kDigits3[17] = "\0\0\0\0\0\0\0\0\xff\xff\xff\xff\0\xff";
  __m128i same0;
  __m128i same1;
  __m128i same2;
  __m128i same3;
  const __m128i low = _mm_and_si128(fits(close, kText0, kDigits0, same0), fits(close + 16, kText1, kDigits1, same1));
  const __m128i high = _mm_and_si128(fits(close + 32, kText2, kDigits2, same2), fits(close + 48, kText3, kDigits3, same3));
  if (_mm_movemask_epi8(_mm_and_si128(low, high)) != 0xffff) return false;
  // Blanks only in front of digits: of the three places that may have one, none, the first, the first two or all.
  const int blanks = (_mm_movemask_epi8(same0) >> 9 & 7) | (_mm_movemask_epi8(same1) >> 10 & 7) << 4 | (_mm_movemask_epi8(same3) >> 8 & 7) << 8;
  return (blanks & (blanks + 0x111) & 0x777) == 0 && swar::load4(close + 63) == swar::word("MB (", 4);
}
#else
bool columns_fit(const char* close) {
  const std::uint64_t wrong = (swar::load8(close) ^ swar::word("] | RSS:", 8)) | (swar::load8(close + 15) ^ swar::word(" MB | VM", 8)) |
                              (swar::load8(close + 18) ^ swar::word(" | VMS: ", 8)) | (swar::load8(close + 32) ^ swar::word(" MB | Sy", 8)) |
                              (swar::load8(close + 40) ^ swar::word("stem Ava", 8)) | (swar::load8(close + 48) ^ swar::word("ilable: ", 8)) |
                              ((swar::load8(close + 62) ^ swar::word(" MB (", 5)) & swar::first_bytes(5)) | static_cast<std::uint64_t>(close[8] ^ ' ');
  std::uint32_t unused = 0;
  return wrong == 0 && swar::read_six(close + kRssAt, unused) && swar::read_six(close + kVmsAt, unused) && swar::read_six(close + kAvailableAt, unused);
}
#endif

// The place behind the line, or null. Every place is known but that of the end, which a branch decides: the processor
// is at the next line before it has read this one's numbers.
const char* end_of_columns(const char* close) {
  if (!columns_fit(close)) return nullptr;
  const char* const free = close + kFreeAt;
  const std::uint64_t end = swar::word("% free)\n", 8);
  if (swar::load8(free + 4) == end) {
    const std::uint32_t values = swar::load4(free) ^ static_cast<std::uint32_t>(swar::word("00.0", 4));
    return ((values & 0x00FF0000) | ((values | (values + 0x76767676)) & 0x80808080)) == 0 ? free + 12 : nullptr;
  }
  std::uint32_t unused = 0;
  const char* p = free;
  if (!swar::take_tenths(p, unused) || swar::load8(p) != end) return nullptr;
  return p + 8;
}

// Of a line that end_of_columns() found the end of.
void read_columns(const char* close, Readings& out) {
  swar::read_six(close + kVmsAt, out.vms);
  swar::read_six(close + kAvailableAt, out.available);
  const char* free = close + kFreeAt;
  swar::take_tenths(free, out.free);
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
  const char* next = end_of_columns(close);
  const bool columns = next != nullptr;
  if (columns) swar::read_six(close + kRssAt, read.rss);
  else next = read_words(close, read);
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
  if (!state.batch().rss_only) {
    if (columns) read_columns(close, read);
    event.vms_mb = read.vms / 10.0;
    event.available_mb = read.available / 10.0;
    event.free_percent = read.free / 10.0;
  }
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
