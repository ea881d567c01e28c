#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "memlog/analysis/crash_life.h"
#include "memlog/analysis/crash_thresholds.h"
#include "memlog/analysis/crash_timeline.h"
#include "memlog/analysis/limit.h"
#include "memlog/assemble/run_names.h"
#include "memlog/assemble/runs.h"
#include "memlog/scan/context_lines.h"

namespace memlog::crash {

enum class Verdict : std::uint8_t { oom, probable_oom, heap_limit, killed_for_pressure, killed, unexplained_restart, not_oom };
std::string_view to_string(Verdict verdict);

enum class Confidence : std::uint8_t { low, medium, high };
std::string_view to_string(Confidence confidence);

struct Cause {
  std::string_view cause;
  Confidence confidence = Confidence::low;
  std::string explanation;
  std::vector<SourceLine> sources;
};

// Words about one kill come within this time.
inline constexpr std::int64_t kSameDeathNs = 30 * kNanosPerSecond;

// One death, with everything that is said about it.
struct Death {
  Timestamp time;
  ProcessId process = 0;
  NameId host = kNoName;
  double pid = kMissing;             // as the one who killed it says
  bool told_alone = false;           // a kernel's or platform's words that belong to no life yet
  bool elsewhere = false;            // and to no life that is known
  bool bare = false;                 // a shell's `Killed` in a log that tells no life
  bool goes_on = false;              // the life is still open: the log ends
  bool of_platform_life = false;     // the platform told the readings as well: another log may tell the life itself
  bool cut = false;                  // only a kill of another log says that it ended
  Verdict verdict = Verdict::unexplained_restart;
  Confidence confidence = Confidence::low;
  Limit limit;
  double rss_mb = kMissing;
  std::int64_t clock_back_ns = 0;  // by how much the clock of its log was put back while it lived
  double container_mb = kMissing;
  Timestamp last_seen;               // its last record
  std::uint16_t input = 0;           // where that is, or the kill
  double period_s = kMissing;
  Timestamp restarted_at;
  double after_mb = kMissing;        // the first reading behind the restart
  Timestamp started_at;              // of the life that ended
  bool start_told = false;           // else it is the first that was read of the life, which began before
  std::vector<Evidence> evidence;
  std::vector<Operation> operations;  // all that are remembered: what is shown decides no cause
  std::vector<Run> in_flight;
  Life::Alerts alerts;
  std::vector<Metric> metrics;
  std::vector<Life::High> highs;     // of each metric over the life
  SourceLine counters_source;
  SourceLine container_source;
  SourceLine system_source;
  Life::Growth growth;
  Life::Climb queue;
  double highest_mb = kMissing;
  double average_mb = kMissing;
  double free_percent = kMissing;
  double available_mb = kMissing;
  Releases releases;
  bool leaked = false;               // the leak method says so of the life
  double leak_mb_per_hour = kMissing;
  std::vector<Cause> causes;
  std::uint64_t limit_line = 0;      // of the time limit that killed it
  std::vector<Moment> timeline;      // with --timeline
  std::vector<ContextLine> context;  // with --context
};

// The words of a kernel or platform, or of a manager, that something was killed.
bool is_kill(const Evidence& evidence);

// `kill` is the same death, told by a kernel or a platform: its words join those of `death`.
void absorb(Death& death, const Death& kill);

// The highest values of counters in lives that survived.
class Survivors {
 public:
  void add(const Life& life);
  // A life that was taken for a death, and ended as planned.
  void add(const Death& stopped);
  // NaN where no life that survived told it often enough to know.
  double highest(NameId metric) const;

 private:
  void add(const Timestamp& from, const Timestamp& to, const std::vector<Metric>& metrics, const std::vector<Life::High>& highs);

  std::map<NameId, Life::High> highs_;
};

// The probable causes of a death, most probable first; none is invented.
std::vector<Cause> find_causes(const Death& death, const Thresholds& thresholds, const Survivors& survivors, const RunNames& names);

}  // namespace memlog::crash
