#include "memlog/event/process_table.h"

namespace memlog {

ProcessTable::ProcessTable() = default;

ProcessId ProcessTable::intern(std::string_view host, std::string_view process) {
  std::string key;
  key.reserve(host.size() + process.size() + 1);
  key.append(host).push_back('\0');
  key.append(process);
  const auto [at, fresh] = ids_.try_emplace(std::move(key), static_cast<ProcessId>(entries_.size()));
  if (fresh) {
    entries_.push_back({std::string(host), std::string(process)});
    ++hosts_by_process_[std::string(process)];
  }
  return at->second;
}

std::string ProcessTable::display(ProcessId id) const {
  if (id >= entries_.size()) return {};
  const Entry& entry = entries_[id];
  const auto same_name = hosts_by_process_.find(entry.process);
  const bool ambiguous = same_name != hosts_by_process_.end() && same_name->second > 1;
  if (!ambiguous || entry.host.empty()) return entry.process;
  return entry.process.empty() ? entry.host : entry.host + "/" + entry.process;
}

std::string ProcessTable::full_name(ProcessId id) const {
  if (id >= entries_.size()) return {};
  const Entry& entry = entries_[id];
  if (entry.host.empty()) return entry.process;
  return entry.process.empty() ? entry.host : entry.host + "/" + entry.process;
}

}  // namespace memlog
