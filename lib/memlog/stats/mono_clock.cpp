#include "memlog/stats/mono_clock.h"

#include <algorithm>
#include <cmath>

#include "memlog/stats/quantile.h"

namespace memlog::stats {

std::optional<double> MonoClock::repair(double log_seconds) {
  if (!std::isfinite(log_seconds) || std::fabs(log_seconds) > kMaxTimeSeconds) return std::nullopt;
  double t = log_seconds + offset_;
  if (latest_) {
    const double forward = t - *latest_;
    if (forward < -kDisorderSeconds) {
      const double step = step_for(-forward);
      // A log whose clock is torn back and forth could pile up offsets for ever.
      if (std::fabs(offset_ + step) > kMaxTimeSeconds) return std::nullopt;
      offset_ += step;
      t += step;
      remember(t);
    } else if (forward > 0.0) {
      note_interval(forward);
    }
  }
  latest_ = latest_ ? std::max(*latest_, t) : t;
  return t;
}

void MonoClock::note_interval(double forward) {
  intervals_[next_interval_] = forward;
  next_interval_ = next_interval_ + 1 == kRecentIntervals ? 0 : next_interval_ + 1;
  interval_count_ = std::max(interval_count_, next_interval_ == 0 ? kRecentIntervals : next_interval_);
}

bool MonoClock::goes_on(double log_seconds) const {
  // With some way left to the bounds of time: a row needs not ask for each of its times.
  constexpr double kWithin = kMaxTimeSeconds / 4;
  return latest_ && std::fabs(offset_) < kWithin && std::fabs(log_seconds) < kWithin && log_seconds + offset_ >= *latest_;
}

void MonoClock::note_intervals(const std::array<double, kRecentIntervals + 1>& newest_first, std::size_t count) {
  if (count < kRecentIntervals) {
    while (count > 0) note_interval(newest_first[--count]);
    return;
  }
  std::reverse_copy(newest_first.begin(), newest_first.begin() + kRecentIntervals, intervals_.begin());
  interval_count_ = kRecentIntervals;
  next_interval_ = 0;
}

double MonoClock::step_for(double back) const {
  const double interval = median_interval();
  const double step = back + interval;
  const double tolerance = std::max(kClockStepTolerance, kClockStepIntervals * interval);
  for (const double usual : kUsualClockSteps) {
    // Where samples are rare the tolerance is wide, but a step that leaves time running backwards is not the one.
    if (std::fabs(step - usual) <= tolerance && usual >= back - kDisorderSeconds) return usual;
  }
  return step;
}

double MonoClock::median_interval() const {
  if (interval_count_ == 0) return 0.0;
  auto recent = intervals_;
  return median_in_place(std::span(recent).first(interval_count_));
}

void MonoClock::remember(double from) {
  // A clock that jumps all the time has no local time worth printing to the second: forget every second jump.
  if (steps_.size() == kMaxClockSteps) {
    std::size_t kept = 0;
    for (std::size_t i = 1; i < steps_.size(); i += 2) steps_[kept++] = steps_[i];
    steps_.resize(kept);
  }
  steps_.push_back({from, offset_});
}

double MonoClock::log_time(double repaired_seconds) const {
  const auto later = [](double t, const Step& step) { return t < step.from; };
  const auto next = std::upper_bound(steps_.begin(), steps_.end(), repaired_seconds, later);
  return next == steps_.begin() ? repaired_seconds : repaired_seconds - std::prev(next)->offset;
}

}  // namespace memlog::stats
