#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "memlog/event/event.h"
#include "memlog/format/quick_labels.h"

namespace memlog::celery_quick {

// How a task monitor's line goes on behind its task, digits all '0': `] FINISH (delta=+00.0MB, peak=000.0MB): RSS=…` up to
// its end. There are few ways, by labels and by widths of numbers; a line's is compared with the one that was remembered
// under the same hash, and needs no search for its numbers then. Remembered from chunk to chunk.
class Tails {
 public:
  static constexpr std::size_t kLongest = 127;    // characters, without the line's end
  static constexpr std::size_t kPlaces = 4096;    // twelve bits of a hash
  static constexpr std::size_t kNumbers = 3;

  // Three lines of cache.
  struct alignas(64) Tail {
    unsigned char text[kLongest + 1];             // with the line's end; zeros behind it
    unsigned char digits[kNumbers][16];           // each number's, by their places in the sixteen bytes from `at` on
    std::uint64_t rest = 0;                       // bits of the bytes from the 64th on up to the line's end
    std::uint8_t at[kNumbers] = {};
    EventKind kind = EventKind::sample;
  };

  Tails() { tails_[0] = {}; }

  std::uint16_t at(std::size_t place) const { return places_[place]; }
  const Tail& tail(std::uint16_t number) const { return tails_[number]; }

  // For so many new ones; where there is none, all that are known are forgotten.
  void make_room(std::size_t tails) {
    if (count_ + tails <= kMost) return;
    places_.fill(0);
    count_ = 1;
  }

  // Remembers one, for which there is room; or where it is, if another one has taken its place. Never 0.
  std::uint16_t add(std::size_t place, const Tail& tail) {
    const auto end = tails_.begin() + count_;
    const auto found = std::find_if(tails_.begin() + 1, end, [&](const Tail& other) { return std::memcmp(other.text, tail.text, sizeof tail.text) == 0; });
    const auto number = static_cast<std::uint16_t>(found - tails_.begin());
    places_[place] = number;
    if (found != end) return number;
    ++count_;
    tails_[number] = tail;
    return number;
  }

 private:
  static constexpr std::size_t kMost = 512;
  static_assert(sizeof(Tail) == 192);
  std::array<std::uint16_t, kPlaces> places_{};
  std::array<Tail, kMost> tails_;
  std::uint16_t count_ = 1;
};

// What is remembered of a task monitor's lines.
struct Memory {
  QuickLabels names;                              // `ForkPoolWorker-2] Memory [`, `app.tasks.process]`
  Tails tails;
};

}  // namespace memlog::celery_quick
