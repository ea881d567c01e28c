#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <unordered_map>
#include <vector>

#include "memlog/stats/classic_trend.h"
#include "memlog/stats/leak_constants.h"
#include "memlog/stats/linear_fit.h"
#include "memlog/stats/row_bits.h"
#include "memlog/stats/run_log.h"
#include "memlog/stats/thinned_samples.h"

// What the leak analysis needs to remember of a log: bounded memory, whatever the log's length.
namespace memlog::stats {

enum class SampleState {
  idle,                // no run is open in this process
  run_start,           // the reading with which a run starts: the memory before it
  in_task,
  run_end,             // memory is still being released: never a floor sample
  unknown,             // the log does not mark runs
  aside,               // a sample, but never a floor sample: at boot and shutdown, and readings that an event caused
};

struct Reading {
  double t = 0.0;                                                   // seconds on the axis of MonoClock
  double rss_mb = 0.0;
  SampleState state = SampleState::unknown;
  double sessions = std::numeric_limits<double>::quiet_NaN();       // the program's counters, where the log has them
  double active_dls = std::numeric_limits<double>::quiet_NaN();
  std::uint64_t source = 0;                                         // handed back for the samples that are named
};

// Samples of one process, in the order of the log.
class LeakSeries {
 public:
  struct Named {
    double t = 0.0;
    double mb = 0.0;
    std::uint64_t source = 0;
  };
  struct Segment {
    double start = 0.0;
    double end = 0.0;
    std::uint64_t samples = 0;
    bool after_restart = false;    // else it starts with the log
  };
  // Which samples carry the floor.
  enum class FloorKind { tagged, quiet, all };

  // What is remembered: all, or only what decides about a leak. Then nobody may ask for the trends of all samples and for
  // named ones.
  enum class Keeps { all, verdict };

  explicit LeakSeries(std::uint32_t process = 0, Keeps keeps = Keeps::all) : process_(process), keeps_(keeps) {}

  // False for what is not a reading of memory: not a number, negative, beyond any machine. Such values leave no trace.
  bool add(const Reading& reading);
  // A row of usable readings of a log that marks runs, none of which tells a counter and whose times do not fall:
  // at(i) gives the i-th. Those in `floor` are idle or start a run; none is aside.
  template <typename At>
  void add_marked_row(std::size_t count, const RowBits& floor, At at) {
    if (count == 0) return;
    if (samples_ == 0 || restarted_) open_segment(at(0).t);
    count_row(count, at);
    note_up(at(0).t, at(count - 1).t);
    note_marks(count, count);
    const auto segment = static_cast<std::uint32_t>(segment_count_);
    const auto kept = [&](std::size_t i) {
      const Named reading = at(i);
      return KeptSample{reading.t, reading.mb, std::numeric_limits<float>::quiet_NaN(), segment};
    };
    all_.add_row(count, segment, kept);
    const std::size_t idle = floor.count();
    if (idle == 0) return;
    note_idle(at(floor.place(0)).t, at(floor.place(idle - 1)).t, idle);
    floor_.add_row(idle, segment, [&](std::size_t i) { return kept(floor.place(i)); });
  }
  // A row of usable readings, none of which tells a counter and whose times do not fall: at(i) gives time and memory of
  // the i-th. `marked` of them stand in runs or end one, none is idle or aside. Where only the verdict is kept.
  template <typename At>
  void add_row(std::size_t count, std::size_t marked, At at) {
    if (count == 0) return;
    const double start = at(0).t;
    const double end = at(count - 1).t;
    if (samples_ == 0 || restarted_) open_segment(start);
    count_span(start, end, count);
    note_up(start, end);
    note_marks(count, marked);
    const auto segment = static_cast<std::uint32_t>(segment_count_);
    all_.add_row(count, segment, [&](std::size_t i) {
      const Named reading = at(i);
      return KeptSample{reading.t, reading.mb, std::numeric_limits<float>::quiet_NaN(), segment};
    });
  }
  void run_started(std::uint32_t task, double t);
  void run_ended(std::uint32_t task, double t);
  void restart(double t);    // the next sample belongs to a new life of the process
  void thin();               // gives back about half of the largest store
  void begin_anew();         // forgets all, but keeps the memory for what comes

  std::uint32_t process() const { return process_; }
  std::uint64_t samples() const { return samples_; }
  std::size_t kept() const { return floor_.size() + all_.size() + runs_.kept(); }
  double duration_hours() const { return samples_ == 0 ? 0.0 : (last_t_ - first_t_) / 3600.0; }
  double first_t() const { return first_t_; }
  double last_t() const { return last_t_; }
  // The same without readings at boot and shutdown, which say nothing about its work.
  double first_up_t() const { return up_ == 0 ? first_t_ : first_up_t_; }
  double last_up_t() const { return up_ == 0 ? last_t_ : last_up_t_; }
  const Named& first() const { return first_; }
  const Named& last() const { return last_; }
  const Named& lowest() const { return lowest_; }
  const Named& highest() const { return highest_; }
  std::span<const Segment> segments() const { return segments_; }
  std::uint64_t segment_count() const { return segment_count_; }    // of which segments() may hold the first and last

