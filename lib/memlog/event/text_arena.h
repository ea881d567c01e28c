#pragma once

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <memory>
#include <string_view>
#include <vector>

namespace memlog {

// Bytes that live until clear(): addresses never change, clear() keeps the memory for the next round.
class TextArena {
 public:
  std::string_view add(std::string_view text) {
    if (text.empty()) return {};
    char* const p = allocate(text.size());
    std::memcpy(p, text.data(), text.size());
    return {p, text.size()};
  }

  char* allocate(std::size_t n) {
    while (current_ < blocks_.size() && blocks_[current_].size - used_ < n) {
      ++current_;
      used_ = 0;
    }
    if (current_ == blocks_.size()) {
      const std::size_t size = std::max(n, blocks_.empty() ? kFirstBlock : std::min(4 * blocks_.back().size, kBlock));
      blocks_.push_back({std::make_unique<char[]>(size), size});
      used_ = 0;
    }
    char* const p = blocks_[current_].bytes.get() + used_;
    used_ += n;
    return p;
  }

  void clear() {
    // One block is kept: a single huge record must not hold its memory for the rest of the run.
    if (blocks_.size() > 1) blocks_.erase(blocks_.begin(), blocks_.end() - 1);
    if (!blocks_.empty() && blocks_[0].size > 4 * kBlock) blocks_.clear();
    current_ = 0;
    used_ = 0;
  }

 private:
  static constexpr std::size_t kFirstBlock = 256;  // a thousand open logs have an arena each, and more
  static constexpr std::size_t kBlock = 16 * 1024;
  struct Block {
    std::unique_ptr<char[]> bytes;
    std::size_t size = 0;
  };
  std::vector<Block> blocks_;
  std::size_t current_ = 0;
  std::size_t used_ = 0;
};

}  // namespace memlog
