#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "memlog/analysis/analysis.h"
#include "memlog/analysis/crash.h"
#include "memlog/analysis/limit.h"
#include "memlog/analysis/spikes.h"
#include "memlog/base/regex.h"
#include "memlog/envelope/line.h"
#include "memlog/stats/curve.h"
#include "memlog/stats/histogram.h"

namespace memlog {

// The main log beside the memory log: its lines around each spike, alert and death, and whether errors and disconnects
// come more often while memory is high.
//
// First fold() the memory log, then ready(), then add() every line of the main log, then report().
class Correlation : public Analysis {
 public:
  struct Counted {
    std::string name;
    Regex pattern;
  };
  struct Options {
    double window_s = 60;            // lines this far from an event belong to it
    std::size_t lines = 5;           // to show of each event
    double over_mb = 50;             // of a spike
    double pressure_mb = kMissing;   // from here on memory is high; default: 70 % of the limit, else the highest tenth
    double limit_mb = kMissing;
    std::vector<Counted> counted = {};  // besides errors and disconnects
  };

  explicit Correlation(Options options);
  void fold(const Slice& slice) override;
  void ready(const ReadResult& result);
  // Lines about memory are what the other log tells already: they are neither shown nor errors.
  void add(const std::string& path, const Line& line, bool of_memory);
  // All lines of a main log are added: one without any is a log too.
  void finished(const std::string& path) { log_of(path); }
  // What keeps the two logs from being compared, with what to do about it: no times, or none that both have. After the
  // last add().
  std::vector<std::pair<std::string, std::string>> warnings() const;
  Report report(const ReadResult& result) override;

 private:
  struct Shown {
    Timestamp time;
    std::string path;
    std::uint64_t line = 0;
    std::string text;
    bool telling = false;            // an error or something counted: shown before others
  };
  // A spike, an alert or a death, with those that follow it closely.
  struct Moment {
    Timestamp time;
    std::int64_t first_ns = 0;       // of it and those
    std::int64_t last_ns = 0;
    std::string kind;
    std::string task;
    std::string process;
    double rss_mb = kMissing;
    Value source;
    std::uint64_t alike = 0;         // further ones within the window
    std::uint64_t lines = 0;
    std::vector<Shown> shown = {};
  };
  struct Stretch {
    std::int64_t from_ns = 0;
    std::int64_t to_ns = 0;
  };
  struct Tally {
    std::string name;
    std::uint64_t inside = 0;
    std::uint64_t outside = 0;
  };
  // One of the main logs, as far as it is read.
  struct MainLog {
    std::string path;
    std::uint64_t lines = 0;
    std::uint64_t outside = 0;       // before or after the memory log, or without a time
    Timestamp first;
    Timestamp last;
  };
  // A record of the main log and its further lines, a traceback above all: each is counted once.
  struct Record {
    bool open = false;               // its further lines may tell more: it is an error, a warning or counted
    bool failed = false;             // the monitor's own word about an operation that failed
    bool lost = false;               // a lost connection is counted
  };
  struct Alerted {
    Timestamp time;
    std::string_view kind;
    NameId task = kNoName;
    ProcessId process = 0;
    double rss_mb = kMissing;
    std::uint16_t input = 0;
    std::uint64_t line = 0;
  };

  void find_stretches();
  void find_moments(const ReadResult& result);
  bool under_pressure(std::int64_t ns) const;
  MainLog& log_of(const std::string& path);
  std::int64_t placed(const Timestamp& time) const;
  std::vector<bool> classify(const Line& line, bool of_memory);
  void count(const std::vector<bool>& kinds, std::int64_t ns);
  void show(const std::string& path, const Line& line, std::int64_t ns, bool telling);
  Value counts(Table& table, double inside_s, double all_s) const;
  Value events(std::vector<Block>& blocks) const;

  Options options_;
  Spikes spikes_;
  Crash crashes_;
  LimitTracker limit_;
  Histogram rss_;
  std::vector<stats::Curve> curves_;         // by process
  std::vector<Alerted> alerts_;
  std::vector<std::int64_t> breaks_;         // times at which some process stopped or started
  std::vector<Stretch> stretches_;           // under pressure, in order, apart
  std::vector<Moment> moments_;
  double threshold_mb_ = kMissing;
  std::string threshold_of_;
  std::vector<Tally> tallies_;
  Stretch memory_;                           // from the first to the last reading
  Timestamp memory_first_;
  Timestamp memory_last_;
  Stretch main_;                             // of the main log's times within it
  bool any_main_ = false;
  std::vector<MainLog> main_logs_;
  Record record_;
};

}  // namespace memlog
