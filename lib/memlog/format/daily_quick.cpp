#include "memlog/format/daily_quick.h"

#include "memlog/base/swar.h"
#include "memlog/base/text.h"
#include "memlog/format/quick.h"

namespace memlog {

namespace {

using daily_quick::kAvailableAt;
using daily_quick::kFreeAt;
using daily_quick::kRssAt;
using daily_quick::kVmsAt;
using daily_quick::Readings;

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

}  // namespace

std::uint8_t daily_label::facts_of(std::string_view label) {
  if (label == "Bot Started") return kBoots;
  if (label == "Bot Shutting Down") return kShutsDown;
  return names_a_failure(label) ? kFails : 0;
}

namespace {

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

const char* read_line(const char* const line, QuickState& state) {
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
  const std::int64_t ns = day + second * kNanosPerSecond;
  if ((static_cast<std::int64_t>(read.rss) <= state.sieve || !state.window.has(ns)) && state.hold(kNoName, line)) {
    state.sifted();
  } else {
    if (columns) daily_quick::read_rest(close, read);
    daily_quick::add(ns, kind, *name, read, state);
  }
  state.count(1);
  return next;
}

}  // namespace

void daily_quick::read_rest(const char* close, Readings& out) {
  swar::read_six(close + kVmsAt, out.vms);
  swar::read_six(close + kAvailableAt, out.available);
  const char* free = close + kFreeAt;
  swar::take_tenths(free, out.free);
}

void daily_quick::add_event(std::int64_t ns, EventKind mark, NameId task, std::uint8_t facts, const Readings& read, QuickState& state) {
  Event& event = state.add_event();
  event.time.ns = ns;
  event.line = state.number;
  event.rss_mb = read.rss / 10.0;
  event.vms_mb = read.vms / 10.0;
  event.available_mb = read.available / 10.0;
  event.free_percent = read.free / 10.0;
  event.task = task;
  event.flags = flag::kRecord | flag::kSample | daily_label::flags_of(mark, facts);
  event.kind = daily_label::kind_of(mark, facts);
  event.format = state.format;
}

const char* quick_daily(const char* p, const char* end, QuickState& state) {
#if MEMLOG_HAS_AVX2_CODE
  while (state.vectors() != Vectors::none && static_cast<std::size_t>(end - p) >= state.reach) {
    const bool blocks = state.vectors() == Vectors::avx512 && state.labels.credit.is_good();
    p = blocks ? daily_quick::read_columns_avx512(p, end, state) : daily_quick::read_columns_avx2(p, end, state);
    // The line that it stopped at may be a good one without columns.
    if (static_cast<std::size_t>(end - p) < state.reach) return p;
    const char* const next = read_line(p, state);
    if (next == nullptr) return p;
    p = next;
  }
#endif
  return read_each<read_line>(p, end, state, state.reach);
}

}  // namespace memlog
