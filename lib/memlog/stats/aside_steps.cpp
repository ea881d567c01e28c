#include "memlog/stats/aside_steps.h"

#include <utility>

namespace memlog::stats {

// Writes a run, some pages at a time.
class AsideSteps::Writer {
 public:
  Writer(ScratchFile& file, std::size_t count) : file_(file) {
    run_.at = file.size();
    run_.ends.reserve(count);
  }
  void add(Histogram& histogram) {
    histogram.take_packed(bytes_);
    run_.ends.push_back(written_ + static_cast<std::uint32_t>(bytes_.size()));
    if (bytes_.size() >= kPages) flush();
  }
  Run finish() {
    flush();
    return std::move(run_);
  }

 private:
  static constexpr std::size_t kPages = 1 << 15;

  void flush() {
    file_.append(bytes_);
    written_ += static_cast<std::uint32_t>(bytes_.size());
    bytes_.clear();
  }

  ScratchFile& file_;
  Run run_;
  std::uint32_t written_ = 0;    // of a run: four thousand histograms of 65,536 steps have less
  std::string bytes_;
};

void AsideSteps::put(std::size_t count, const HistogramAt& at) {
  if (runs_.size() == kMostRuns) {
    ScratchFile file(kInMemory);
    Writer all(file, runs_.back().ends.size());
    for (std::size_t i = 0; i < runs_.back().ends.size(); ++i) {
      Histogram histogram;
      add_to(i, histogram);
      all.add(histogram);
    }
    runs_.assign(1, all.finish());
    file_ = std::move(file);
  }
  Writer run(file_, count);
  for (std::size_t i = 0; i < count; ++i) run.add(at(i));
  runs_.push_back(run.finish());
}

void AsideSteps::add_to(std::size_t i, Histogram& histogram) const {
  for (const Run& run : runs_) {
    if (i >= run.ends.size()) continue;
    const std::uint32_t begin = i == 0 ? 0 : run.ends[i - 1];
    if (run.ends[i] > begin) histogram.add_packed(file_.read(run.at + begin, run.ends[i] - begin));
  }
}

}  // namespace memlog::stats
