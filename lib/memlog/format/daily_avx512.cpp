#include "memlog/format/daily_quick.h"

#if MEMLOG_HAS_AVX2_CODE
#include <algorithm>
#include <bit>
#include <cstring>
#include <string_view>

#include "memlog/format/daily_block.h"

// Reads block after block, and puts where it is asked for what daily_block.h makes of their lines.
namespace memlog::daily_quick {

namespace {

static_assert(kBlock == ReadingColumns::kBlock);

// Remembers the label of a line that is good otherwise; 0 for one that is not plain.
[[gnu::noinline]] std::uint8_t add_label(const char* label, const char* close, QuickState& state) {
  const std::string_view text(label, static_cast<std::size_t>(close - label));
  const Mark& mark = kMarks[mark_of(label)];
  if (text.size() >= QuickLabels::kLongest || mark.text.empty() || text.size() <= mark.text.size() || !text.starts_with(mark.text) || text.find(']') != std::string_view::npos) return 0;
  const std::string_view name = text.substr(mark.text.size());
  if (std::any_of(name.begin(), name.end(), [](char c) { return static_cast<unsigned char>(c) >= 0x80 || static_cast<unsigned char>(c) < 0x20; })) return 0;
  const std::uint8_t facts = daily_label::facts_of(name);
  QuickLabels::Meaning meaning{{}, daily_label::flags_of(mark.kind, facts) != 0 ? facts : std::uint8_t{0}, static_cast<std::uint8_t>(name.size())};
  meaning.like.kind = daily_label::kind_of(mark.kind, facts);
  meaning.like.format = state.format;
  return state.labels.add(place_of(label, close), label, text.size() + 1, meaning);
}

// Reads block after block.
class BlockReader {
 public:
  explicit BlockReader(QuickState& state)
      : state_(state), batch_(state.batch()), all_(!batch_.rss_only && state.sieve_behind_first < 0), first_reading_(batch_.readings.size()) {
    if (batch_.columns.size() == 0) batch_.columns.generation = state.labels.generation();
    batch_.columns.full = all_;
  }

  const char* read(const char* p, const char* end) {
    LineBreaks& breaks = state_.breaks;
    const auto read = all_ ? read_block<true> : read_block<false>;
    // Where text may stand behind the end, it is not looked at.
    const char* const breaks_end = state_.reach == 1 ? end : end - 63;
    const char* const last = end - state_.reach;
    std::size_t one_by_one = 0;
    while (p <= last && state_.labels.credit.is_good()) {
      avx512::find_breaks(p, breaks_end, breaks);
      std::size_t lines = std::min(one_by_one > 0 ? 1 : kBlock, breaks.end - breaks.next);
      // None may begin behind the last place: one that is held is looked at again, with as much room.
      while (lines > 1 && breaks.place(lines - 2) >= last) --lines;
      // The columns of the first line must not begin before it does.
      if (lines == 0 || breaks.place(0) - p < kShortestLine || !is_day_of(p)) break;
      state_.labels.make_room(lines);
      if (!read(p, breaks, lines, head_, state_.labels, block_)) {
        if (lines == 1) break;
        one_by_one = lines;
        continue;
      }
      const std::size_t named = name_labels(p, lines);
      if (named == 0) break;
      add(p, named);
      p = breaks.place(named - 1) + 1;
      breaks.next += named;
      if (named < lines) break;
      one_by_one -= one_by_one > 0 ? 1 : 0;
    }
    batch_.readings_since(first_reading_);
    return p;
  }

 private:
  const char* line_end(std::size_t i) const { return state_.breaks.place(i); }
  const char* close_of(std::size_t i) const { return line_end(i) - kColumns; }
  std::int64_t time_of(std::size_t i) const { return head_.ns + block_.second[i] * kNanosPerSecond; }

  bool is_day_of(const char* p) {
    if (swar::load8(p) == swar::load8(head_.low) && swar::load4(p + 6) == swar::load4(head_.low + 6)) return true;
    if (!state_.day(p, head_.ns)) return false;
    std::memcpy(head_.low, p, kDate);
    return true;
  }

  // Remembers labels that are new. Gives how many lines there are up to the first whose label is not plain.
  std::size_t name_labels(const char* line, std::size_t lines) {
    std::size_t named = lines;
    std::size_t remembered = 0;
    for (std::uint32_t unknown = block_.unknown; unknown != 0; unknown &= unknown - 1) {
      const auto i = static_cast<std::size_t>(std::countr_zero(unknown));
      block_.label[i] = add_label((i == 0 ? line : line_end(i - 1) + 1) + kMarkAt, close_of(i), state_);
      if (block_.label[i] == 0) {
        named = i;
        break;
      }
      ++remembered;
    }
    state_.labels.credit.pay(named, remembered);
    return named;
  }

