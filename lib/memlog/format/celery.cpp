#include <algorithm>

#include "memlog/base/decimal.h"
#include "memlog/base/text.h"
#include "memlog/format/celery_quick.h"
#include "memlog/format/format.h"

// The memory lines of FileIntel's task monitor in a Celery worker's log, and what Celery itself says about the ends of
// tasks and workers:
//
//   Memory [pkg.tasks.process] START: RSS=245.3MB (peak=245.3MB), Process%=6.1%, System=45.2%, GC objects=127,453
//   Process 'ForkPoolWorker-3' pid:26 exited with 'signal 9 (SIGKILL)'
namespace memlog {

namespace {

// `(peak=245.3MB), Process%=6.1%, System=45.2%, GC objects=127,453`: each part may be missing, and an older writer
// left out commas. A line cut by a kill is read as far as it goes.
void take_fields(std::string_view s, Event& event, EventBatch& out) {
  while (!s.empty()) {
    if (s.front() == ' ' || s.front() == ',' || s.front() == '(' || s.front() == ')') {
      s.remove_prefix(1);
    } else if (consume(s, "peak=")) {
      if (const auto peak = take_decimal_with(s, "MB")) event.peak_mb = *peak;
    } else if (consume(s, "Process%=")) {
      if (const auto percent = take_decimal_with(s, "%")) event.process_percent = *percent;
    } else if (consume(s, "System=")) {
      if (const auto used = take_decimal_with(s, "%")) event.free_percent = 100.0 - *used;
    } else if (consume(s, "available=")) {
      if (const auto available = take_decimal_with(s, "MB")) event.available_mb = *available;
    } else if (consume(s, "GC objects=")) {
      if (const auto objects = take_decimal(s, true)) out.add_metric(event, name::kGcObjects, *objects);
    } else {
      return;
    }
  }
}

Parsed parse_memory(const Line& line, std::string_view s, EventBatch& out, bool high) {
  // A label is free text (`checkpoint:batch 51234: 100%`), so the last `: RSS=` is the one that counts.
  constexpr std::string_view kAnchor = ": RSS=";
  const auto anchor = s.rfind(kAnchor);
  const std::string_view head = s.substr(0, anchor);
  std::size_t close = std::string_view::npos;
  EventKind kind = EventKind::sample;
  struct Label {
    std::string_view text;
    EventKind kind;
  };
  constexpr Label kLabels[] = {{"] START", EventKind::task_start},
                               {"] FINISH", EventKind::task_end},
                               {"] FAILURE", EventKind::task_failed},
                               {"] checkpoint:", EventKind::checkpoint}};
  for (const Label& label : kLabels) {
    const auto at = head.find(label.text);
    if (at >= close) continue;
    close = at;
    kind = label.kind;
  }
  if (close == std::string_view::npos) close = head.rfind(']');
  if (close == std::string_view::npos) return Parsed::nothing;
  if (anchor == std::string_view::npos) {
    return kind == EventKind::sample ? Parsed::nothing : detail::malformed(line, s.substr(s.size()), "': RSS=' after the task's state", out);
  }
  std::string_view number = s.substr(anchor + kAnchor.size());
  const auto rss = take_decimal_with(number, "MB");
  if (!rss || *rss < 0) return detail::malformed(line, s.substr(anchor + kAnchor.size()), "a number and MB after 'RSS='", out);

  Event event = detail::event_from(line, kind, out);
  event.task = out.names.intern(head.substr(0, close));
  event.rss_mb = *rss;
  std::string_view label = trim(head.substr(std::min(close + 1, head.size())));
  if (kind == EventKind::task_end) {
    std::string_view rest = label.substr(6);
    if (consume(rest, " (delta=")) {
      if (const auto delta = take_decimal_with(rest, "MB")) event.delta_mb = *delta;
    }
    label = label.substr(0, 6);
  }
  event.context = out.add_text(label);
  take_fields(number, event, out);
  if (high) {
    event.alert = Alert::high;
    event.flags |= flag::kHigh | flag::kRepeats;
  }
  return detail::add(event, out);
}

Parsed parse_gc(const Line& line, std::string_view s, EventBatch& out) {
  const auto close = s.find("]: freed ");
  if (close == std::string_view::npos) return Parsed::nothing;
  std::string_view rest = s.substr(close + 9);
  const auto freed = take_decimal_with(rest, "MB");
  if (!freed) return detail::malformed(line, s.substr(close + 9), "a number and MB after 'freed'", out);
  Event event = detail::event_from(line, EventKind::gc, out);
  event.task = out.names.intern(s.substr(0, close));
  event.delta_mb = -*freed;
  out.add_metric(event, name::kGcFreedMb, *freed);
  if (consume(rest, ", collected ")) {
    if (const auto objects = take_decimal(rest, true)) out.add_metric(event, name::kGcCollected, *objects);
  }
  return detail::add(event, out);
}

// `PID=42, RSS=345.6MB, Process%=8.4%, System=61.0% (available=1500.2MB)`
Parsed parse_summary(const Line& line, std::string_view s, EventBatch& out) {
  Event event = detail::event_from(line, EventKind::sample, out);
  if (consume(s, "PID=")) {
    if (const auto pid = take_decimal(s)) out.add_metric(event, name::kPid, *pid);
    consume(s, ", ");
  }
  if (!consume(s, "RSS=")) return detail::malformed(line, s, "'RSS=' in a worker's summary", out);
  const std::string_view number = s;
  const auto rss = take_decimal_with(s, "MB");
  if (!rss || *rss < 0) return detail::malformed(line, number, "a number and MB after 'RSS='", out);
  event.rss_mb = *rss;
  event.context = out.add_text("Worker memory summary");
  take_fields(s, event, out);
  return detail::add(event, out);
}

// `3200.5MB > 3000.0MB`: an alert about the reading before it.
Parsed parse_threshold(const Line& line, std::string_view s, EventBatch& out) {
  const std::string_view number = s;
  const auto rss = take_decimal_with(s, "MB");
  if (!rss || *rss < 0) return detail::malformed(line, number, "a number and MB after 'exceeded:'", out);
  Event event = detail::event_from(line, EventKind::sample, out);
  event.rss_mb = *rss;
  event.alert = Alert::high;
  event.flags |= flag::kHigh | flag::kRepeats;
  event.context = out.add_text("Memory threshold exceeded");
  return detail::add(event, out);
}

// `name[id] `: the name; `s` becomes what follows.
std::string_view take_task(std::string_view& s) {
  const auto open = s.find('[');
  const auto close = s.find(']', open == std::string_view::npos ? 0 : open);
  if (open == std::string_view::npos || close == std::string_view::npos || open > 300) return {};
  const std::string_view task = s.substr(0, open);
  if (task.find(' ') != std::string_view::npos) return {};
  s.remove_prefix(close + 1);
  return task;
}

Parsed note(const Line& line, EventKind kind, std::string_view task, std::string_view text, EventBatch& out) {
  Event event = detail::event_from(line, kind, out);
  event.task = out.names.intern(task);
  event.context = out.add_text(text);
  return detail::add(event, out, Parsed::note);
}

// `Task name[id] retry: …`, `Task name[id] raised unexpected: …`
Parsed parse_task(const Line& line, std::string_view s, EventBatch& out) {
  const std::string_view whole = s;
  const std::string_view task = take_task(s);
  if (task.empty()) return Parsed::nothing;
  Line told = line;
  told.task_id = whole.substr(task.size() + 1, whole.size() - s.size() - task.size() - 2);
  if (s.starts_with(" retry: ")) return note(told, EventKind::task_retried, task, line.message, out);
  if (s.starts_with(" raised unexpected: ")) return note(told, EventKind::task_failed, task, line.message, out);
  return Parsed::nothing;
}

// `Process 'ForkPoolWorker-3' pid:26 exited with 'signal 9 (SIGKILL)'`, said by MainProcess of another.
Parsed parse_exit(const Line& line, std::string_view s, EventBatch& out) {
  const auto close = s.find("' pid:");
  if (close == std::string_view::npos) return Parsed::nothing;
  const std::string_view process = s.substr(0, close);
  std::string_view rest = s.substr(close + 6);
  const auto pid = take_decimal(rest);
  if (!pid || !consume(rest, " exited with '")) return Parsed::nothing;
  const bool killed = rest.starts_with("signal 9");
  Event event = detail::event_from(line, killed ? EventKind::kill : EventKind::worker_exited, out);
  event.process = out.names.intern(process);
  event.context = out.add_text(line.message);
  out.add_metric(event, name::kPid, *pid);
  // 155 is billiard's status for a worker that was told to make room for a fresh one.
  if (rest.starts_with("exitcode 155") || rest.starts_with("exitcode 0")) event.flags |= flag::kOrderly;
  return detail::add(event, out, killed ? Parsed::event : Parsed::note);
}

// `celery@host ready.`, said by MainProcess when a pool has started.
bool says_ready(const Line& line) {
  return line.process == "MainProcess" && line.message.ends_with(" ready.") && line.message.find('@') < line.message.find(' ');
}

// MainProcess stops its pool, or the worker of a task that was revoked: `Terminating 0f7c (Signals.SIGKILL)`.
Parsed parse_pool_stop(const Line& line, std::string_view s, EventBatch& out) {
  // Celery prints its shutdown past its logger, with neither a time nor a process in front.
  const bool anew = s.starts_with("Restarting celery worker (") && s.ends_with(")");
  const bool printed = line.process.empty() && (s == "worker: Warm shutdown (MainProcess)" || s == "worker: Cold shutdown (MainProcess)" || (anew && !line.prefixed));
  if (!printed && line.process != "MainProcess") return Parsed::nothing;
  const bool shutdown = anew || s.starts_with("worker: Warm shutdown") || s.starts_with("worker: Cold shutdown");
  const bool revoked = s.starts_with("Terminating ") && s.ends_with("SIGKILL)");
  if (!shutdown && !revoked) return Parsed::nothing;
  Line told = line;
  told.process = "MainProcess";
  note(told, EventKind::worker_exited, {}, s, out);
  out.events.back().flags |= flag::kOrderly | (shutdown ? flag::kShutdown : 0);
  return Parsed::note;
}

Parsed parse_message(const Line& line, EventBatch& out) {
  std::string_view s = line.message;
  if (s.empty()) return Parsed::nothing;
  if (says_ready(line)) {
    note(line, EventKind::worker_started, {}, s, out);
    out.events.back().flags |= flag::kBoot;
    return Parsed::note;
  }
  switch (s.front()) {
    case 'M':
      if (consume(s, "Memory [")) return parse_memory(line, s, out, false);
      if (consume(s, "Memory threshold exceeded: ")) return parse_threshold(line, s, out);
      return Parsed::nothing;
    case 'H':
      if (consume(s, "HIGH MEMORY USAGE: Memory [")) return parse_memory(line, s, out, true);
      if (consume(s, "Hard time limit (")) {
        const auto at = s.find(" exceeded for ");
        if (at == std::string_view::npos) return Parsed::nothing;
        s.remove_prefix(at + 14);
        return note(line, EventKind::time_limit, take_task(s), line.message, out);
      }
      return Parsed::nothing;
    case 'G': return consume(s, "Garbage collection [") ? parse_gc(line, s, out) : Parsed::nothing;
    case 'W':
      if (consume(s, "Worker memory summary: ")) return parse_summary(line, s, out);
      if (s.starts_with("Worker process initializing (PID: ")) return note(line, EventKind::worker_started, {}, s, out);
      if (s.starts_with("Worker process shutting down (PID: ")) {
        note(line, EventKind::worker_exited, {}, s, out);
        out.events.back().flags |= flag::kOrderly;
        return Parsed::note;
      }
      return Parsed::nothing;
    case 'T':
      if (consume(s, "Task handler raised error: WorkerLostError(")) {
        Event event = detail::event_from(line, EventKind::worker_lost, out);
        event.context = out.add_text(line.message);
        return detail::add(event, out, s.find("signal 9") != std::string_view::npos ? Parsed::event : Parsed::note);
      }
      if (s.starts_with("Terminating ")) return parse_pool_stop(line, s, out);
      return consume(s, "Task ") ? parse_task(line, s, out) : Parsed::nothing;
    case 'R':
    case 'w': return parse_pool_stop(line, s, out);
    case 'P': return consume(s, "Process '") ? parse_exit(line, s, out) : Parsed::nothing;
    case 'c':
      if (!s.starts_with("child process exiting after exceeding memory limit")) return Parsed::nothing;
      note(line, EventKind::worker_exited, {}, s, out);
      out.events.back().flags |= flag::kOrderly;
      return Parsed::note;
    default: return Parsed::nothing;
  }
}

Parsed parse(const Line& line, EventBatch& out) {
  const Parsed parsed = parse_message(line, out);
  // Without a prefix it may be the further line of a message that quotes one: the assembler knows.
  if (parsed != Parsed::nothing && !line.time.known()) out.has_parts = true;
  return parsed;
}

}  // namespace

extern const Format celery = {
    "celery", "memory of each task in a Celery worker's log, and how workers ended", "",
    "[2025-11-16 08:30:00,123: INFO/ForkPoolWorker-2] Memory [app.tasks.process] START: RSS=245.3MB (peak=245.3MB), Process%=6.1%, "
    "System=45.2%, GC objects=127,453",
    parse, {}, quick_celery, "["};

}  // namespace memlog
