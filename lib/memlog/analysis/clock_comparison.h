#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "memlog/scan/read_events.h"

namespace memlog {

// Two logs of one monitor (its own and the program's) tell the same readings. Where their clocks differ by a constant, a
// zone mostly, the readings pair up at that distance and at no other.
class ClockComparison {
 public:
  // Readings that are kept of all inputs together; of more only those whose value passes a sieve, the same for all.
  explicit ClockComparison(std::size_t most = 40'000) : most_(most) {}

  void fold(const Slice& slice);

  struct Shift {
    std::uint16_t input = 0;        // the first one of its log, which has one clock
    std::uint16_t reference = 0;    // whose clock the others are told by: the one with most readings
    std::int64_t seconds = 0;       // to be added to the input's times
    std::size_t pairs = 0;          // readings that then agree
  };
  std::vector<Shift> shifts() const;

 private:
  struct Reading {
    std::int64_t second = 0;
    std::int32_t tenths = 0;        // of a MB
  };

  bool passes(std::int32_t tenths) const { return (static_cast<std::uint32_t>(tenths) * 2654435761U >> 16) % sieve_ == 0; }
  void thin();

  std::size_t most_;
  std::size_t kept_ = 0;
  std::uint32_t sieve_ = 1;
  std::vector<std::vector<Reading>> inputs_;
};

}  // namespace memlog