  const ClassicTrend& classic() const { return classic_; }
  double line_mb_per_hour() const { return line_.slope() * 3600.0; }            // least squares over all samples
  double segments_mb_per_hour() const { return pooled_.slope() * 3600.0; }      // the same, restarts cut out

  FloorKind floor_kind() const;
  std::vector<KeptSample> floor_samples() const;    // by segment and time
  std::vector<KeptSample> all_samples() const { return all_.samples(); }
  const RunLog& runs() const { return runs_; }

 private:
  void count(const Reading& reading);
  // As count() of each. One loop for all, since each alone would wait for its last sum.
  template <typename At>
  void count_row(std::size_t count, At at) {
    const Named begin = at(0);
    const Named end = at(count - 1);
    if (samples_ == 0) first_ = lowest_ = highest_ = begin;
    count_span(begin.t, end.t, count);
    if (keeps_ == Keeps::verdict) return;
    last_ = end;
    classic_.add(begin.t, begin.mb);
    line_.add(begin.t, begin.mb);
    pooled_.add(begin.t, begin.mb);
    RunningLine line = line_;
    RunningLine open = pooled_.open();
    const bool is_first_segment = segment_count_ == 1;    // both lines are the same then
    double before = begin.mb;
    double low = begin.mb;
    double high = begin.mb;
    std::uint64_t rising = 0;
    for (std::size_t i = 1; i < count; ++i) {
      const Named reading = at(i);
      line.add_next(reading.t, reading.mb);
      if (!is_first_segment) open.add_next(reading.t, reading.mb);
      rising += reading.mb > before ? 1 : 0;
      before = reading.mb;
      low = std::min(low, reading.mb);
      high = std::max(high, reading.mb);
    }
    line_ = line;
    pooled_.set_open(is_first_segment ? line : open);
    classic_.add_row(count - 1, rising, end.t, end.mb);
    // Hardly any row goes beyond what the log has seen.
    for (std::size_t i = 0; low < lowest_.mb && i < count; ++i) {
      if (at(i).mb < lowest_.mb) lowest_ = at(i);
    }
    for (std::size_t i = 0; high > highest_.mb && i < count; ++i) {
      if (at(i).mb > highest_.mb) highest_ = at(i);
    }
  }
  void count_span(double start, double end, std::uint64_t samples);
  void note_up(double start, double end);
  void note_marks(std::uint64_t samples, std::uint64_t marked);
  void open_segment(double t);
  void keep(const Reading& reading);
  void note_idle(double start, double end, std::uint64_t samples);

  std::uint32_t process_;
  Keeps keeps_;
  std::uint64_t samples_ = 0;
  std::uint64_t up_ = 0;         // samples but those of boot and shutdown
  std::uint64_t unknown_ = 0;    // of them, without a mark
  std::uint64_t idle_ = 0;
  std::uint64_t quiet_ = 0;      // unmarked, with no active download
  double first_t_ = 0.0, last_t_ = 0.0, first_up_t_ = 0.0, last_up_t_ = 0.0, idle_first_t_ = 0.0, idle_last_t_ = 0.0;
  Named first_, last_, lowest_, highest_;
  std::vector<Segment> segments_;
  std::uint64_t segment_count_ = 0;
  bool restarted_ = false;
  ClassicTrend classic_;
  RunningLine line_;
  SegmentedLine pooled_;
  ThinnedSamples floor_;    // marked idle; in logs without marks, those without an active download
  ThinnedSamples all_;      // but boot and shutdown: the floor of logs where that is all there is, and peaks above it
  RunLog runs_;
};

// The series of all processes of a log, in order of appearance. Together they keep about kMaxKeptInAll samples and
// runs: beyond it, series that hold more than the mean are thinned. Beyond kMaxProcesses, new processes are counted,
// not followed.
class LeakBook {
 public:
  bool add(std::uint32_t process, const Reading& reading);
  void run_started(std::uint32_t process, std::uint32_t task, double t);
  void run_ended(std::uint32_t process, std::uint32_t task, double t);
  void restart(std::uint32_t process, double t);

  // The series of a process, for a row of at most `count` readings and ends of runs at once, to be handed back with
  // take_back(). None where the book would not take all of them as they are: then they are added one by one.
  struct Lent {
    LeakSeries* series = nullptr;
    std::size_t kept = 0;
  };
  Lent lend(std::uint32_t process, std::size_t count);
  void take_back(const Lent& lent) { account(*lent.series, lent.kept); }

  std::span<const LeakSeries> series() const { return series_; }
  std::uint64_t readings_of_unfollowed() const { return unfollowed_; }

 private:
  LeakSeries* find(std::uint32_t process) {
    return recent_ < series_.size() && series_[recent_].process() == process ? &series_[recent_] : find_any(process);
  }
  LeakSeries* find_any(std::uint32_t process);
  void account(const LeakSeries& series, std::size_t before);

  std::vector<LeakSeries> series_;
  std::unordered_map<std::uint32_t, std::size_t> places_;
  std::size_t recent_ = 0;    // lines of one process come in a row
  std::size_t kept_ = 0;
  std::size_t thin_above_ = kMaxKeptInAll;
  std::uint64_t unfollowed_ = 0;
};

}  // namespace memlog::stats
