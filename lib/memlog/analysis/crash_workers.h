#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "memlog/analysis/crash_life.h"
#include "memlog/assemble/run_names.h"
#include "memlog/assemble/runs.h"

namespace memlog::crash {

// A pool gives each new worker the next number. One that comes while another is in the middle of a task that nothing
// ends, and which never writes again, took its place: the kill itself is not in the log.
class Replacements {
 public:
  // A worker says that it starts; `explained` where a kill is known that it follows.
  void started(const Event& event, const RunNames& names, const RunTracker& tracker);
  void explained(const Event& event);
  // A worker ended as planned: the next start follows it.
  void exited(const Event& event);
  // The whole pool starts: numbers begin anew.
  void pool_started(const Event& event);
  // Any line of a worker: where none says that it starts, its first line tells.
  void seen(const Event& event, const RunNames& names, const RunTracker& tracker);

  struct Found {
    ProcessId process = 0;
    Timestamp time;       // of the new worker's start
    std::string text;
    SourceLine source;
  };
  // When all is read. A start that several workers may have made room for proves nothing and finds none.
  std::vector<Found> find(const RunTracker& tracker, const std::vector<Life>& lives, const RunNames& names) const;

 private:
  struct Candidate {
    ProcessId process = 0;
    std::uint64_t run_line = 0;
  };
  struct Start {
    Timestamp time;
    ProcessId process = 0;
    SourceLine source;
    std::vector<Candidate> candidates;
  };
  struct Host {
    NameId name = kNoName;
    bool says_starts = false;
    std::int64_t highest = -1;
    std::uint64_t room = 0;             // workers that ended as planned and have not been replaced yet
    std::vector<Start> starts;
  };

  Host& host(NameId name);
  void note(Host& host, const Event& event, const RunNames& names, const RunTracker& tracker);

  std::vector<Host> hosts_;
};

}  // namespace memlog::crash
