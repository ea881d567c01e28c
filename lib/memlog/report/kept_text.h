#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

#include "memlog/base/swar.h"
#include "memlog/base/time.h"

// Text that is kept from line to line, since the next line's differs from it in a digit or two.
namespace memlog {

// Times of the hour of the time before, which most are: all but minutes and seconds is a copy.
class KeptHour {
 public:
  // Bytes that put() may touch.
  static constexpr std::size_t kRoom = 32;

  // Writes the time; gives the place behind it, or null where the hour or the way of writing is another one.
  char* put(char* place, const Timestamp& time) const {
    const std::uint64_t ns = static_cast<std::uint64_t>(time.ns) - begin_;
    if (ns >= kHour || !is_plain(time)) return nullptr;
    const auto ms = static_cast<std::uint32_t>(ns / 1'000'000);
    const std::uint32_t second = ms / 1000;
    const std::uint32_t fraction = ms - second * 1000;
    // `MM:SS.ff`: two digits from each of three numbers at once.
    const std::uint64_t numbers = second / 60 | std::uint64_t{second % 60} << 24 | std::uint64_t{fraction / 10} << 48;
    const std::uint64_t tens = (numbers * 103 >> 10) & 0x000F00000F00000FULL;
    const std::uint64_t text = (tens | (numbers - 10 * tens) << 8) + 0x30302E30303A3030ULL;
    std::memcpy(place, text_, sizeof text_);
    std::memcpy(place + size_, &text, 8);
    if (time.digits == 0) return place + size_ + 5;
    place[size_ + 8] = static_cast<char>('0' + fraction % 10);
    return place + size_ + 9;
  }

  // `text` is that of the hour that begins at `begin`, up to and with the colon behind it.
  void keep(std::uint64_t begin, std::string_view text) {
    if (!swar::kUsable || text.size() > sizeof text_) return;
    std::memcpy(text_, text.data(), text.size());
    size_ = text.size();
    begin_ = begin;
  }

  static bool is_plain(const Timestamp& time) {
    return time.dated && time.zone_minutes == Timestamp::kNoZone && (time.digits == 0 || time.digits == 3);
  }

  static constexpr std::uint64_t kHour = 3600ULL * kNanosPerSecond;

 private:
  static constexpr std::uint64_t kNothing = (1ULL << 63) + 1;   // in 1677, beside Timestamp::kNone
  std::uint64_t begin_ = kNothing;
  std::size_t size_ = 0;
  char text_[16] = {};
};

// Numbers that share all but their last digit with the one before, as those of lines do.
class KeptTen {
 public:
  static constexpr std::size_t kRoom = 8;

  // Writes the number; gives the place behind it, or null where other digits differ as well.
  char* put(char* place, std::uint64_t n) const {
    const std::uint64_t last = n - begin_;
    if (last >= 10) return nullptr;
    const std::uint64_t text = text_ + (last << shift_);
    std::memcpy(place, &text, 8);
    return place + size_;
  }

  // `text` has the `size` digits of `n`, the first one lowest.
  void keep(std::uint64_t n, std::uint64_t text, unsigned size) {
    begin_ = n - n % 10;
    size_ = size;
    shift_ = 8 * (size - 1);
    text_ = text - (n % 10 << shift_);
  }

 private:
  static constexpr std::uint64_t kNothing = ~std::uint64_t{0} - 16;
  std::uint64_t begin_ = kNothing;
  std::uint64_t text_ = 0;
  unsigned size_ = 0;
  unsigned shift_ = 0;
};

}  // namespace memlog
