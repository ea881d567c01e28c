#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <vector>

#include "memlog/analysis/analysis.h"
#include "memlog/analysis/crash_life.h"
#include "memlog/analysis/crash_timeline.h"
#include "memlog/analysis/limit.h"
#include "memlog/assemble/runs.h"
#include "memlog/scan/context_lines.h"

namespace memlog {

namespace crash {

enum class Verdict : std::uint8_t { oom, probable_oom, killed, unexplained_restart, not_oom };
std::string_view to_string(Verdict verdict);

enum class Confidence : std::uint8_t { low, medium, high };
std::string_view to_string(Confidence confidence);

struct Cause {
  std::string_view cause;
  Confidence confidence = Confidence::low;
  std::string explanation;
  std::vector<SourceLine> sources;
};

// One death, with everything that is said about it.
struct Death {
  Timestamp time;
  ProcessId process = 0;
  Verdict verdict = Verdict::unexplained_restart;
  Confidence confidence = Confidence::low;
  Limit limit;
  double rss_mb = kMissing;
  double container_mb = kMissing;
  Timestamp restarted_at;
  Timestamp started_at;              // of the life that ended
  std::vector<Evidence> evidence;
  std::vector<Operation> operations;  // one more than asked for, to tell the first one's change
  std::vector<Run> in_flight;
  Life::Alerts alerts;
  std::vector<Metric> metrics;
  Life::Growth growth;
  double highest_mb = kMissing;
  double average_mb = kMissing;
  double free_percent = kMissing;
  double available_mb = kMissing;
  double largest_session_mb = kMissing;
  Releases releases;
  bool leaked = false;               // the leak method says so of the life
  double leak_mb_per_hour = kMissing;
  std::vector<Cause> causes;
  std::uint64_t limit_line = 0;      // of the time limit that killed it
  std::vector<Moment> timeline;      // with --timeline
  std::vector<ContextLine> context;  // with --context
};

// `kill` is the same death, told by a kernel or a platform: its words join those of `death`.
void absorb(Death& death, const Death& kill);

// Two sources whose clocks differ by a constant: `offset_s` has been added to the kills' times.
struct ClockOffset {
  double offset_s = 0;
  std::size_t pairs = 0;
};

// Kills that belong to no life and deaths without a killer are paired when one shift by a multiple of a quarter of an
// hour (zones differ by those) puts every kill into the gap of a death. The pairs become one death each. Nothing is
// done where no shift, or more than one, does it.
ClockOffset pair_by_clock_offset(std::vector<Death>& deaths);

// What counts as too many, by metric.
using Maxima = std::map<std::string, double>;
Maxima default_maxima();

// The probable causes of a death, most probable first; none is invented.
std::vector<Cause> find_causes(const Death& death, const Maxima& maxima, const RunNames& names);

}  // namespace crash

// What happened before each death, and why. docs/crash.md states the method.
class Crash : public Analysis {
 public:
  struct Options {
    std::size_t last = 5;            // operations to show
    double limit_mb = kMissing;
    crash::Maxima maxima = crash::default_maxima();
    bool tasks_filtered = false;     // the user asked for some tasks only
    bool timeline = false;           // the minutes before, all sources interleaved
    double before_s = 15 * 60;
    std::size_t context = 0;         // lines of the logs around each death
    bool paste = false;              // a summary for an issue instead
    bool keep_context = false;       // in that summary: what operations were about (user ids, file names)
  };

  explicit Crash(const Options& options);
  void fold(const Slice& slice) override;
  Report report(const ReadResult& result) override;

 private:
  crash::Life& life(ProcessId process);
  void fold_event(const Event& event, const Slice& slice);
  void restart(const Event& event, const Slice& slice);
  void kill(const Event& event, const Slice& slice);
  void oom_kill(const Event& event, const Slice& slice);
  void worker_lost(const Event& event, const Slice& slice);
  void worker_started(const Event& event, const Slice& slice);
  void end_of_log();
  void add_death(crash::Death death, const Event& event, const Slice& slice);
  bool merge_with_kill(crash::Death& death, const crash::Life& life);

  crash::Death death_of(ProcessId process, const crash::Life& life) const;
  Limit limit_of(const crash::Life& life) const;
  void judge_restart(crash::Death& death, const crash::Life& life, const Timestamp& restarted) const;
  void judge_kill(crash::Death& death, const crash::Life& life) const;
  void look_for_leak(crash::Death& death, crash::Life& life) const;

  Value death_value(const crash::Death& death, std::size_t index, const ReadResult& result) const;
  void tell(Report& report, const crash::Death& death, std::size_t index, std::size_t count, const ReadResult& result) const;
  void tell_timeline(Report& report, const crash::Death& death, const ReadResult& result) const;
  void tell_recurrence(Report& report, const ReadResult& result) const;
  void find_context(const ReadResult& result);
  std::string paste(const crash::Death& death, const ReadResult& result) const;

  Options options_;
  LimitTracker limit_;
  RunTracker tracker_;
  std::vector<crash::Life> lives_;   // by process
  std::vector<crash::Death> deaths_;
  std::vector<NameId> hosts_;        // of the deaths
  crash::RecentMoments moments_;
  crash::ClockOffset clock_offset_;
  Timestamp last_time_;              // of anything in the log
  double highest_mb_ = kMissing;
  Timestamp highest_at_;
  crash::SourceLine highest_source_;
};

}  // namespace memlog
