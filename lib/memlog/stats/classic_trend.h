#pragma once

#include <cstdint>
#include <limits>

// The leak rule of the trading bot whose reports memlog reads, digit for digit, so that users can compare.
namespace memlog::stats {

enum class Confidence { low, medium, high };

struct ClassicFigures {
  std::uint64_t samples = 0;
  double duration_hours = 0.0;
  bool enough_data = false;                                                    // else the rule says nothing
  double growth_rate_mb_per_hour = std::numeric_limits<double>::quiet_NaN();   // (last - first) / hours
  double growing_share = std::numeric_limits<double>::quiet_NaN();             // strictly rising steps / steps
  Confidence confidence = Confidence::low;                                     // share above 0.8 high, above 0.6 medium
  bool leak_detected = false;                                                  // fast enough, and confidence not low
  double total_growth_mb = std::numeric_limits<double>::quiet_NaN();
  double start_mb = std::numeric_limits<double>::quiet_NaN();
  double end_mb = std::numeric_limits<double>::quiet_NaN();
};

struct ClassicLimits {
  double threshold_mb_per_hour = 10.0;
  double min_duration_hours = 2.0;
  std::uint64_t min_samples = 24;
};

// Running counters over all samples in the order of the log; exact for any number of them.
class ClassicTrend {
 public:
  void add(double t_seconds, double rss_mb) {
    if (samples_++ == 0) {
      first_t_ = t_seconds;
      first_mb_ = last_mb_ = rss_mb;
    }
    rising_ += rss_mb > last_mb_ ? 1 : 0;
    last_t_ = t_seconds;
    last_mb_ = rss_mb;
  }
  // As add() of `count` samples more, of which the last is given, and of which as many rose above the one before.
  void add_row(std::uint64_t count, std::uint64_t rising, double last_t_seconds, double last_rss_mb) {
    samples_ += count;
    rising_ += rising;
    last_t_ = last_t_seconds;
    last_mb_ = last_rss_mb;
  }
  ClassicFigures figures(const ClassicLimits& limits) const;

 private:
  std::uint64_t samples_ = 0;
  std::uint64_t rising_ = 0;
  double first_t_ = 0.0;
  double last_t_ = 0.0;
  double first_mb_ = 0.0;
  double last_mb_ = 0.0;
};

}  // namespace memlog::stats
