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
  explicit BatchNames(RunNames& names) : names_(names) {}

  // Forgets the batch before.
  void begin(const EventBatch& batch);

  // The run's number of the batch's name.
  NameId name(NameId id) {
    NameId& mapped = name_of_[id];
    if (mapped == kUnknownYet) mapped = names_.intern(batch_->names.text(id));
    return mapped;
  }

  // The same of a text that has no number in the batch.
  NameId name(std::string_view text) { return names_.intern(text); }
  // Whether it stands for many.
  bool is_merged(NameId run_name) const { return run_name == names_.other && names_.other != kNoName; }

  // The run's process, and its host's name, from the batch's names of both.
  ProcessId process(NameId host, NameId name);
  NameId host(NameId id) { return id == kNoName ? kNoName : name(id); }

 private:
  static constexpr NameId kUnknownYet = 0xffffffff;

  RunNames& names_;
  const EventBatch* batch_ = nullptr;
  std::vector<NameId> name_of_;
  std::vector<std::pair<std::uint64_t, ProcessId>> process_of_;  // host and name, and the run's number
  std::size_t last_process_ = 0;
};

}  // namespace memlog::assemble
