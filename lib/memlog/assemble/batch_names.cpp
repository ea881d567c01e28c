#include "memlog/assemble/batch_names.h"

#include <algorithm>

namespace memlog::assemble {

namespace {

// Few processes in a chunk, as a rule; where there are many, the run's table knows them.
constexpr std::size_t kFewProcesses = 32;

}  // namespace

void BatchNames::begin(const EventBatch& batch) {
  batch_ = &batch;
  name_of_.assign(batch.names.size(), kNoName);
  for (NameId id = 1; id < batch.names.size(); ++id) name_of_[id] = id < name::kFirstFree ? id : kUnknownYet;
  few_of_ = name_of_;
  process_of_.clear();
}

ProcessId BatchNames::process(NameId host, NameId name) {
  const std::uint64_t key = (static_cast<std::uint64_t>(host) << 32) | name;
  if (last_process_ < process_of_.size() && process_of_[last_process_].first == key) return process_of_[last_process_].second;
  for (last_process_ = 0; last_process_ < process_of_.size(); ++last_process_) {
    if (process_of_[last_process_].first == key) return process_of_[last_process_].second;
  }
  const ProcessId id = names_.processes.intern(batch_->names.text(host), batch_->names.text(name));
  if (process_of_.size() < kFewProcesses) process_of_.emplace_back(key, id);
  return id;
}

}  // namespace memlog::assemble
