#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "memlog/assemble/batch_names.h"
#include "memlog/assemble/last_samples.h"
#include "memlog/event/batch.h"

namespace memlog::assemble {

// Gives rows of readings, bare or in columns, the run's numbers of names and processes. Each is asked for once in a batch.
class BareRows {
 public:
  // Forgets the batch before.
  void begin(const EventBatch& batch) {
    named_ = 0;
    if (!batch.readings.empty()) processes_.assign(batch.names.size(), {});
  }

  // The batch's readings [begin, end), at least one. The last one of each process is noted.
  void pass(EventBatch& batch, std::size_t begin, std::size_t end, BatchNames& names, LastSamples& samples) {
    // All may be of one process, or of one after the other: nothing branches on that.
    for (std::size_t i = begin; i < end; ++i) {
      BareReading& reading = batch.readings[i];
      const NameId task = reading.task;
      reading.task = names.name(task);
      Process& of = processes_[reading.process];
      if (of.last == nullptr) begin_row(reading.process, names);
      of.last = &reading;
      of.task = task;
      reading.process = of.id;
    }
    // Of each process only the last reading can matter to a later event.
    for (const NameId told : told_) {
      Process& one = processes_[told];
      samples.note(one.id, *one.last, names.own_hash(one.task, one.last->task));
      one.last = nullptr;
    }
    told_.clear();
  }

  // Of readings in columns the labels are given the numbers, once in a batch and in the order in which they stand there.
  // What a label means is the same in many batches: its number is looked up in the first of them.
  void name_labels(ReadingColumns& columns, std::size_t learned, BatchNames& names) {
    if (named_ == 0) {
      columns.process = names.process(kNoName, kNoName);
      known_ = &known_labels(columns.generation);
    }
    for (; named_ < learned; ++named_) {
      const std::uint8_t label = columns.learned()[named_];
      NameId task = known_->tasks[label];
      if (task == kUnknownYet) {
        task = names.name(columns.names[label]);
        if (!names.is_merged(task)) known_->tasks[label] = task;
      }
      columns.tasks[label] = task;
    }
  }

 private:
  static constexpr NameId kUnknownYet = 0xffffffff;
  static constexpr std::size_t kGenerations = 8;

  struct Process {
    const BareReading* last = nullptr;  // of the row
    NameId task = kNoName;              // its task's name, the batch's
    ProcessId id = kUnknownYet;
  };

  struct KnownLabels {
    std::uint64_t generation = 0;
    std::array<NameId, ReadingColumns::kLabels> tasks;
  };

  // Those of the generation; forgets one of long ago for a new one.
  KnownLabels& known_labels(std::uint64_t generation) {
    known_labels_.resize(kGenerations);
    for (KnownLabels& one : known_labels_) {
      if (one.generation == generation) return one;
    }
    KnownLabels& fresh = known_labels_[oldest_++ % known_labels_.size()];
    fresh.generation = generation;
    fresh.tasks.fill(kUnknownYet);
    return fresh;
  }

  // The first reading of a process in a row; its number is known from here on.
  void begin_row(NameId name, BatchNames& names) {
    Process& of = processes_[name];
    if (of.id == kUnknownYet) of.id = names.process(kNoName, name);
    told_.push_back(name);
  }

  std::vector<Process> processes_;  // by the batch's name
  std::vector<NameId> told_;        // those with readings in the row
  std::size_t named_ = 0;           // labels of the batch
  KnownLabels* known_ = nullptr;    // as well
  std::vector<KnownLabels> known_labels_;  // none before there are columns
  std::size_t oldest_ = 0;
};

}  // namespace memlog::assemble
