#pragma once

#include <cstdint>
#include <vector>

#include "memlog/base/scratch_file.h"
#include "memlog/report/report.h"

namespace memlog {

// The tasks of an answer of `by-task`, put aside: thousands of them, each with its samples, are more than a
// comparison should hold while it reads the other side.
class KeptTasks {
 public:
  void add(const Value& task);
  std::size_t size() const { return places_.size(); }
  Value task(std::size_t i) const;

  // All of them as a list that makes its elements, and holds what they are made of.
  static Value list_of(KeptTasks tasks);

 private:
  struct Place {
    std::uint64_t at = 0;
    std::size_t size = 0;
  };
  std::vector<Place> places_;
  ScratchFile file_;
};

}  // namespace memlog
