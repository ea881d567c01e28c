#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "memlog/base/cpu.h"
#include "memlog/base/swar.h"
#include "memlog/event/batch.h"
#include "memlog/format/line_breaks.h"
#include "memlog/format/quick_memory.h"

// Quick readers: whole lines that look exactly as their writer prints them are read by checked fixed positions, envelope
// and message in one go. Any other line goes the general way, which is the one that defines what a line means: a quick
// reader must give the same event or stop before the line.
namespace memlog {

// What a quick reader needs to remember within a chunk. Forgetting it changes nothing but the speed.
class QuickState {
 public:
  // Bytes that may be read behind the start of a line.
  static constexpr std::size_t kReach = 1024;

  static constexpr std::uint8_t kUnknownFacts = 0xff;
  struct alignas(64) Name {
    char bytes[64] = {};         // the first ones, zeros behind them
    const char* text = nullptr;
    std::uint64_t first = 0;
    std::uint64_t last = 0;
    std::uint32_t length = 0;
    NameId id = kNoName;
    TextId as_text = kNoText;
    std::uint8_t facts = kUnknownFacts;   // the daily log's own
    std::uint8_t celery = kUnknownFacts;  // the task monitor's
  };

  // How a text with numbers stood once, its line's end included: the digits all '0'. A text of the same shape needs no
  // search for its numbers, and no check of what stands between them.
  struct alignas(32) Shape {
    static constexpr std::size_t kLongest = 128;
    static constexpr std::size_t kNumbers = 3;
    unsigned char text[kLongest];
    unsigned char mask[kLongest / 2];          // of its second half: ones up to the end
    unsigned char digits[kNumbers][16];        // each number's digits, by their places in the sixteen bytes from `at` on
    std::uint8_t at[kNumbers];
    std::uint8_t length = 0;                   // without the line's end
    bool negative = false;                     // the formats' own, as is what the numbers are

    // A number begins at `at` in `text`: `1285.8`, whose digits shall be the low or the high eight bytes, zeros in front.
    void place_number(std::size_t number, const char* from, const char* begin, bool high);
    void no_number(std::size_t number);
  };
  // The shape that was remembered under a hash of ten bits, or an empty one.
  const Shape& shape(std::size_t hash) const { return shapes_[shape_places_[hash]]; }
  // A place to remember one; the oldest is forgotten where there are many.
  Shape& new_shape(std::size_t hash) {
    newest_shape_ = newest_shape_ + 1 == kShapes ? 1 : newest_shape_ + 1;
    shape_places_[hash] = newest_shape_;
    return shapes_[newest_shape_];
  }

  QuickState(EventBatch& batch, Vectors vectors, QuickMemory& known) : labels(known.labels), celery(known.celery), vectors_(vectors), batch_(batch) { known.begin_chunk(); }

  // May be used.
  Vectors vectors() const { return vectors_; }

  // `2025-11-16` at `p`: the first nanosecond of that day.
  bool day(const char* p, std::int64_t& ns) {
    if (swar::load8(p) != day_first_ || swar::load4(p + 6) != day_last_) return another_day(p, ns);
    ns = day_ns_;
    return true;
  }

  static std::size_t place_of(std::uint64_t first, std::uint64_t last, std::uint32_t length) {
    return ((first ^ (last << 7 | last >> 57) ^ length) * 0x9E3779B97F4A7C15ULL) >> 56;
  }

  // The entry where a name is kept, if it is known at all.
  Name& entry(std::size_t place) { return names_[place]; }

  // The name in [begin, end), or null when it is not plain ASCII.
  Name* name(const char* begin, const char* end) {
    const auto length = static_cast<std::uint32_t>(end - begin);
    const std::uint64_t first = swar::load8(begin) & (length < 8 ? swar::first_bytes(static_cast<int>(length)) : ~std::uint64_t{0});
    const std::uint64_t last = length < 8 ? first : swar::load8(end - 8);
    Name& known = names_[place_of(first, last, length)];
    const bool same = known.length == length && known.first == first && known.last == last && length != 0 &&
                      (length <= 16 || same_middle(known.text + 8, begin + 8, length - 16));
    return same ? &known : another_name(known, begin, length, first, last);
  }

  EventBatch& batch() { return batch_; }

  // Bytes of text from a line on without which a reader of single lines must not look at it; shorter rests of a chunk go
  // the general way. One is enough where kReach bytes that are no text stand behind it, and the last line has its end.
  std::size_t reach = kReach;

  // Of the line that is read.
  std::uint64_t number = 0;
  std::uint8_t format = 0;

  // Readings not above this are counted and held instead of added (tenths of a MB; -1: all are wanted). The first
  // reading of a chunk is always added: it may have the input's first time.
  std::int64_t sieve = -1;
  std::int64_t sieve_behind_first = -1;

