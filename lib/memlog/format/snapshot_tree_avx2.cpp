#include "memlog/format/snapshot_tree_quick.h"

#if MEMLOG_HAS_AVX2_CODE
#include <algorithm>
#include <cstring>

#include "memlog/format/avx2.h"

// A tree's lines have few ways for their numbers to be wide. How each line looks with each of these widths is written
// down once; where a line has a point or its bars, and how long it is, tells which of them it has to be compared with,
// and it is not read number by number. The next tree is looked for before all else, and nothing branches on what a good
// tree says: the processor is at the next ones before it is done with this one.
namespace memlog::snapshot_tree_quick {

using avx2::bits;
using avx2::load16;
using avx2::load32;

namespace {

// One way for a line to look, up to its end: `text - low` must not be above `range`, in each byte. Behind the end all may
// stand.
struct alignas(64) Look {
  unsigned char low[64];
  unsigned char range[64];
};
constexpr std::size_t kLooks = 64;  // of a branch

MEMLOG_AVX2 inline __m256i wrong_in(const char* p, const unsigned char* low, const unsigned char* range) {
  return _mm256_subs_epu8(_mm256_sub_epi8(load32(p), load32(low)), load32(range));
}
MEMLOG_AVX2 inline __m256i wrong_in(const char* line, const Look& look) {
  return _mm256_or_si256(wrong_in(line, look.low, look.range), wrong_in(line + 32, look.low + 32, look.range + 32));
}

// One character, as often as it is compared at once: from memory, as the compiler would make each of it anew.
template <char C>
struct Filled {
  alignas(32) char bytes[32];
  constexpr Filled() : bytes() {
    for (char& c : bytes) c = C;
  }
};
template <char C>
inline constexpr Filled<C> kFilled;

// A bit for each of the 32 bytes at `p` that is `C`.
template <char C>
MEMLOG_AVX2 inline std::uint64_t places_of(const char* p) {
  return bits(_mm256_cmpeq_epi8(load32(p), load32(kFilled<C>.bytes)));
}
// Of 64.
template <char C>
MEMLOG_AVX2 inline std::uint64_t far_places_of(const char* p) {
  return places_of<C>(p) | places_of<C>(p + 32) << 32;
}

// Where the first number of RAM or System has its point; whatever if there is none.
MEMLOG_AVX2 inline std::size_t point_in(const char* line) { return _tzcnt_u64(places_of<'.'>(line)); }

// The look of a line, if it is one of its branch at all. The widths of its numbers make these differ:
// `├─ RAM Usage: 180.5 MB (Virtual: 953.9 MB)`: the point and how much is behind it,
inline std::size_t look_by_point(std::size_t point, std::size_t length) { return (point & 7) * 8 + ((length - point) & 7); }
// `├─ Sessions: 2 | Queue: 10 | Active DLs: 1`: the first bar, what is between the two, and what is behind the second.
struct Bars {
  std::size_t first;
  std::size_t second;
};
constexpr unsigned kBarsFrom = 17;
MEMLOG_AVX2 inline Bars bars_in(const char* line) {
  const std::uint64_t bars = places_of<'|'>(line + kBarsFrom);
  return {kBarsFrom + _tzcnt_u64(bars), kBarsFrom + 63 - static_cast<std::size_t>(std::countl_zero(bars | 1))};
}
inline std::size_t look_by_bars(Bars bars, std::size_t length) {
  return (bars.first & 3) * 16 + ((bars.second - bars.first) & 3) * 4 + ((length - bars.second) & 3);
}

struct Writing {
  const char* texts[4];  // around the numbers, from the start of the line to its end
  int numbers;
  int widest;            // digits that a number has at most; a longer one goes the general way
  bool tenths;
};
constexpr Writing kWritings[kBranches] = {
    {{kRamLine, " MB (Virtual: ", " MB)\n"}, 2, 5, true},
    {{kSystemLine, "% used (", " MB available)\n"}, 2, 5, true},
    {{kSessionsLine, " | Queue: ", " | Active DLs: ", "\n"}, 3, 4, false},
    {{kCacheLine, " items | Threads: ", " | Open files: ", "\n"}, 3, 4, false},
};

// All looks of all branches.
class Looks {
 public:
  Looks() {
    for (const Branch branch : {kRam, kSystem, kSessions, kCache}) {
      const Writing& writing = kWritings[branch];
      int widths[3] = {1, 1, 1};
      // A place that no widths lead to has the look of some: what fits it is a good line all the same.
      for (Look& look : looks_[branch]) write(branch, widths, look);
      for (int i = 0; i < writing.widest * writing.widest * (writing.numbers == 3 ? writing.widest : 1); ++i) {
        Look look;
        looks_[branch][write(branch, widths, look)] = look;
        for (int number = 0; number < 3 && ++widths[number] > writing.widest; ++number) widths[number] = 1;
      }
    }
  }