  void add(const char* line, std::size_t lines) {
    const std::uint64_t number = state_.number;
    // A chunk's columns have one meaning for a label.
    const bool meant = batch_.columns.generation == state_.labels.generation();
    if (batch_.reading_columns && (all_ || batch_.rss_only) && meant) add_columns(lines);
    else if (batch_.bare_readings) add_bare(lines);
    else if (!hold(line, lines)) add_each(line, lines);
    state_.number = number;
    state_.count(lines);
  }

  void add_bare(std::size_t lines) {
    const auto number = static_cast<std::uint32_t>(state_.number);
    for (std::size_t i = 0; i < lines; ++i) {
      const QuickLabels::Meaning& meaning = meaning_of(i);
      if (meaning.facts != 0) {
        batch_.readings_since(first_reading_);
        state_.number = number + i;
        add_event(time_of(i), meaning.like.kind, meaning.like.task, meaning.facts, readings_of(i), state_);
        first_reading_ = batch_.readings.size();
        continue;
      }
      BareReading& reading = batch_.readings.emplace_back(meaning.like);
      reading.ns = time_of(i);
      reading.line = number + static_cast<std::uint32_t>(i);
      reading.rss = block_.rss[i];
      if (all_) {
        reading.available = block_.available[i];
        reading.free = block_.free[i];
      }
    }
  }

  void add_columns(std::size_t lines) {
    const std::uint64_t number = state_.number;
    ReadingColumns& columns = batch_.columns;
    batch_.readings_since(first_reading_);
    first_reading_ = batch_.readings.size();
    std::size_t from = 0;
    const auto append = [&](std::size_t to) {
      if (from == to) return;
      batch_.row_at(head_.ns, static_cast<std::uint32_t>(number + from));
      const ReadingColumns::Source read = {block_.second + from, block_.rss + from, block_.vms + from, block_.available + from, block_.free + from, block_.label + from};
      if (from == 0) columns.append_block(read, to);
      else columns.append(read, to - from);
    };
    std::uint8_t all_known = 1;
    for (std::size_t i = 0; i < lines; ++i) all_known &= columns.known[block_.label[i]];
    for (std::size_t i = 0; all_known == 0 && i < lines; ++i) {
      if (columns.known[block_.label[i]] != 0) continue;
      const QuickLabels::Meaning& known = state_.labels.meaning(block_.label[i]);
      if (known.facts == 0) {
        columns.learn(block_.label[i], {close_of(i) - known.name, known.name}, known.like);
        continue;
      }
      append(i);
      from = i + 1;
      state_.number = number + i;
      const QuickLabels::Meaning& meaning = meaning_of(i);
      add_event(time_of(i), meaning.like.kind, meaning.like.task, meaning.facts, readings_of(i), state_);
    }
    append(lines);
  }

  // Counts lines of which none is wanted; false when one may be.
  bool hold(const char* line, std::size_t lines) {
    if (static_cast<std::int64_t>(block_.highest) > state_.sieve) return false;
    const std::uint64_t number = state_.number;
    state_.number += lines - 1;
    const bool held = state_.hold(kNoName, lines == 1 ? line : line_end(lines - 2) + 1);
    state_.number = number;
    if (held) state_.sifted(lines);
    return held;
  }

  void add_each(const char* line, std::size_t lines) {
    for (std::size_t i = 0; i < lines; ++i, ++state_.number) {
      const QuickLabels::Meaning& meaning = meaning_of(i);
      const bool sifted = static_cast<std::int64_t>(block_.rss[i]) <= state_.sieve || !state_.window.has(time_of(i));
      if (sifted && state_.hold(kNoName, line)) state_.sifted();
      else add_event(time_of(i), meaning.like.kind, meaning.like.task, meaning.facts, readings_of(i), state_);
      line = line_end(i) + 1;
    }
  }

  const QuickLabels::Meaning& meaning_of(std::size_t i) {
    QuickLabels::Meaning& meaning = state_.labels.meaning(block_.label[i]);
    if (meaning.like.task == kNoName) meaning.like.task = batch_.names.intern({close_of(i) - meaning.name, meaning.name});
    return meaning;
  }

  Readings readings_of(std::size_t i) const {
    Readings read;
    read.rss = block_.rss[i];
    if (all_) read = {block_.rss[i], block_.vms[i], block_.available[i], block_.free[i]};
    else read_rest(close_of(i), read);
    return read;
  }

  QuickState& state_;
  EventBatch& batch_;
  const bool all_;
  std::size_t first_reading_;      // of those that stand in a row
  Head head_;
  Block block_;
};

}  // namespace

const char* read_columns_avx512(const char* p, const char* end, QuickState& state) { return BlockReader(state).read(p, end); }

}  // namespace memlog::daily_quick
#endif
