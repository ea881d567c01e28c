#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "memlog/base/scratch_file.h"
#include "memlog/stats/histogram.h"

namespace memlog::stats {

// The steps of many histograms that together would take more room than there is: all of them are put aside at once, in a
// file without a name, and none is lost. What is put aside again and again is put together now and then, so the file
// grows with the steps that differ, not with the log.
class AsideSteps {
 public:
  using HistogramAt = std::function<Histogram&(std::size_t)>;

  // The steps of the histograms 0 … count - 1. A histogram keeps its number; later ones may be more.
  void put(std::size_t count, const HistogramAt& at);
  // Adds what was put aside of a histogram.
  void add_to(std::size_t i, Histogram& histogram) const;
  bool empty() const { return runs_.empty(); }
  std::uint64_t bytes() const { return file_.size(); }

 private:
  static constexpr std::size_t kMostRuns = 8;
  static constexpr std::size_t kInMemory = 1 << 16;

  // What was put aside at once: each histogram's bytes end where the next one's begin.
  struct Run {
    std::uint64_t at = 0;
    std::vector<std::uint32_t> ends;
  };
  class Writer;

  std::vector<Run> runs_;
  ScratchFile file_{kInMemory};
};

}  // namespace memlog::stats