  const Look& at(Branch branch, std::size_t place) const { return looks_[branch][place]; }

 private:
  // Where its place is.
  static std::size_t write(Branch branch, const int (&widths)[3], Look& look) {
    char line[64 + 32] = {};
    char* p = line;
    for (int i = 0; i <= kWritings[branch].numbers; ++i) {
      if (i != 0) {
        p = std::fill_n(p, widths[i - 1], '0');
        if (kWritings[branch].tenths) p = std::copy_n(".0", 2, p);
      }
      p = std::copy_n(kWritings[branch].texts[i], std::strlen(kWritings[branch].texts[i]), p);
    }
    std::memset(&look, 0, sizeof look);
    std::memset(look.range, 255, sizeof look.range);
    for (const char* c = line; c != p; ++c) {
      look.low[c - line] = static_cast<unsigned char>(*c);
      look.range[c - line] = *c == '0' ? 9 : 0;
    }
    const auto length = static_cast<std::size_t>(p - line - 1);
    return kWritings[branch].tenths ? look_by_point(point_in(line), length) : look_by_bars(bars_in(line), length);
  }

  Look looks_[kBranches][kLooks];
};

// A header with one date: the digits of the clock may differ.
class Header {
 public:
  // That of the header at `line`.
  void set_day(const char* line) {
    std::memcpy(low_, line, sizeof low_);
    std::memcpy(low_ + 12, "00:00:00", 8);
    std::memcpy(low_ + kTimeLength, kHeader, sizeof low_ - kTimeLength);
  }

  MEMLOG_AVX2 bool stands_at(const char* line) const {
    const __m256i behind = _mm256_xor_si256(load32(line + kHeaderLength - 32), load32(kHeader + length(kHeader) - 32));
    const __m256i wrong = _mm256_or_si256(wrong_in(line, low_, kRange), behind);
    return _mm256_testz_si256(wrong, wrong) != 0 && (line[12] != '2' || line[13] <= '3');
  }

