#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "memlog/analysis/analysis.h"
#include "memlog/analysis/crash_death.h"
#include "memlog/analysis/crash_hellos.h"
#include "memlog/analysis/crash_hints.h"
#include "memlog/analysis/crash_life.h"
#include "memlog/analysis/crash_pairing.h"
#include "memlog/analysis/crash_recurrence.h"
#include "memlog/analysis/crash_services.h"
#include "memlog/analysis/crash_timeline.h"
#include "memlog/analysis/crash_workers.h"
#include "memlog/analysis/limit.h"
#include "memlog/analysis/writer_version.h"
#include "memlog/assemble/runs.h"

namespace memlog {

// What happened before each death, and why. docs/crash.md states the method.
class Crash : public Analysis {
 public:
  struct Options {
    std::size_t last = 5;            // operations to show
    double limit_mb = kMissing;
    crash::Thresholds thresholds{};
    bool tasks_filtered = false;     // the user asked for some tasks only
    bool timeline = false;           // the minutes before, all sources interleaved
    double before_s = 15 * 60;
    std::size_t context = 0;         // lines of the logs around each death
    bool paste = false;              // a summary for an issue instead
    bool keep_context = false;       // in that summary: what operations were about (user ids, file names)
    bool in_pieces = false;          // the answer makes its deaths when it is written: analysis and result outlive it
  };

  explicit Crash(const Options& options);
  void fold(const Slice& slice) override;
  Report report(const ReadResult& result) override;
  // The minutes before are told event by event.
  bool bare_readings() const override { return !options_.timeline; }
  bool reading_columns() const override { return !options_.timeline; }

  // Found by the readings of several logs, to be told with what the kills show.
  void set_clock_offsets(std::vector<crash::ClockOffset> offsets) { told_offsets_ = std::move(offsets); }

 private:
  crash::Life& life(ProcessId process);
  std::size_t end_of_row(const Slice& slice, std::size_t begin);
  void fold_one(const Event& event, const Slice& slice);
  void fold_event(const Event& event, const Slice& slice);
  // Something waits for the next event of a process and looks at each: bare readings have to become events then.
  bool looks_at_each() const { return !kills_.empty() || !hints_.empty() || !hellos_.empty() || stopping_; }
  void fold_readings(const Slice& slice);
  void fold_columns(const ReadingRow& row, const Slice& slice);
  void fold_alone(const BareReading& reading, const Slice& slice);
  template <typename Row>
  void fold_row(const Row& row, const Slice& slice);
  bool is_last_measure(const Event& event) const;
  void restart(const Event& event);
  void said_start(const Event& event, const Slice& slice);
  void works_on(const Event& event, const Slice& slice);
  void start_anew(const Event& reading);
  void begin_life(const Event& event);
  void kill(const Event& event, const Slice& slice);
  bool is_of_earlier_life(const Event& event, const crash::Life& open, const Slice& slice) const;
  void kill_without_name(const Event& event, const Slice& slice);
  void told_again(const Event& event, const Slice& slice);
  void went_on(const Event& event);
  void add_hinted(crash::Hints::Hint hint, const Timestamp& restarted, std::string_view restart, const crash::SourceLine& source);
  void cut_by_kill(const Event& event, const Slice& slice);
  void pool_stops(const Event& event, const Slice& slice);
  void worker_exited(const Event& event, const Slice& slice);
  void worker_lost(const Event& event, const Slice& slice);
  void worker_started(const Event& event, const Slice& slice);
  void end_of_log(const ReadResult& result);
  void take_platform_lives();
  void end_worker(const Event& event, const Slice& slice);
  void note_service(const Event& event, const Slice& slice);
  void end_without_name(const Event& event, const Slice& slice);
  void failed_allocation(const Event& event, std::optional<ProcessId> whose, const Slice& slice);
  crash::Death memory_error(const Event& event, const Slice& slice);
  void stops_for_memory(const Event& goodbye, const std::string& text);
  std::optional<ProcessId> only_life_of(const Event& event, std::size_t& count) const;
  std::optional<ProcessId> heaviest_in(NameId container, std::uint16_t input) const;
  void tell_stated_ends(const ReadResult& result);
  void add_open_ends(const ReadResult& result);
  bool judge_open_end(crash::Death& death, const crash::Life& open, double others_s) const;
  void leave_open(ProcessId process);
  void add_replaced(const ReadResult& result);
  void add_death(crash::Death death);

