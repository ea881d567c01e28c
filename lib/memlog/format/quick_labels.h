#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "memlog/event/bare_reading.h"
#include "memlog/format/quick_credit.h"

namespace memlog {

// What stands between the time and the numbers of a line, and what it means: `>>> TASK START [Backup Upload]`. There are
// few different ones; a reader compares a line's with the one that was remembered under the same hash. Texts are
// remembered from chunk to chunk, numbers of names are a chunk's own.
class QuickLabels {
 public:
  static constexpr std::size_t kLongest = 63;   // characters, the bracket at the end included
  static constexpr std::size_t kPlaces = 4096;  // twelve bits of a hash

  struct alignas(64) Meaning {
    // What a reading is but for its numbers. The task is that of the chunk, kNoName while nobody has asked for it.
    BareReading like;
    std::uint8_t facts = 0;        // the format's own
    std::uint8_t name = 0;         // how long the name is, which ends in front of the bracket
  };

  QuickLabels() { texts_[0] = {}; }

  // Numbers of names are forgotten.
  void begin_chunk() {
    credit.begin_chunk();
    for (std::size_t i = 0; i < samples_; ++i) meanings_[i].like.task = kNoName;
    for (std::size_t i = marks_; i < kMost; ++i) meanings_[i].like.task = kNoName;
  }

  std::uint8_t at(std::size_t place) const { return places_[place]; }
  // Its text, with zeros behind it; of the label 0 nothing but zeros.
  const unsigned char* text(std::uint8_t label) const { return texts_[label].bytes; }
  Meaning& meaning(std::uint8_t label) { return meanings_[label]; }
  const Meaning& meaning(std::uint8_t label) const { return meanings_[label]; }

  // For whoever reads with them.
  QuickCredit credit;

  // For so many new ones; where there is none, all that are known are forgotten.
  void make_room(std::size_t labels) {
    if (samples_ + labels <= marks_) return;
    places_.fill(0);
    samples_ = 1;
    marks_ = kMost;
    generation_ = next_generation();
  }
  // A label means the same wherever this is the same, in other labels as well.
  std::uint64_t generation() const { return generation_; }

  // Remembers one of `length` characters, the bracket included, for which there is room; or where it is, if another one
  // has taken its place. Never 0. What starts or ends a run is above all that does not.
  std::uint8_t add(std::size_t place, const char* text, std::size_t length, const Meaning& meaning) {
    Text remembered{};
    std::memcpy(remembered.bytes, text, std::min(length, kLongest));
    const bool is_mark = meaning.like.kind != EventKind::sample;
    const auto begin = texts_.begin() + (is_mark ? marks_ : 1);
    const auto end = is_mark ? texts_.end() : texts_.begin() + samples_;
    const auto found = std::find_if(begin, end, [&](const Text& other) { return std::memcmp(other.bytes, remembered.bytes, sizeof other.bytes) == 0; });
    if (found != end) return places_[place] = static_cast<std::uint8_t>(found - texts_.begin());
    const std::uint8_t label = is_mark ? --marks_ : samples_++;
    places_[place] = label;
    texts_[label] = remembered;
    meanings_[label] = meaning;
    return label;
  }

 private:
  static std::uint64_t next_generation() {
    static std::atomic<std::uint64_t> generations{0};
    return generations.fetch_add(1, std::memory_order_relaxed) + 1;
  }

  static constexpr std::uint8_t kMost = 240;
  struct alignas(64) Text {
    unsigned char bytes[kLongest + 1];
  };
  std::array<std::uint8_t, kPlaces> places_{};
  std::array<Text, kMost> texts_;
  std::array<Meaning, kMost> meanings_{};
  std::uint8_t samples_ = 1;       // labels below are in use,
  std::uint8_t marks_ = kMost;     // and from here on
  std::uint64_t generation_ = next_generation();
};

}  // namespace memlog
