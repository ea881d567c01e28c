#include "memlog/stats/thinned_samples.h"

#include <algorithm>
#include <utility>

#include "memlog/stats/leak_constants.h"

namespace memlog::stats {

void ThinnedSamples::open_segment(std::uint32_t id) {
  close_segment();
  segments_.push_back({id, 0});
}

void ThinnedSamples::close_segment() {
  if (std::exchange(skipped_, false)) {
    keep(newest_);
    if (std::exchange(skipped_, false)) kept_.push_back(newest_);    // thinned away, but it is the segment's end
  }
  if (segments_.size() >= kMaxSegments) drop_small_segments();
}

void ThinnedSamples::clear() {
  kept_.clear();
  segments_.clear();
  skipped_ = false;
  stride_ = 1;
}

void ThinnedSamples::thin() {
  drop_every_second();
  kept_.shrink_to_fit();
}

void ThinnedSamples::drop_every_second() {
  if (kept_.size() < 2 || stride_ >= kMaxStride) return;
  std::vector<std::uint32_t> tiny;
  for (std::size_t s = 0; s + 1 < segments_.size(); ++s) {
    if (segments_[s].samples < kMinStratumSamples) tiny.push_back(segments_[s].id);
  }
  forget(tiny);
  stride_ *= 2;
  const KeptSample last_kept = kept_.back();
  std::size_t out = 0;
  std::size_t place = 0;    // within the segment
  for (std::size_t i = 0; i < kept_.size(); ++i) {
    const bool first = i == 0 || kept_[i].segment != kept_[i - 1].segment;
    const bool closed_last = i + 1 < kept_.size() && kept_[i + 1].segment != kept_[i].segment;
    place = first ? 0 : place + 1;
    if (place % 2 == 0 || closed_last) kept_[out++] = kept_[i];
  }
  // A dropped newest sample is still the end of the open segment, until the next one comes.
  if (place % 2 != 0 && !skipped_) {
    newest_ = last_kept;
    skipped_ = true;
  }
  kept_.resize(out);
}

void ThinnedSamples::drop_small_segments() {
  std::vector<Segment> order(segments_.begin(), segments_.end());
  const auto larger = [](const Segment& a, const Segment& b) {
    return a.samples != b.samples ? a.samples > b.samples : a.id > b.id;
  };
  std::sort(order.begin(), order.end(), larger);
  std::vector<std::uint32_t> small;
  for (std::size_t s = kMaxSegments / 2; s < order.size(); ++s) small.push_back(order[s].id);
  std::sort(small.begin(), small.end());
  forget(small);
}

// `ids` in ascending order.
void ThinnedSamples::forget(const std::vector<std::uint32_t>& ids) {
  if (ids.empty()) return;
  const auto listed = [&](std::uint32_t id) { return std::binary_search(ids.begin(), ids.end(), id); };
  std::erase_if(kept_, [&](const KeptSample& s) { return listed(s.segment); });
  std::erase_if(segments_, [&](const Segment& s) { return listed(s.id); });
}

std::vector<KeptSample> ThinnedSamples::samples() const {
  std::vector<KeptSample> out = kept_;
  if (skipped_) out.push_back(newest_);
  const auto before = [](const KeptSample& a, const KeptSample& b) {
    return a.segment != b.segment ? a.segment < b.segment : a.t < b.t;
  };
  if (!std::is_sorted(out.begin(), out.end(), before)) std::stable_sort(out.begin(), out.end(), before);
  return out;
}

}  // namespace memlog::stats