  // What a manager says of a process before it kills it, by pid.
  struct Manager {
    double pid = kMissing;
    NameId host = kNoName;
    Timestamp time;
    std::string_view kind;           // time_limit, goodbye
    std::string text;
    crash::SourceLine source;
  };
  void note_manager(Manager note);
  crash::Death words_of(const Event& event, const Slice& slice);
  crash::Death* killed_before(const Event& event);
  std::vector<crash::Operation> operations_around(const Event& event, const Slice& slice) const;

  crash::Death death_of(ProcessId process, const crash::Life& life) const;
  Limit limit_of(ProcessId process, const crash::Life& life) const;
  bool ended_critical(crash::Death& death, const crash::Life& life, const Timestamp& end) const;
  void judge_restart(crash::Death& death, const crash::Life& life, const Timestamp& restarted) const;
  void judge_kill(crash::Death& death, const crash::Life& life) const;
  void look_for_leak(crash::Death& death, crash::Life& life) const;

  Value death_value(const crash::Death& death, std::size_t index, const ReadResult& result) const;
  void tell(std::vector<Block>& blocks, const crash::Death& death, std::size_t index, std::size_t count, const ReadResult& result) const;
  void tell_clocks(Report& report, const ReadResult& result) const;
  std::optional<crash::Recurrence> find_recurrence(const ReadResult& result) const;
  void leave_out_cut(const ReadResult& result);
  void leave_out_bare();
  std::size_t first_shown(const crash::Death& death) const;
  void tell_timeline(std::vector<Block>& blocks, const crash::Death& death, const ReadResult& result) const;
  void tell_recurrence(Report& report, const ReadResult& result) const;
  void complete_timelines();
  void find_context(const ReadResult& result);
  std::string paste(const crash::Death& death, const ReadResult& result) const;

  Options options_;
  bool tell_operation_ = true;       // of the reading that is folded
  LimitTracker limit_;
  WriterVersion writer_;  // seen only for `paste`
  RunTracker tracker_;
  RunMarks marks_;                 // of a row
  std::vector<crash::Life> lives_;   // by process
  void add_kill(crash::Death kill);
  std::uint64_t leave_out_earliest(std::vector<crash::Death>& deaths, std::size_t most);

  std::vector<crash::Death> deaths_;
  std::uint64_t left_out_ = 0;       // deaths before those
  std::uint64_t kills_left_out_ = 0; // and of `kills_`, which may be the same
  std::vector<crash::Death> kills_;  // told by somebody who does not know whose
  std::vector<Manager> manager_;     // the last words of managers
  crash::Hints hints_;
  // The last allocation that the program says has failed, caught or not.
  struct Failure {
    crash::Death told{};
    bool logged = false;
    double logged_ns = kMissing;
  };
  Failure last_failure_;
  crash::Hellos hellos_;
  bool stopping_ = false;            // a life has said goodbye, and may go on
  crash::Services services_;
  crash::Replacements replacements_;
  crash::Survivors survivors_;
  crash::RecentMoments moments_;
  std::vector<crash::ClockOffset> told_offsets_;
  std::vector<crash::ClockOffset> clock_offsets_;
  std::vector<std::int64_t> starts_; // of all lives, when they are told
  std::vector<crash::Evidence> not_placed_;  // kills of which nothing tells whose they were
  std::vector<crash::SourceLine> cut_;  // where logs end in the middle of a line, near the limit
  Timestamp last_time_;              // of anything in the log
  double highest_mb_ = kMissing;
  Timestamp highest_at_;
  crash::SourceLine highest_source_;
};

}  // namespace memlog