 private:
  // A leap second goes the general way.
  alignas(32) static constexpr unsigned char kRange[32] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 9, 0, 5, 9, 0, 5, 9};
  alignas(32) unsigned char low_[32] = {};
};

// Where the branches of a tree end, from the start of the first one on: each within 32 bytes, however wide the numbers are.
// Only if all are very wide, the last one may end behind those.
constexpr unsigned kEndsFrom[kBranches] = {40, 84, 130, 183};

MEMLOG_AVX2 inline const char* end_of(Branch branch, const char* first) {
  const char* const from = first + kEndsFrom[branch];
  return from + _tzcnt_u64(places_of<'\n'>(from));
}

// Where the record behind the tree at `p` begins, as far as it begins with a time; null if that is not near.
MEMLOG_AVX2 inline const char* find_next(const char* p) {
  constexpr std::size_t kShortest = 259;  // no tree with its end is shorter
  constexpr std::size_t kLongest = 640;
  for (const char* from = p + kShortest; from < p + kLongest;) {
    // Without a branch on which of them it is.
    const std::uint64_t near = _tzcnt_u64(far_places_of<'['>(from));
    const std::uint64_t far = _tzcnt_u64(far_places_of<'['>(from + 64));
    const std::uint64_t step = near + (far & (0 - (near >> 6)));
    from += step;
    if (step < 128) {
      if (from[-1] == '\n') return from;
      ++from;
    }
  }
  return nullptr;
}

// What a number of tenths has to be compared with, which is its digits: a longer one is higher, of two that are as long
// the first digit that differs tells. Below all of them for less than nothing.
std::uint64_t as_digits(std::int64_t tenths) {
  if (tenths < 0) return 0;
  std::uint64_t digits = '.' << 8 | static_cast<std::uint64_t>('0' + tenths % 10);
  std::int64_t rest = tenths / 10;
  for (unsigned shift = 16; shift < 64; shift += 8, rest /= 10) {
    digits |= static_cast<std::uint64_t>('0' + rest % 10) << shift;
    if (rest < 10) break;
  }
  return digits;
}
// The digits of a good RAM line's first number, whose point is at `point`.
std::uint64_t rss_digits(const char* line, std::size_t point) {
  return __builtin_bswap64(swar::load8(line + length(kRamLine)) << (8 * (length(kRamLine) + 6 - point) & 63));
}

// The number whose last digit stands before `end`, where it is known to be good: what is in front of its digits is made
// zeros. Eight bytes are read.
std::uint64_t digits_before(const char* end, std::uint64_t places) {
  const std::uint64_t values = swar::load8(end - 8) ^ swar::repeat('0');
  const std::uint64_t others = (values | (values + 0x7676767676767676ULL)) & places & 0x8080808080808080ULL;
  const int unused = others == 0 ? 0 : 64 - std::countl_zero(others);
  return values >> unused << unused;
}
std::uint32_t count_before(const char* end) { return swar::join_decimal(digits_before(end, ~std::uint64_t{0})); }
std::uint32_t tenths_before(const char* end) {
  const std::uint64_t values = digits_before(end, swar::first_bytes(6));
  return swar::join_decimal((values & swar::first_bytes(6)) << 8 | (values >> 56 << 56));
}

// All numbers of a good tree.
MEMLOG_AVX2 Tree numbers_of(const char* ram, const char* ram_end, const char* system_end, const char* sessions_end, const char* cache_end) {
  const char* const system = ram_end + 1;
  const char* const sessions = system_end + 1;
  const char* const cache = sessions_end + 1;
  const Bars session_bars = bars_in(sessions);
  const Bars cache_bars = bars_in(cache);
  Tree tree;
  tree.rss = tenths_before(ram + point_in(ram) + 2);
  tree.virtual_size = tenths_before(ram_end - std::strlen(" MB)"));
  tree.used = tenths_before(system + point_in(system) + 2);
  tree.available = tenths_before(system_end - std::strlen(" MB available)"));
  tree.counters[0] = count_before(sessions + session_bars.first - 1);
  tree.counters[1] = count_before(sessions + session_bars.second - 1);
  tree.counters[2] = count_before(sessions_end);
  tree.counters[3] = count_before(cache + cache_bars.first - std::strlen(" items "));
  tree.counters[4] = count_before(cache + cache_bars.second - 1);
  tree.counters[5] = count_before(cache_end);
  return tree;
}

// A text that needs no trimming and no look at its encoding: 1 to 63 bytes of ASCII, no control characters among them,
// no blanks at its edges. All that is not ASCII is less than a blank as signed bytes.
MEMLOG_AVX2 inline bool is_printed(const char* text, std::size_t length) {
  const __m256i below = load32(kFilled<' ' - 1>.bytes);
  const std::uint64_t printed = bits(_mm256_cmpgt_epi8(load32(text), below)) | std::uint64_t{bits(_mm256_cmpgt_epi8(load32(text + 32), below))} << 32;
  return length - 1 < 63 && _bzhi_u64(~printed, static_cast<unsigned>(length)) == 0 && *text != ' ' && text[length - 1] != ' ';
}

// Where the operation of the tree at `line` begins, whose header has another day or is behind an alert; null if there is
// no such tree.
[[gnu::noinline]] const char* begin_otherwise(const char* line, Header& header, InFront& in_front, QuickState& state) {
  std::int64_t unused = 0;
  if (!take_time(line, state, unused)) return nullptr;
  if (!stands(line + kTimeLength, kHeader)) return read_alert(line, in_front);
  header.set_day(line);
  return line + kHeaderLength;
}

}  // namespace