  // The same for readings outside a window of time: nobody asks for them, but they are lines of the log.
  TimeWindow window;
  TimeWindow window_behind_first;
  bool sifts() const { return sieve_behind_first >= 0 || window_behind_first.is_set(); }

  // `lines` lines were read that are a record each.
  void count(std::uint64_t lines) {
    number += lines;
    batch_.counts.lines += static_cast<std::int64_t>(lines);
    batch_.counts.records += static_cast<std::int64_t>(lines);
    batch_.format_lines[format] += lines;
  }
  // A reading was held instead of added.
  void sifted(std::uint64_t readings = 1) { batch_.sifted[format] += readings; }
  // The place for a new event of the line that is read.
  Event& add_event() {
    sieve = sieve_behind_first;
    window = window_behind_first;
    // Copied from a constant: compilers clear what is made in place by an instruction that takes longer than all the rest.
    static constexpr Event kBlank{};
    return batch_.events.emplace_back(kBlank);
  }

  // A line that was counted only. What follows it may have to know the last reading of its process.
  struct Held {
    NameId process = kNoName;
    const char* line = nullptr;
    std::uint64_t number = 0;
    std::uint8_t format = 0;   // whose quick reader reads it
    std::uint8_t counted = 0;  // what it was counted as: EventBatch::sifted
    std::uint8_t lines = 0;    // of a recent one, up to the next record
  };
  // Remembers the line at `line` as the last one of its process. False when there are too many: add its event then.
  bool hold(NameId process, const char* line) {
    for (Held& held : held_) {
      if (held.process != process) continue;
      held.line = line;
      held.number = number;
      held.format = held.counted = format;
      return true;
    }
    if (held_.size() == kMaxHeld) return false;
    held_.push_back({process, line, number, format, format, 0});
    return true;
  }
  // Remembers a record of so many lines as one of the last ones: as many as lists of operations are compared with.
  void hold_recent(const char* line, std::uint8_t lines, std::uint8_t reader) {
    recent_[recent_count_++ % kRecent] = {kNoName, line, number, reader, format, lines};
  }

  bool any_held() const { return !held_.empty() || recent_count_ != 0; }
  // What is held, in the order of the log; forgotten by this. Of the recent ones only the last, unless all are asked for.
  std::vector<Held> take_held(bool all_recent);

  // The format of alerts in front of snapshot trees; negative where it is not to be read.
  int alerts_format = -1;
  // Where the last snapshot tree that a quick reader has seen ended.
  const char* after_tree = nullptr;

  // For lines that are read in blocks.
  LineBreaks breaks;
  std::size_t most_lines = 16;    // of the next block: fewer where others stood between the lines before
  QuickLabels& labels;
  celery_quick::Memory& celery;

 private:
  static constexpr std::size_t kNames = 256;  // by the highest eight bits of a hash; a chunk has few
  static constexpr std::size_t kMaxHeld = 16;
  static constexpr std::size_t kRecent = 64;   // RepeatFilter remembers as many

  static bool same_middle(const char* a, const char* b, std::uint32_t n) {
    for (; n > 8; n -= 8, a += 8, b += 8) {
      if (swar::load8(a) != swar::load8(b)) return false;
    }
    // The last bytes of a name are compared already: to read into them costs nothing.
    return ((swar::load8(a) ^ swar::load8(b)) & swar::first_bytes(static_cast<int>(n))) == 0;
  }
  bool another_day(const char* p, std::int64_t& ns);
  Name* another_name(Name& entry, const char* begin, std::uint32_t length, std::uint64_t first, std::uint64_t last);

  Vectors vectors_;
  EventBatch& batch_;
  std::uint64_t day_first_ = 0;
  std::uint32_t day_last_ = ~std::uint32_t{0};   // both have two bytes of the text: none is this
  std::int64_t day_ns_ = 0;
  std::array<Name, kNames> names_{};
  static constexpr std::uint8_t kShapes = 128;
  std::array<Shape, kShapes> shapes_;          // the first one stays empty
  std::array<std::uint8_t, 1024> shape_places_{};
  std::uint8_t newest_shape_ = 0;
  std::vector<Held> held_;
  std::array<Held, kRecent> recent_{};
  std::size_t recent_count_ = 0;
};

// A quick reader from a function that reads one record, and counts it, or gives null. Records of several lines want
// kReach bytes of text.
template <const char* (*Read)(const char*, QuickState&)>
const char* read_each(const char* p, const char* end, QuickState& state, std::size_t reach) {
  while (static_cast<std::size_t>(end - p) >= reach) {
    const char* const next = Read(p, state);
    if (next == nullptr) break;
    p = next;
  }
  return p;
}

}  // namespace memlog
