#pragma once

#include <string_view>

#include "memlog/event/batch.h"

namespace memlog {

// The Telegram bots' monitor has two generations, which are told by what their snapshots hold: both count threads and
// open files, the newer one ad sessions, too, and, where it sees a cgroup, the container's memory.
class WriterVersion {
 public:
  void see(const Event& event, const EventBatch& batch) {
    if (!event.is(flag::kRecord)) return;
    newer_ |= is_known(event.container_mb) || is_known(batch.metric_of(event, name::kAdSessions));
    counts_ |= is_known(batch.metric_of(event, name::kThreads)) || is_known(batch.metric_of(event, name::kOpenFiles));
  }

  // For people; empty where nothing tells.
  std::string_view told() const {
    if (newer_) return "newer version of the monitor";
    return counts_ ? "older version of the monitor" : "";
  }

 private:
  bool counts_ = false;
  bool newer_ = false;
};

}  // namespace memlog
