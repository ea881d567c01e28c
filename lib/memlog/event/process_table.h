#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "memlog/event/names.h"

namespace memlog {

using ProcessId = std::uint32_t;

// Processes by host (or container) and name. The same worker name in two containers is two processes; a container that
// is the only one is no part of a process' name, so that one log reads the same however it was wrapped.
class ProcessTable {
 public:
  ProcessTable();

  ProcessId intern(std::string_view host, std::string_view process);
  std::size_t size() const { return entries_.size(); }

  // The name to show: `ForkPoolWorker-2`, `worker-1/ForkPoolWorker-2` where another container has that name as well, the
  // container where only it is known and there are several. Empty for the one process of a log that names none.
  std::string display(ProcessId id) const;

  // Its own name, without the container's; empty where none was told.
  std::string_view name(ProcessId id) const { return id < entries_.size() ? std::string_view(entries_[id].process) : std::string_view(); }

  // The container or host around it; empty where none was told.
  std::string_view host(ProcessId id) const { return id < entries_.size() ? std::string_view(entries_[id].host) : std::string_view(); }

  // What a user's pattern is matched against: container and process, as far as they are known.
  std::string full_name(ProcessId id) const;

 private:
  struct Entry {
    std::string host;
    std::string process;
  };
  std::vector<Entry> entries_;
  std::unordered_map<std::string, ProcessId> ids_;
  std::unordered_map<std::string, int> hosts_by_process_;
};

}  // namespace memlog
