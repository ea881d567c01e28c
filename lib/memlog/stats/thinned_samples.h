#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "memlog/stats/leak_constants.h"

namespace memlog::stats {

// One reading as the analysis keeps it.
struct KeptSample {
  double t = 0.0;               // seconds on the repaired axis
  double mb = 0.0;
  float sessions = 0.0F;        // NaN where the log does not say
  std::uint32_t segment = 0;
};

// Samples in bounded memory. When the store is full, every second sample is dropped and from then on one in two is
// kept (then one in four, …); the first and the last sample of each segment always stay. Systematic, so the same log
// gives the same answer, and evenly spread, so quantiles and slopes survive. Segments that can never be strata are the
// first to go, and beyond kMaxSegments the smaller half of them.
class ThinnedSamples {
 public:
  // Segments must come in ascending order.
  void add(const KeptSample& s) { add(s.t, s.mb, s.sessions, s.segment); }
  // Number by number: a sample put together in memory and copied from there at once stalls on its own stores, which
  // takes longer than all the rest of its way into the store.
  void add(double t, double mb, float sessions, std::uint32_t segment) {
    if (segments_.empty() || segments_.back().id != segment) open_segment(segment);
    skipped_ = (segments_.back().samples++ & (stride_ - 1)) != 0;
    if (!skipped_) return keep({t, mb, sessions, segment});
    newest_.t = t;
    newest_.mb = mb;
    newest_.sessions = sessions;
    newest_.segment = segment;
  }
  // As add() of at(0) … at(count - 1), all of one segment: only those that stay are asked for.
  template <typename At>
  void add_row(std::size_t count, std::uint32_t segment, At at) {
    if (count == 0) return;
    if (segments_.empty() || segments_.back().id != segment) open_segment(segment);
    for (std::size_t i = 0; i < count; ++i) {
      Segment& open = segments_.back();
      const std::uint64_t before_kept = (0 - open.samples) & (stride_ - 1);
      const std::size_t left = count - i;
      if (before_kept >= left) {
        open.samples += left;
        newest_ = at(count - 1);
        skipped_ = true;
        return;
      }
      open.samples += before_kept + 1;
      i += static_cast<std::size_t>(before_kept);
      skipped_ = false;
      keep(at(i));
    }
  }
  void thin();     // gives its memory back as well
  void clear();    // keeps it

  // What is kept, by segment and time. Segments with fewer samples than a stratum needs may be missing.
  std::vector<KeptSample> samples() const;
  std::size_t size() const { return kept_.size(); }

 private:
  struct Segment {
    std::uint32_t id = 0;
    std::uint64_t samples = 0;    // seen, not kept
  };

  void keep(const KeptSample& sample) {
    kept_.push_back(sample);
    if (kept_.size() >= kMaxKeptSamples) drop_every_second();
  }
  void drop_every_second();
  void open_segment(std::uint32_t id);
  void close_segment();
  void drop_small_segments();
  void forget(const std::vector<std::uint32_t>& ids);

  std::vector<KeptSample> kept_;
  std::vector<Segment> segments_;
  KeptSample newest_;           // where it is skipped: the newest sample
  bool skipped_ = false;
  std::uint64_t stride_ = 1;    // a power of two
};

}  // namespace memlog::stats
