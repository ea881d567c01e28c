#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "memlog/analysis/crash_death.h"

namespace memlog::crash {

// Kills that the log of a life tells without a name or a time: a shell's `Killed`, a bare status 137. They end that life
// if nothing more comes of it; if it writes on, they were about somebody else.
class Hints {
 public:
  struct Hint {
    ProcessId process = 0;
    Death told{};
    bool certain = false;        // a platform's own word: if it is not this life's, it is another's
    bool ends = false;           // no kill: a status, another signal, an exception; counts only before a start or the log's end
    bool orderly = false;        // as it was asked to
    bool last_words = false;     // if nothing comes behind it
    bool for_memory = false;     // the process says that an allocation failed
    bool said_goodbye = false;   // and stopped for that
  };

  // The first words stand; later ones tell the same kill again. A kill counts more than another end, and that more than
  // an exception, of which the last one counts.
  void add(Hint hint);
  // It ended for want of memory: the memory says more.
  void forget_last_words(ProcessId process);
  const Hint* find(ProcessId process) const;
  bool empty() const { return hints_.empty(); }
  // It said goodbye since an allocation had failed: that is no planned end.
  bool stopped_for_memory(ProcessId process) const;
  // What waits for that life; taken out.
  std::optional<Hint> take(ProcessId process);
  std::vector<Hint> take_all();

 private:
  std::vector<Hint> hints_;
};

// Kills without a time are the death of the one life that they fit, if there is only one. Joined kills leave `kills`.
void pair_undated(std::vector<Death>& deaths, std::vector<Death>& kills, const ProcessTable& processes);

}  // namespace memlog::crash
