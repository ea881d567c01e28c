#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "memlog/analysis/analysis.h"
#include "memlog/analysis/record.h"
#include "memlog/stats/top_n.h"

namespace memlog {

// When memory was highest, and what ran then.
class Peak : public Analysis {
 public:
  enum class Metric : std::uint8_t { rss, vms, container, system_used };
  struct Options {
    std::size_t top = 10;
    Metric metric = Metric::rss;
    double over_mb = kMissing;     // all samples above it instead of the top ones
    double distinct_s = -1;        // one entry per episode: peaks less than this apart are one; negative: off
    bool raw = false;              // the records' own lines instead of a table
  };

  explicit Peak(const Options& options);
  void fold(const Slice& slice) override;
  Report report(const ReadResult& result) override;
  double wanted_above_mb() const override;

 private:
  double value_of(const Event& event) const;
  void fold_distinct(const Event& event, double value, const EventBatch& batch);
  void end_episode();

  Options options_;
  TopN<KeptRecord> top_;
  double best_ = kMissing;         // of the episode
  double last_in_episode_s_ = kMissing;
  KeptRecord episode_;
  std::uint64_t considered_ = 0;   // samples that the user's filters left
  mutable bool sifted_ = false;    // there are no filters, and some samples were only counted
};

}  // namespace memlog
