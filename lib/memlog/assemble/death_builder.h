#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "memlog/assemble/pending.h"
#include "memlog/assemble/pod_description.h"
#include "memlog/event/batch.h"
#include "memlog/event/part.h"
#include "memlog/event/process_table.h"

namespace memlog::assemble {

// Puts the lines of the kernel's reports together, and knows which deaths have been told: the kernel, the platform and
// the process manager each tell the same one in their words.
class DeathBuilder {
 public:
  explicit DeathBuilder(ProcessTable& processes);

  void set_output(EventBatch* batch, std::vector<Event>* out) {
    batch_ = batch;
    out_ = out;
  }

  // A line of a kernel report.
  void take(const Event& part);

  // A line of a pod's description around the state of a container.
  void take_word(const Event& part);

  // The reason of a held death, told behind its exit code: it is told with it.
  bool says_why(const Event& event);

  // A death told by one line. True when another one told it already: it is no record of its own. One that says more than
  // that (that a SIGKILL was for memory) is not told, but no record either: its flag is taken away.
  bool is_told(Event& event);  // gives it the time that was told in front of it

  // A death, or another end of a container, that waits for the line that tells its time, a few lines further on.
  bool holds(const Event& event);

  // The log is at this event: what waited too long comes without a time, and what more could be told of it has been.
  void pass(const Event& event);

  // No report is open, so no other record has to wait for it.
  bool idle() const { return !report_.open && !held_.open; }

  // The input ends, perhaps in the middle of a report.
  void finish();

 private:
  struct Told {
    std::int64_t ns = Timestamp::kNone;
    std::uint64_t line = 0;
    double pid = kMissing;
    std::uint32_t process = 0;
    NameId host = kNoName;
    std::uint8_t format = 0;
    EventKind kind = EventKind::kill;
    std::string pod;         // of a container that is described with its pod
    bool over_limit = false; // Render's words, the event's or its mail's
    bool mailed = false;
    bool exit = false;       // what the killed process left: its status
    bool exited = false;     // and that of this one is told
    bool says_why = false;   // a runtime's last words, before the status that it leaves
  };

  static bool is_late_exit(const Told& known, const Told& told);
  Told* find(const Told& told);
  bool knows(const Told& told);
  Told told_of(const Event& event) const;
  void open_at(const Event& part);
  void add_metrics(const Event& part);
  void emit();
  void tell_line(const Event& death);
  void settle_held(const Timestamp& time);
  void emit_held(const Timestamp& time);
  void describe_held();

  EventBatch* batch_ = nullptr;
  std::vector<Event>* out_ = nullptr;
  int kernel_ = -1;                 // the format's index
  Pending report_;
  bool victim_ = false;             // the report has named it
  std::uint64_t killed_line_ = 0;   // where it says that it killed
  std::uint64_t group_line_ = 0;    // its whole control group is killed: the next deaths are this one
  std::vector<Told> told_;          // the last ones
  Pending held_;
  PodDescription pod_;              // around it
  ProcessTable& processes_;
  Timestamp state_time_;            // of a container's state that comes behind it
  std::uint64_t state_time_line_ = 0;
  std::uint64_t no_end_line_ = 0;   // of a container that runs
};

}  // namespace memlog::assemble
