#pragma once

#include <fmt/format.h>

#include <cstdint>
#include <string>

#include "memlog/base/time.h"

namespace memlog::test {

// A bot's log from 2025-11-16 on, a second or more a line, with a generator of numbers that is the same everywhere.
class BotLog {
 public:
  // What stands up to the bracket (`--- [Idle`), and tenths of MB and of a percent.
  void add(const std::string& what, std::uint32_t rss, std::uint32_t vms = 8127, std::uint32_t available = 7253, std::uint32_t free = 356) {
    Timestamp time;
    time.ns = second_ * kNanosPerSecond;
    std::string when;
    append_time(when, time, ' ');
    text_ += fmt::format("{} {}] | RSS: {:6.1f} MB | VMS: {:6.1f} MB | System Available: {:6.1f} MB ({:.1f}% free)\n", when, what, rss / 10.0, vms / 10.0,
                         available / 10.0, free / 10.0);
    second_ += 1 + random(4);
  }
  std::uint32_t random(std::uint32_t below) { return (state_ = state_ * 1'664'525 + 1'013'904'223) / 65'536 % below; }
  void put_back(std::int64_t seconds) { second_ -= seconds; }
  const std::string& text() const { return text_; }

 private:
  std::string text_;
  std::int64_t second_ = days_from_civil(2025, 11, 16) * 86'400;
  std::uint32_t state_ = 11;
};

}  // namespace memlog::test
