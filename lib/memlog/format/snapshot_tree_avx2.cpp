#include "memlog/format/snapshot_tree_quick.h"

#if MEMLOG_HAS_AVX2_CODE
#include <algorithm>
#include <cstring>

#include "memlog/format/avx2.h"
#include "memlog/format/snapshot_tree_looks.h"

// The next tree is looked for before all else, the ends of a tree's lines all at once, and nothing branches on what a
// good tree says: the processor is at the next ones before it is done with this one.
namespace memlog::snapshot_tree_quick {

using avx2::bits;
using avx2::load16;
using avx2::load32;

namespace {

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
    const std::uint64_t near = _tzcnt_u64(places_of_64<'['>(from));
    const std::uint64_t far = _tzcnt_u64(places_of_64<'['>(from + 64));
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
[[gnu::always_inline]] MEMLOG_AVX2 inline std::uint64_t digits_before(const char* end, std::uint64_t places) {
  const std::uint64_t values = swar::load8(end - 8) ^ swar::repeat('0');
  const std::uint64_t others = (values | (values + 0x7676767676767676ULL)) & places & 0x8080808080808080ULL;
  const int unused = others == 0 ? 0 : 64 - std::countl_zero(others);
  return values >> unused << unused;
}
[[gnu::always_inline]] MEMLOG_AVX2 inline std::uint32_t count_before(const char* end) { return swar::join_decimal(digits_before(end, ~std::uint64_t{0})); }
[[gnu::always_inline]] MEMLOG_AVX2 inline std::uint32_t tenths_before(const char* end) {
  const std::uint64_t values = digits_before(end, swar::first_bytes(6));
  return swar::join_decimal((values & swar::first_bytes(6)) << 8 | (values >> 56 << 56));
}

// A tree's lines behind its header, as far as it is one.
struct Lines {
  const char* ram;
  const char* ram_end;
  const char* system_end;
  const char* sessions_end;
  const char* cache_end;
  std::size_t point;  // of RSS

  const char* system() const { return ram_end + 1; }
  const char* sessions() const { return system_end + 1; }
  const char* cache() const { return sessions_end + 1; }
  const char* context() const { return cache_end + 1; }
};

MEMLOG_AVX2 inline Lines lines_from(const char* ram) {
  return {ram, end_of(kRam, ram), end_of(kSystem, ram), end_of(kSessions, ram), end_of(kCache, ram), point_in(ram)};
}

MEMLOG_AVX2 inline bool are_good(const Lines& lines, const Looks& looks) {
  static_assert(length(kContext) == 16);
  const auto length_of = [](const char* line, const char* end) { return static_cast<std::size_t>(end - line); };
  const std::size_t ram = look_by_point(lines.point, length_of(lines.ram, lines.ram_end));
  const std::size_t system = look_by_point(point_in(lines.system()), length_of(lines.system(), lines.system_end));
  const std::size_t sessions = look_by_bars(bars_in(lines.sessions()), length_of(lines.sessions(), lines.sessions_end));
  const std::size_t cache = look_by_bars(bars_in(lines.cache()), length_of(lines.cache(), lines.cache_end));
  const __m256i wrong_front = _mm256_or_si256(wrong_in(lines.ram, looks.at(kRam, ram)), wrong_in(lines.system(), looks.at(kSystem, system)));
  const __m256i wrong_back = _mm256_or_si256(wrong_in(lines.sessions(), looks.at(kSessions, sessions)), wrong_in(lines.cache(), looks.at(kCache, cache)));
  const __m128i wrong_context = _mm_xor_si128(load16(lines.context()), load16(kContext));
  const __m256i wrong = _mm256_or_si256(_mm256_or_si256(wrong_front, wrong_back), _mm256_zextsi128_si256(wrong_context));
  return _mm256_testz_si256(wrong, wrong) != 0;
}

// All numbers of good lines.
MEMLOG_AVX2 Tree numbers_of(const Lines& lines) {
  const Bars sessions = bars_in(lines.sessions());
  const Bars cache = bars_in(lines.cache());
  Tree tree;
  tree.rss = tenths_before(lines.ram + lines.point + 2);
  tree.virtual_size = tenths_before(lines.ram_end - std::strlen(" MB)"));
  tree.used = tenths_before(lines.system() + point_in(lines.system()) + 2);
  tree.available = tenths_before(lines.system_end - std::strlen(" MB available)"));
  tree.counters[0] = count_before(lines.sessions() + sessions.first - 1);
  tree.counters[1] = count_before(lines.sessions() + sessions.second - 1);
  tree.counters[2] = count_before(lines.sessions_end);
  tree.counters[3] = count_before(lines.cache() + cache.first - std::strlen(" items "));
  tree.counters[4] = count_before(lines.cache() + cache.second - 1);
  tree.counters[5] = count_before(lines.cache_end);
  return tree;
}

// A text that needs no trimming and no look at its encoding: 1 to 63 bytes of ASCII, no control characters among them,
// no blanks at its edges. All that is not ASCII is less than a blank as signed bytes.
MEMLOG_AVX2 inline bool is_printed(const char* text, const char* end) {
  const auto length = static_cast<std::size_t>(end - text);
  const __m256i below = load32(kFilled<' ' - 1>.bytes);
  const std::uint64_t printed = bits(_mm256_cmpgt_epi8(load32(text), below)) | std::uint64_t{bits(_mm256_cmpgt_epi8(load32(text + 32), below))} << 32;
  return length - 1 < 63 && _bzhi_u64(~printed, static_cast<unsigned>(length)) == 0 && *text != ' ' && end[-1] != ' ';
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
  const char* const last = end - state.reach;
  std::uint64_t highest_held = as_digits(state.window.is_set() ? -1 : state.sieve);
  const bool rss_only = state.batch().rss_only;
  std::uint64_t number = state.number;
  std::uint64_t trees = 0;
  std::uint64_t held = 0;
  std::uint64_t blank_lines = 0;
  Header header;
  bool plain = false;  // the tree at `p` has a header of its day
  while (p <= last) {
    InFront in_front;
    const char* operation = p + kHeaderLength;
    if (!plain) {
      operation = begin_otherwise(p, header, in_front, state);
      if (operation == nullptr) break;
    }
    // A few trees ahead, so that no line has to wait for its text.
    for (int i = 0; i < 5; ++i) _mm_prefetch(p + 768 + 64 * i, _MM_HINT_T0);
    // The next tree before this one, so that the processor can begin with it.
    const char* const next = find_next(p);
    if (next == nullptr) break;
    const bool blank = next[-2] == '\n';
    const char* const context_end = next - 1 - blank;

    const char* const operation_end = operation + _tzcnt_u64(places_of_64<'\n'>(operation));
    const Lines lines = lines_from(operation_end + 1);
    const char* const context = lines.context() + length(kContext);
    if (!are_good(lines, looks)) break;
    if (!is_printed(operation, operation_end) || !is_printed(context, context_end)) break;

    plain = header.stands_at(next);
    if (!plain && !begins_a_record(next, state)) break;

    state.number = number;
    const bool is_held = rss_digits(lines.ram, lines.point) <= highest_held;
    if (is_held && in_front.alert == Alert::none) {
      state.hold_recent(p, static_cast<std::uint8_t>(6 + blank), state.format);
      ++held;
    } else {
      const QuickState::Name* const name = avx2::find_name(operation, operation_end, state);
      if (name == nullptr) break;
      Body body = {operation, operation_end, context, context_end, {}};
      if (is_held || rss_only) body.tree.rss = tenths_before(lines.ram + lines.point + 2);
      else body.tree = numbers_of(lines);
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
