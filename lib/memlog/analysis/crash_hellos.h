#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "memlog/analysis/crash_life.h"

namespace memlog::crash {

// What a plain logger says at a start (`Bot started`) is a restart only where the first reading behind it shows a new
// process: memory has fallen to where it began, and the monitor's beat was lost. Parts of a program, and one that connects
// anew, say the same while it goes on.
class Hellos {
 public:
  struct Hello {
    ProcessId process = 0;
    Timestamp time;
    std::string text;
    SourceLine source;
    bool again = false;         // said whenever it connects, too
    bool behind_error = false;  // for which a program begins its loop again
  };

  bool empty() const { return hellos_.empty(); }
  // Of several before one reading the first counts, and any that is said at a start only makes all of them such.
  void add(const Hello& hello);
  void forget(ProcessId process);
  // What was said before this reading of `life`, if it was a start. None waits behind that.
  bool take(const Event& reading, const Life& life, Hello& hello);

 private:
  std::vector<Hello> hellos_;
};

}  // namespace memlog::crash
