#pragma once

#include <vector>

#include "memlog/assemble/batch_names.h"
#include "memlog/assemble/last_samples.h"
#include "memlog/event/batch.h"

namespace memlog::assemble {

// Gives rows of bare readings the run's numbers of names and processes. Each is asked for once in a batch.
class BareRows {
 public:
  // Forgets the batch before.
  void begin(const EventBatch& batch) {
    if (!batch.readings.empty()) processes_.assign(batch.names.size(), {});
  }

  // The batch's readings [begin, end), at least one. The last one of each process is noted.
  void pass(EventBatch& batch, std::size_t begin, std::size_t end, BatchNames& names, LastSamples& samples) {
    // Mostly all are of one process.
    NameId name = batch.readings[begin].process;
    Process* of = &process(name, names);
    for (std::size_t i = begin; i < end; ++i) {
      BareReading& reading = batch.readings[i];
      reading.task = names.name(reading.task);
      if (reading.process != name) {
        of->last = &batch.readings[i - 1];
        name = reading.process;
        of = &process(name, names);
      }
      reading.process = of->id;
    }
    of->last = &batch.readings[end - 1];
    // Of each process only the last reading can matter to a later event.
    for (const NameId told : told_) {
      Process& one = processes_[told];
      samples.note(one.id, *one.last);
      one.last = nullptr;
    }
    told_.clear();
  }

 private:
  static constexpr NameId kUnknownYet = 0xffffffff;

  struct Process {
    const BareReading* last = nullptr;  // of the row
    ProcessId id = kUnknownYet;
  };

  // By the batch's name, known from here on.
  Process& process(NameId name, BatchNames& names) {
    Process& of = processes_[name];
    if (of.id == kUnknownYet) of.id = names.process(kNoName, name);
    if (of.last == nullptr) told_.push_back(name);
    return of;
  }

  std::vector<Process> processes_;  // by the batch's name
  std::vector<NameId> told_;        // those with readings in the row
};

}  // namespace memlog::assemble
