#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>

namespace memlog {

// Whether remembering texts of lines is worth it: one that is new costs as much as many that are known. Most logs have
// few; where one has more than there is room for, its lines are read another way for a while.
class QuickCredit {
 public:
  static constexpr std::int64_t kPrice = 64;     // lines that one with something new costs
  static constexpr std::int64_t kNew = 768;      // of them are paid for at the start, and never more
  static constexpr std::int64_t kAnother = 64;   // after a while
  static constexpr std::uint32_t kWhile = 32;    // chunks

  // Of so many lines, these had something that was remembered, or looked for among all that is.
  void pay(std::size_t lines, std::size_t remembered) {
    balance_ = std::min(balance_ + static_cast<std::int64_t>(lines), kNew * kPrice) - static_cast<std::int64_t>(remembered) * kPrice;
    if (balance_ < 0) chunks_off_ = kWhile;
  }
  bool is_good() const { return chunks_off_ == 0; }
  void begin_chunk() {
    if (chunks_off_ > 0 && --chunks_off_ == 0) balance_ = kAnother * kPrice;
  }

 private:
  std::int64_t balance_ = kNew * kPrice;
  std::uint32_t chunks_off_ = 0;
};

}  // namespace memlog
