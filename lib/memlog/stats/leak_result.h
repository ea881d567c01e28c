#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "memlog/stats/classic_trend.h"
#include "memlog/stats/culprit.h"
#include "memlog/stats/leak_series.h"

// What the leak analysis answers. Numbers that are not known are NaN. Times are seconds on the repaired axis;
// MonoClock::log_time turns them into what the log's clock showed.
namespace memlog::stats {

inline constexpr double kUnknown = std::numeric_limits<double>::quiet_NaN();

enum class Method { robust, classic };

// In order of how bad they are.
enum class Verdict { insufficient_data, no_leak, below_threshold, leak };

enum class Reason {
  none,                   // insufficient data, or the classic rule
  steady_growth,
  growth_since_onset,
  growth_per_run,
  flat,
  shrinking,
  saturating,
  level_shift,
  load_rise,
  not_significant,
  too_many_processes,     // insufficient: only the largest are analysed one by one
};

struct LeakOptions {
  Method method = Method::robust;
  double threshold_mb_per_hour = 10.0;
  double min_duration_hours = 2.0;
  std::uint64_t min_samples = 24;
  double limit_mb = kUnknown;
  std::function<double(std::uint32_t)> limit_of = {};  // of a process, where they have different ones

  double limit_for(std::uint32_t process) const { return limit_of ? limit_of(process) : limit_mb; }
};

struct ModelWeight {
  std::string model;
  double weight = 0.0;
};

// A point of the floor for a chart.
struct FloorPoint {
  double t = 0.0;
  double floor_mb = 0.0;     // measured: low quantile of the bin, or trough
  double fitted_mb = 0.0;    // of the best shape
  std::uint32_t stratum = 0;
};

struct LeakResult {
  std::optional<std::size_t> series;    // place in the span that was analysed; nothing: all processes together
  Verdict verdict = Verdict::insufficient_data;
  Reason reason = Reason::none;
  Confidence confidence = Confidence::low;    // in the verdict
  bool daily_cycle = false;

  double leak_probability = kUnknown;
  double growth_probability = kUnknown;
  double p_value = kUnknown;
  double slope_mb_per_hour = kUnknown;
  double slope_low_mb_per_hour = kUnknown;     // 90 % interval
  double slope_high_mb_per_hour = kUnknown;
  std::string model;                           // heaviest candidate's class; empty: none
  std::vector<ModelWeight> models;             // classes by weight, down to 0.01
  double autocorrelation = kUnknown;           // of neighbouring bins

  std::uint64_t samples = 0;
  std::size_t floor_samples = 0;               // used, after thinning
  std::size_t bins = 0;
  double bin_hours = kUnknown;
  bool troughs = false;                        // else bins
  double first_t = kUnknown;
  double last_t = kUnknown;
  double duration_hours = 0.0;
  std::vector<LeakSeries::Segment> segments;   // of a process; none for all together

  double onset_t = kUnknown;                   // NaN with a positive verdict: from the first sample on
  double floor_start_mb = kUnknown;
  double floor_end_mb = kUnknown;
  double growth_mb = kUnknown;                 // between them
  std::vector<Culprit> culprits;

  double hours_to_limit = kUnknown;            // from the last sample
  double hours_to_limit_low = kUnknown;
  double hours_to_limit_high = kUnknown;
  double hours_to_limit_peaks = kUnknown;      // tasks hit the limit before the floor does
  double limit_t = kUnknown;                   // when the floor is at the limit

  std::optional<ClassicFigures> classic;       // of a process; none for all together
  double line_mb_per_hour = kUnknown;          // ordinary least squares, all samples
  double segments_mb_per_hour = kUnknown;      // the same with a level for each segment
  std::vector<FloorPoint> floor;
};

struct LeakReport {
  std::vector<LeakResult> series;              // processes in order of appearance, then all together if there are several
  std::optional<std::size_t> answer;           // place in `series` of the worst verdict, then the steepest slope

  Verdict verdict() const { return answer ? series[*answer].verdict : Verdict::insufficient_data; }
};

// The words of the JSON. Empty for Reason::none.
std::string_view name_of(Verdict verdict);
std::string_view name_of(Reason reason);
std::string_view name_of(Confidence confidence);

}  // namespace memlog::stats
