#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "memlog/base/decimal.h"
#include "memlog/base/time.h"

namespace memlog::crash {

struct Reading {
  std::int64_t ns = 0;
  double rss_mb = kMissing;
  double queue = kMissing;
};

// The readings of the last hour, and no more than so many. They lie in a row and are moved to its front once in a while:
// nearly every reading of a log goes through here, and few are ever looked at.
class RecentReadings {
 public:
  static constexpr std::size_t kMost = 720;
  static constexpr std::int64_t kNs = 3600 * kNanosPerSecond;

  void add(const Reading& reading) {
    push(reading);
    forget_before(reading.ns - kNs);
  }

  // As add() of at(0) … at(count - 1), whose times do not fall.
  template <typename At>
  void add_row(std::size_t count, At at) {
    if (count == 0) return;
    std::size_t from = count - std::min(count, kMost);
    const std::int64_t oldest = at(count - 1).ns - kNs;
    forget_before(oldest);
    if (empty()) {
      // The first one of the last hour is looked for by halves.
      for (std::size_t left = count - from; left > 0;) {
        const std::size_t half = left / 2;
        const bool before = at(from + half).ns < oldest;
        from += before ? half + 1 : 0;
        left = before ? left - half - 1 : half;
      }
    }
    const std::size_t before = kept_.size();
    kept_.resize(before + count - from);
    for (std::size_t i = from; i < count; ++i) kept_[before + i - from] = at(i);
    begin_ = std::max(begin_, kept_.size() - std::min(kept_.size(), kMost));
    forget_before(oldest);
  }

  bool empty() const { return begin_ == kept_.size(); }
  std::span<const Reading> all() const { return std::span(kept_).subspan(begin_); }

 private:
  static constexpr std::size_t kMoveAt = 256;

  void push(const Reading& reading) {
    kept_.push_back(reading);
    if (kept_.size() - begin_ > kMost) ++begin_;
  }
  void forget_before(std::int64_t ns) {
    while (!empty() && kept_[begin_].ns < ns) ++begin_;
    if (begin_ < kMoveAt) return;
    kept_.erase(kept_.begin(), kept_.begin() + static_cast<std::ptrdiff_t>(begin_));
    begin_ = 0;
  }

  std::vector<Reading> kept_;
  std::size_t begin_ = 0;
};

}  // namespace memlog::crash
