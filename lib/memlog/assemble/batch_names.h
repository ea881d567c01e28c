#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "memlog/assemble/run_names.h"
#include "memlog/event/batch.h"

namespace memlog::assemble {

// From a batch's numbers of names and processes to the run's. Each is asked for once in a batch.
class BatchNames {
 public:
  // `tasks` has the names of tasks, `names` all others.
  BatchNames(RunNames& names, RunNames& tasks) : names_(names), tasks_(tasks) {}

  // Forgets the batch before.
  void begin(const EventBatch& batch);

  // The run's number of the batch's name.
  NameId name(NameId id) {
    NameId& mapped = name_of_[id];
    if (mapped == kUnknownYet) mapped = tasks_.intern(batch_->names.text(id));
    return mapped;
  }

  // The same of a text that has no number in the batch.
  NameId name(std::string_view text) { return tasks_.intern(text); }
  // Of what a log has few of: a counter, a host.
  NameId few(NameId id) {
    NameId& mapped = few_of_[id];
    if (mapped == kUnknownYet) mapped = names_.intern_few(batch_->names.text(id));
    return mapped;
  }
  // As Event::own_hash, of the batch's name that has the run's number.
  std::uint32_t own_hash(NameId id, NameId run_name) const { return is_merged(run_name) ? name_hash(batch_->names.text(id)) : 0; }
  bool is_merged(NameId run_name) const { return tasks_.is_merged(run_name); }

  // Gives the event of the batch its task's number, and its name where that number is many tasks'.
  void name_task(Event& event, EventBatch& batch) {
    if (event.task == kNoName) return;
    const NameId own = event.task;
    event.task = name(own);
    if (!is_merged(event.task)) return;
    event.own_name = batch.add_text(batch.names.text(own));
    event.own_hash = name_hash(batch.names.text(own));
  }

  // The run's process, and its host's name, from the batch's names of both.
  ProcessId process(NameId host, NameId name);
  NameId host(NameId id) { return id == kNoName ? kNoName : few(id); }

 private:
  static constexpr NameId kUnknownYet = 0xffffffff;

  RunNames& names_;
  RunNames& tasks_;
  const EventBatch* batch_ = nullptr;
  std::vector<NameId> name_of_;  // of tasks
  std::vector<NameId> few_of_;
  std::vector<std::pair<std::uint64_t, ProcessId>> process_of_;  // host and name, and the run's number
  std::size_t last_process_ = 0;
};

}  // namespace memlog::assemble
