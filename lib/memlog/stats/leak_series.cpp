#include "memlog/stats/leak_series.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "memlog/stats/leak_constants.h"

namespace memlog::stats {
namespace {

bool usable_time(double t) { return std::isfinite(t) && std::fabs(t) <= kMaxTimeSeconds; }
bool usable(const Reading& r) { return usable_time(r.t) && r.rss_mb >= 0.0 && r.rss_mb <= kMaxMemoryMb; }

}  // namespace

bool LeakSeries::add(const Reading& reading) {
  if (!usable(reading)) return false;
  if (samples_ == 0 || restarted_) open_segment(reading.t);
  count(reading);
  keep(reading);
  return true;
}

void LeakSeries::open_segment(double t) {
  // Far more restarts than anybody reads: the first and the last ones stay.
  if (segments_.size() == kMaxSegments) segments_.erase(segments_.begin() + kMaxSegments / 2);
  segments_.push_back({t, t, 0, restarted_});
  ++segment_count_;
  restarted_ = false;
  pooled_.new_segment();
}

void LeakSeries::count(const Reading& reading) {
  const bool is_first = samples_ == 0;
  count_span(reading.t, reading.t, 1);
  if (keeps_ == Keeps::verdict) return;
  const Named named{reading.t, reading.rss_mb, reading.source};
  if (is_first) first_ = lowest_ = highest_ = named;
  last_ = named;
  if (reading.rss_mb < lowest_.mb) lowest_ = named;
  if (reading.rss_mb > highest_.mb) highest_ = named;
  classic_.add(reading.t, reading.rss_mb);
  line_.add(reading.t, reading.rss_mb);
  pooled_.add(reading.t, reading.rss_mb);
}

void LeakSeries::count_span(double start, double end, std::uint64_t samples) {
  first_t_ = samples_ == 0 ? start : std::min(first_t_, start);
  last_t_ = samples_ == 0 ? end : std::max(last_t_, end);
  samples_ += samples;
  Segment& segment = segments_.back();
  segment.start = std::min(segment.start, start);
  segment.end = std::max(segment.end, end);
  segment.samples += samples;
}

void LeakSeries::note_up(double start, double end) {
  first_up_t_ = up_ == 0 ? start : std::min(first_up_t_, start);
  last_up_t_ = up_ == 0 ? end : std::max(last_up_t_, end);
}

void LeakSeries::note_marks(std::uint64_t samples, std::uint64_t marked) {
  // With the first mark the floor is that of idle samples; those kept without a mark are in all_ as well.
  if (marked > 0 && unknown_ == up_) floor_.clear();
  up_ += samples;
  unknown_ += samples - marked;
}

void LeakSeries::keep(const Reading& reading) {
  if (reading.state == SampleState::aside) return;
  note_up(reading.t, reading.t);
  note_marks(1, reading.state != SampleState::unknown ? 1 : 0);
  const bool sessions_known = reading.sessions >= 0.0 && reading.sessions <= kMaxMemoryMb;
  const auto sessions = sessions_known ? static_cast<float>(reading.sessions) : std::numeric_limits<float>::quiet_NaN();
  const auto segment = static_cast<std::uint32_t>(segment_count_);
  all_.add(reading.t, reading.rss_mb, sessions, segment);
  if (reading.state == SampleState::idle || reading.state == SampleState::run_start) {
    note_idle(reading.t, reading.t, 1);
    floor_.add(reading.t, reading.rss_mb, sessions, segment);
  } else if (reading.state == SampleState::unknown) {
    const bool quiet = reading.active_dls == 0.0;
    quiet_ += quiet ? 1 : 0;
    if (quiet && unknown_ == up_) floor_.add(reading.t, reading.rss_mb, sessions, segment);
  }
}

void LeakSeries::note_idle(double start, double end, std::uint64_t samples) {
  idle_first_t_ = idle_ == 0 ? start : std::min(idle_first_t_, start);
  idle_last_t_ = idle_ == 0 ? end : std::max(idle_last_t_, end);
  idle_ += samples;
}

void LeakSeries::run_started(std::uint32_t task, double t) {
  if (usable_time(t)) runs_.started(task, t);
}

void LeakSeries::run_ended(std::uint32_t task, double t) {
  if (usable_time(t)) runs_.ended(task, t);
}

void LeakSeries::restart(double t) {
  if (!usable_time(t)) return;
  runs_.all_open_lost();
  restarted_ = samples_ > 0;
}

void LeakSeries::begin_anew() {
  LeakSeries empty(process_, keeps_);
  floor_.clear();
  all_.clear();
  empty.floor_ = std::move(floor_);
  empty.all_ = std::move(all_);
  *this = std::move(empty);
}

void LeakSeries::thin() {
  // One at a time, so that many runs do not cost the samples.
  if (runs_.kept() > floor_.size() + all_.size()) {
    runs_.thin();
  } else if (all_.size() > floor_.size()) {
    all_.thin();
  } else {
    floor_.thin();
  }
}

LeakSeries::FloorKind LeakSeries::floor_kind() const {
  if (unknown_ == up_) {
    const bool mostly = static_cast<double>(quiet_) >= kMinQuietShare * static_cast<double>(up_);
    return quiet_ >= kMinQuiet && mostly ? FloorKind::quiet : FloorKind::all;
  }
  const bool covers = idle_last_t_ - idle_first_t_ > kMinTaggedCover * (last_up_t_ - first_up_t_);
  return idle_ >= kMinTaggedFloor && covers ? FloorKind::tagged : FloorKind::all;
}

std::vector<KeptSample> LeakSeries::floor_samples() const {
  return floor_kind() == FloorKind::all ? all_.samples() : floor_.samples();
}

LeakSeries* LeakBook::find_any(std::uint32_t process) {
  const auto known = places_.find(process);
  if (known != places_.end()) return &series_[recent_ = known->second];
  if (series_.size() == kMaxProcesses) return nullptr;
  places_.emplace(process, series_.size());
  return &series_.emplace_back(process);
}

bool LeakBook::add(std::uint32_t process, const Reading& reading) {
  LeakSeries* series = find(process);
  if (series == nullptr) {
    ++unfollowed_;
    return false;
  }
  const std::size_t before = series->kept();
  const bool added = series->add(reading);
  if (series->kept() != before) account(*series, before);
  return added;
}

LeakBook::Lent LeakBook::lend(std::uint32_t process, std::size_t count) {
  LeakSeries* series = find(process);
  // A reading may come into two stores, a run's end into the third, and each may get a segment's last sample.
  if (series == nullptr || kept_ + 3 * (count + 1) > thin_above_) return {};
  return {series, series->kept()};
}

void LeakBook::account(const LeakSeries& series, std::size_t before) {
  kept_ += series.kept();
  kept_ -= before;
  if (kept_ <= thin_above_) return;
  const std::size_t mean = kept_ / series_.size();
  for (LeakSeries& s : series_) {
    if (s.kept() < mean) continue;
    kept_ -= s.kept();
    s.thin();
    kept_ += s.kept();
  }
  // What cannot be thinned, as first samples of very many segments and tasks, is not asked for with every sample.
  thin_above_ = std::max(kMaxKeptInAll, kept_ + kMaxKeptInAll / 64);
}

void LeakBook::run_started(std::uint32_t process, std::uint32_t task, double t) {
  if (LeakSeries* series = find(process)) series->run_started(task, t);
}

void LeakBook::run_ended(std::uint32_t process, std::uint32_t task, double t) {
  LeakSeries* series = find(process);
  if (series == nullptr) return;
  const std::size_t before = series->kept();
  series->run_ended(task, t);
  account(*series, before);
}

void LeakBook::restart(std::uint32_t process, double t) {
  if (LeakSeries* series = find(process)) series->restart(t);
}

}  // namespace memlog::stats
