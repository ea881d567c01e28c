#include "memlog/event/event.h"

namespace memlog {

std::string_view to_string(EventKind kind) {
  switch (kind) {
    case EventKind::sample: return "sample";
    case EventKind::task_start: return "task_start";
    case EventKind::task_end: return "task_end";
    case EventKind::task_failed: return "task_failed";
    case EventKind::checkpoint: return "checkpoint";
    case EventKind::snapshot: return "snapshot";
    case EventKind::operation: return "operation";
    case EventKind::restart: return "restart";
    case EventKind::gc: return "gc";
    case EventKind::oom_kill: return "oom_kill";
    case EventKind::kill: return "kill";
    case EventKind::heap_limit: return "heap_limit";
    case EventKind::pressure_kill: return "pressure_kill";
    case EventKind::report: return "report";
    case EventKind::task_retried: return "task_retried";
    case EventKind::worker_started: return "worker_started";
    case EventKind::worker_exited: return "worker_exited";
    case EventKind::worker_lost: return "worker_lost";
    case EventKind::time_limit: return "time_limit";
    case EventKind::kill_hint: return "kill";
    case EventKind::service_stopped: return "service_stopped";
    case EventKind::service_started: return "service_started";
    case EventKind::service_ended: return "service_ended";
    case EventKind::machine_stopped: return "machine_stopped";
    case EventKind::end_hint: return "end";
    case EventKind::said_start: return "said_start";
    case EventKind::last_words: return "exception";
    case EventKind::part: return "part";
  }
  return "sample";
}

std::string_view to_string(Alert alert) {
  switch (alert) {
    case Alert::none: return "";
    case Alert::spike: return "spike";
    case Alert::high: return "high";
    case Alert::critical: return "critical";
  }
  return "";
}

}  // namespace memlog
