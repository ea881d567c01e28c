#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "memlog/analysis/window.h"

namespace memlog {

// Which of many things happened in a window, by their times; without a look at all of them for each window.
class TimeIndex {
 public:
  TimeIndex() = default;
  explicit TimeIndex(const std::vector<Timestamp>& times) : count_(times.size()) {
    for (std::size_t i = 0; i < times.size(); ++i) {
      if (times[i].known()) at_.emplace_back(window::local_ns(times[i]), i);
    }
    std::sort(at_.begin(), at_.end());
  }

  std::size_t size() const { return count_; }
  // In the order in which they were given.
  std::vector<std::size_t> within(std::int64_t from_ns, std::int64_t to_ns) const {
    std::vector<std::size_t> found;
    for (auto at = std::lower_bound(at_.begin(), at_.end(), std::pair{from_ns, std::size_t{0}}); at != at_.end() && at->first < to_ns; ++at) found.push_back(at->second);
    std::sort(found.begin(), found.end());
    return found;
  }

 private:
  std::vector<std::pair<std::int64_t, std::size_t>> at_;
  std::size_t count_ = 0;            // with those whose time is unknown
};

}  // namespace memlog