MEMLOG_AVX2 const char* check_trees_avx2(const char* p, const char* const end, QuickState& state) {
  static const Looks looks;
  static_assert(length(kContext) == 16);
  const char* const last = end - state.reach;
  std::uint64_t highest_held = as_digits(state.window.is_set() ? -1 : state.sieve);
  const bool rss_only = state.batch().rss_only;
  std::uint64_t number = state.number;
  std::uint64_t trees = 0;
  std::uint64_t held = 0;
  std::uint64_t blank_lines = 0;
  Header header;
  bool plain = false;  // the tree at `p` has a header of that day
  while (p <= last) {
    InFront in_front;
    const char* operation = p + kHeaderLength;
    if (!plain) {
      operation = begin_otherwise(p, header, in_front, state);
      if (operation == nullptr) break;
    }
    for (int i = 0; i < 5; ++i) _mm_prefetch(p + 768 + 64 * i, _MM_HINT_T0);
    // The next tree before this one, so that the processor can begin with it.
    const char* const next = find_next(p);
    if (next == nullptr) break;
    const bool blank = next[-2] == '\n';
    const char* const context_end = next - 1 - blank;

    const char* const operation_end = operation + _tzcnt_u64(far_places_of<'\n'>(operation));
    const char* const ram = operation_end + 1;
    const char* const ram_end = end_of(kRam, ram);
    const char* const system_end = end_of(kSystem, ram);
    const char* const sessions_end = end_of(kSessions, ram);
    const char* const cache_end = end_of(kCache, ram);
    const char* const system = ram_end + 1;
    const char* const sessions = system_end + 1;
    const char* const cache = sessions_end + 1;
    const char* const context = cache_end + 1 + length(kContext);
    const auto operation_length = static_cast<std::size_t>(operation_end - operation);
    const auto context_length = static_cast<std::size_t>(context_end - context);

    const std::size_t point = point_in(ram);
    const auto length_of = [](const char* line, const char* its_end) { return static_cast<std::size_t>(its_end - line); };
    const Look& ram_look = looks.at(kRam, look_by_point(point, length_of(ram, ram_end)));
    const Look& system_look = looks.at(kSystem, look_by_point(point_in(system), length_of(system, system_end)));
    const Look& sessions_look = looks.at(kSessions, look_by_bars(bars_in(sessions), length_of(sessions, sessions_end)));
    const Look& cache_look = looks.at(kCache, look_by_bars(bars_in(cache), length_of(cache, cache_end)));
    const __m256i wrong_front = _mm256_or_si256(wrong_in(ram, ram_look), wrong_in(system, system_look));
    const __m256i wrong_back = _mm256_or_si256(wrong_in(sessions, sessions_look), wrong_in(cache, cache_look));
    const __m128i wrong_context = _mm_xor_si128(load16(cache_end + 1), load16(kContext));
    const __m256i wrong = _mm256_or_si256(_mm256_or_si256(wrong_front, wrong_back), _mm256_zextsi128_si256(wrong_context));
    if (_mm256_testz_si256(wrong, wrong) == 0) break;
    if (!is_printed(operation, operation_length) || !is_printed(context, context_length)) break;

    plain = header.stands_at(next);
    if (!plain && !begins_a_record(next, state)) break;

    state.number = number;
    const bool is_held = rss_digits(ram, point) <= highest_held;
    if (is_held && in_front.alert == Alert::none) {
      state.hold_recent(p, static_cast<std::uint8_t>(6 + blank), state.format);
      ++held;
    } else {
      const QuickState::Name* const name = avx2::find_name(operation, operation_end, state);
      if (name == nullptr) break;
      Body body = {operation, operation_end, context, context_end, {}};
      if (is_held || rss_only) body.tree.rss = tenths_before(ram + point + 2);
      else body.tree = numbers_of(ram, ram_end, system_end, sessions_end, cache_end);
      if (!take_checked_tree(p, body, in_front, name->id, state)) break;
      number = state.number;  // an alert is a line more
      highest_held = as_digits(state.window.is_set() ? -1 : state.sieve);
    }
    ++trees;
    blank_lines += blank;
    number += 6U + blank;
    p = next;
  }
  state.after_tree = p;
  state.number = number - 6 * trees - blank_lines;
  state.count(6 * trees);
  state.number += blank_lines;
  state.batch().counts.lines += static_cast<std::int64_t>(blank_lines);
  state.batch().counts.ignored += static_cast<std::int64_t>(blank_lines);
  state.sifted(held);
  return p;
}

}  // namespace memlog::snapshot_tree_quick
#endif
