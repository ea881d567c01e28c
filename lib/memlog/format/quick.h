#pragma once

#include <array>
#include <cstdint>
#include <limits>
#include <string_view>
#include <vector>

#include "memlog/event/batch.h"

// Quick readers: whole lines that look exactly as their writer prints them are read by checked fixed positions, envelope
// and message in one go. Any other line gets nullptr and goes the general way, which is the one that defines what a
// line means: a quick reader must give the same event or none.
namespace memlog {

// What a quick reader needs to remember within a chunk. Forgetting it changes nothing but the speed.
class QuickState {
 public:
  // Bytes that may be read behind the start of a line; shorter rests of a chunk go the general way.
  static constexpr std::size_t kReach = 640;

  struct Name {
    const char* text = nullptr;
    std::uint64_t first = 0;
    std::uint64_t last = 0;
    std::uint32_t length = 0;
    NameId id = kNoName;
    TextId as_text = kNoText;
    std::uint8_t facts = 0;      // the format's own, see `facts_known`
    bool facts_known = false;
  };

  explicit QuickState(EventBatch& batch) : batch_(batch) {}

  // `2025-11-16` at `p`: the first nanosecond of that day.
  bool day(const char* p, std::int64_t& ns);

  // The name in [begin, end), or null when it is not plain ASCII.
  Name* name(const char* begin, const char* end);

  EventBatch& batch() { return batch_; }

  // Of the line that is read.
  std::uint64_t number = 0;
  std::uint8_t format = 0;

  // Readings not above this are counted and held instead of added (tenths of a MB; -1: all are wanted).
  std::int64_t sieve = -1;

  // A line that was counted only. What follows it may have to know the last reading of its process.
  struct Held {
    NameId process = kNoName;
    const char* line = nullptr;
    std::uint64_t number = 0;
    std::uint8_t format = 0;
  };
  // Remembers the line at `line` as the last one of its process. False when there are too many: add its event then.
  bool hold(NameId process, const char* line);
  std::vector<Held>& held() { return held_; }

 private:
  static constexpr std::size_t kNames = 64;
  static constexpr std::size_t kMaxHeld = 16;

  EventBatch& batch_;
  std::uint64_t day_first_ = 0;
  std::uint32_t day_last_ = 0;
  std::int64_t day_ns_ = 0;
  std::array<Name, kNames> names_{};
  std::vector<Held> held_;
};

}  // namespace memlog
