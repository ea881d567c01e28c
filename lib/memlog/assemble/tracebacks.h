#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "memlog/event/event.h"

namespace memlog::assemble {

// Which exceptions nothing caught: those whose traceback follows no word of a logger, nor one of a thread, and is the last
// of its chain. Each container or host writes its own.
class Tracebacks {
 public:
  // A part of one. An exception that was logged has in `delta_mb` when, in nanoseconds, where that is known. True where it has become an event, the last words of whoever wrote it.
  bool take(Event& part);
  // An error was logged, or an exception told that was caught, right before that line and its time.
  bool is_behind_error(const Event& start) const;

 private:
  struct Last {
    std::uint64_t error_line = 0;  // of what says that an exception was caught
    double error_ns = kMissing;    // when that was
    std::uint64_t begin_line = 0;  // of a traceback that has not ended
    std::uint64_t end_line = 0;    // of the exception behind the one before
    bool caught = false;
    bool end_caught = false;       // the exception at `end_line`
  };
  Last& of(NameId host);

  std::vector<std::pair<NameId, Last>> hosts_;
};

}  // namespace memlog::assemble
