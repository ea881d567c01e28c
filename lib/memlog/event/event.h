#pragma once

#include <cstdint>
#include <string_view>
#include <type_traits>

#include "memlog/base/decimal.h"
#include "memlog/base/time.h"
#include "memlog/event/names.h"

namespace memlog {

// What a record says. The kinds up to `report` are what users see (`"event"` in JSON); `kill` is a process that was
// killed where nobody said that it was for memory.
enum class EventKind : std::uint8_t {
  sample,
  task_start,
  task_end,
  task_failed,
  checkpoint,
  snapshot,
  operation,
  restart,
  gc,
  oom_kill,
  kill,
  heap_limit,      // a runtime ended itself at the limit of its own heap
  pressure_kill,   // killed since the machine was short of memory, whatever the process had
  report,
  // Facts without a reading that decide how a run or a life ended. They are not records.
  task_retried,
  worker_started,
  worker_exited,
  worker_lost,
  time_limit,
  kill_hint,        // a shell's `Killed`, a bare status 137: of whom it does not say
  service_stopped,  // a supervisor says that it stopped a program, or is about to; Event::process is its name for it
  service_started,
  service_ended,    // it says how a program ended, and that was not for memory: a status, a signal, a watchdog
  machine_stopped,  // with all that ran on it: kOrderly where somebody asked for it
  end_hint,         // as service_ended, and as service_stopped with kOrderly, of whom it does not say
  said_start,       // `Bot started` of a plain logger: kHigh where it is not said again, kCritical behind an error; kRepeats: of a worker
  last_words,       // an exception, of whoever wrote the line: it ended by that if nothing comes behind it
  // One line of a record of several lines: Event::part says which. Only the assembler sees these.
  part,
};

std::string_view to_string(EventKind kind);

// Somebody says that a process was killed, or ended itself for memory.
constexpr bool is_death(EventKind kind) {
  return kind == EventKind::oom_kill || kind == EventKind::kill || kind == EventKind::heap_limit || kind == EventKind::pressure_kill;
}

// How loudly the monitor spoke about a sample.
enum class Alert : std::uint8_t { none, spike, high, critical };
std::string_view to_string(Alert alert);

// Facts about an event, as bits.
namespace flag {
enum : std::uint16_t {
  kRecord = 1 << 0,            // counts as a record
  kSample = 1 << 1,            // a reading of memory of its own
  kBoot = 1 << 2,              // the process has just started
  kShutdown = 1 << 3,          // the process says that it stops
  kFirstAfterStart = 1 << 4,   // a "spike" against 0
  kSelected = 1 << 5,          // passes the user's filters
  kPlatformTime = 1 << 6,      // the time is the platform's, the application gave none
  kSpike = 1 << 7,             // alerts of a sample: it may have raised several
  kHigh = 1 << 8,
  kCritical = 1 << 9,
  kOrderly = 1 << 10,          // this end or restart was planned
  kWholeBlock = 1 << 14,       // a record of several lines that was read at once; only the assembler sees it
  kRepeats = 1 << 11,          // a warning about a reading that is usually in the log as well
  kDeath = 1 << 13,            // a platform's word about a death, which others may tell as well
  kSameLine = 1 << 12,         // an event before this one counts their common line
  kEvidence = 1 << 15,         // a filter on tasks leaves it out, but it tells how a process began or ended
};
}  // namespace flag

// A span of text in a batch: an index into EventBatch::texts, 0 for none.
using TextId = std::uint32_t;
inline constexpr TextId kNoText = 0;

// One thing that a log says about memory: flat and trivially copyable. A missing number is NaN, a missing time is
// unknown, a missing name is 0. Names are numbers in the batch's table before assembly and in the run's afterwards.
struct Event {
  Timestamp time;
  std::uint64_t line = 0;  // in its input, 1-based, of the record's first line
  double rss_mb = kMissing;
  double vms_mb = kMissing;
  double container_mb = kMissing;
  double available_mb = kMissing;   // of the system
  double free_percent = kMissing;   // of the system
  double process_percent = kMissing;
  double peak_mb = kMissing;
  double delta_mb = kMissing;
  double limit_mb = kMissing;
  NameId task = kNoName;
  NameId process = kNoName;
  NameId host = kNoName;            // the container or host around the process
  TextId own_name = kNoText;        // of the task, where `task` stands for many (RunNames::other)
  std::uint32_t own_hash = 0;       // of that name: tells two such tasks apart, in whatever batch
  TextId context = kNoText;
  TextId raw = kNoText;             // the record's own lines, where the reader was asked to keep them
  std::uint32_t metrics_begin = 0;  // the named metrics: a span of EventBatch::metrics
  std::uint16_t metrics_count = 0;
  std::uint16_t flags = 0;
  std::uint16_t input = 0;
  EventKind kind = EventKind::sample;
  std::uint8_t part = 0;            // Part, where kind is `part`; of deaths see Part::state_time_behind
  std::uint8_t format = 0;          // index in the list of formats
  Alert alert = Alert::none;
  std::uint32_t run_id = 0;         // of a task that may run several times at once in its process: a hash of the run's own id; 0 for none

  bool is(std::uint16_t bits) const { return (flags & bits) == bits; }
};

inline bool same_task(const Event& a, const Event& b) { return a.task == b.task && a.own_hash == b.own_hash; }
static_assert(std::is_trivially_copyable_v<Event>);

struct Metric {
  NameId name = kNoName;
  double value = kMissing;
};

}  // namespace memlog
