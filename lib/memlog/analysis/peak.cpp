#include "memlog/analysis/peak.h"

namespace memlog {

namespace {

// `--over` lists everything above a size: as many as anyone reads, and no more than memory holds.
constexpr std::size_t kMostOver = 1'000'000;

}  // namespace

Peak::Peak(const Options& options) : options_(options), top_(is_known(options.over_mb) ? kMostOver : options.top) {}

double Peak::value_of(const Event& event) const {
  switch (options_.metric) {
    case Metric::rss: return event.rss_mb;
    case Metric::vms: return event.vms_mb;
    case Metric::container: return event.container_mb;
    case Metric::system_used: {
      if (!is_known(event.available_mb) || !is_known(event.free_percent)) return 100.0 - event.free_percent;
      // Used MB where the total is known: available is `free_percent` of it.
      if (event.free_percent <= 0.0) return kMissing;
      return event.available_mb / event.free_percent * (100.0 - event.free_percent);
    }
  }
  return kMissing;
}

void Peak::fold(const Slice& slice) {
  for (const Event& event : slice.events) {
    const bool reading = event.is(flag::kSample) || (options_.metric != Metric::rss && event.is(flag::kRecord));
    if (!reading || !event.is(flag::kSelected)) continue;
    if (event.is(flag::kSample)) ++considered_;
    const double value = value_of(event);
    if (!is_known(value)) continue;
    if (is_known(options_.over_mb) && !(value > options_.over_mb)) continue;
    if (options_.distinct_s >= 0) fold_distinct(event, value, slice.batch);
    else if (top_.wants(value)) top_.add(value, keep(event, slice.batch));
  }
}

double Peak::wanted_above_mb() const {
  sifted_ = true;
  if (options_.metric != Metric::rss || options_.distinct_s >= 0 || options_.raw) return -1;
  return is_known(options_.over_mb) ? options_.over_mb : top_.least();
}

// An episode ends when no sample comes within half of its peak's height for the gap; simpler and as useful: samples
// that are less than the gap apart from the episode's best one are its neighbours.
void Peak::fold_distinct(const Event& event, double value, const EventBatch& batch) {
  const double now = event.time.known() ? event.time.seconds() : last_in_episode_s_;
  const bool same = is_known(best_) && is_known(now) && is_known(last_in_episode_s_) && now - last_in_episode_s_ <= options_.distinct_s &&
                    now >= last_in_episode_s_ - options_.distinct_s;
  if (!same) end_episode();
  if (!is_known(best_) || value > best_) {
    best_ = value;
    episode_ = keep(event, batch);
    last_in_episode_s_ = now;
  }
}

void Peak::end_episode() {
  if (is_known(best_) && top_.wants(best_)) top_.add(best_, episode_);
  best_ = kMissing;
  last_in_episode_s_ = kMissing;
}

}  // namespace memlog
