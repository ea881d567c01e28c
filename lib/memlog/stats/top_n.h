#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace memlog {

// The n largest values seen, with what belongs to each; of equal values the earlier ones. A value that cannot enter is
// turned away by one comparison, before anything is copied.
template <typename Item>
class TopN {
 public:
  explicit TopN(std::size_t n) : n_(n) {}

  bool wants(double value) const { return n_ > 0 && (entries_.size() < n_ || value > entries_.front().value); }

  // What a value must exceed to enter; -1 while any may.
  double least() const { return n_ > 0 && entries_.size() == n_ ? entries_.front().value : -1; }

  void add(double value, Item item) {
    if (!wants(value)) return;
    if (entries_.size() == n_) {
      std::pop_heap(entries_.begin(), entries_.end(), Better{});
      entries_.pop_back();
    }
    entries_.push_back({value, count_++, std::move(item)});
    std::push_heap(entries_.begin(), entries_.end(), Better{});
  }

  // Largest first.
  std::vector<Item> sorted() const {
    std::vector<Entry> entries = entries_;
    std::sort(entries.begin(), entries.end(), Better{});
    std::vector<Item> items;
    items.reserve(entries.size());
    for (Entry& entry : entries) items.push_back(std::move(entry.item));
    return items;
  }

  std::size_t size() const { return entries_.size(); }

 private:
  struct Entry {
    double value = 0;
    std::uint64_t order = 0;
    Item item;
  };
  struct Better {
    bool operator()(const Entry& a, const Entry& b) const { return a.value != b.value ? a.value > b.value : a.order < b.order; }
  };

  std::size_t n_;
  std::uint64_t count_ = 0;
  std::vector<Entry> entries_;  // a heap with the worst in front
};

}  // namespace memlog
