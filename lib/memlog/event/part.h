#pragma once

#include <cstdint>

namespace memlog {

// The lines that records of several lines are made of. A format says what a line is, the assembler what it belongs to.
// Where a part has one number it stands in Event::rss_mb unless its comment says otherwise.
enum class Part : std::uint8_t {
  // Snapshot trees.
  tree_header,        // task = operation
  tree_ram,           // rss_mb, vms_mb
  tree_container,     // container_mb; metric page_cache_mb
  tree_system,        // free_percent, available_mb
  tree_counters,      // metrics
  context,            // context; ends a tree, or stands in a critical block
  tree_status,        // ends the tree of a /memory-debug block
  // Alerts around them.
  alert_spike,        // delta_mb
  alert_high,         // rss_mb or container_mb, limit_mb
  alert_critical,     // rss_mb or container_mb, limit_mb ("CRITICAL: CRASH IMMINENT!")
  critical_memory,    // rss_mb, limit_mb ("CRITICAL MEMORY - CRASH IMMINENT")
  caused_by,          // task, context
  current_operation,  // task
  counters,           // metrics and perhaps container_mb and rss_mb: under a critical or periodic line
  list_header,
  list_entry,         // delta_mb = seconds of the day, task, rss_mb, context
  rule,
  sirens,
  debug_access,
  compact,            // a line of the compact writer: rss_mb or delta_mb, alert, task, context, metrics
  periodic,           // rss_mb or container_mb
  gc_trigger,         // metric gc_before_mb
  gc_result,          // metrics
  gc_notice,          // "forcing garbage collection", "Significant memory change"
  // Starts.
  header_title,       // "MEMORY DEBUG LOG - …"; limit_mb if the plan says one
  header_started,     // time
  restarted,          // time
  restart_notice,     // "Previous session may have crashed"
  found_existing,     // the main log's word for a restart
  // Measured operations.
  operation_start,    // task, rss_mb, context
  operation_complete, // task
  memory_before,
  memory_after,
  memory_change,      // delta_mb
  operation_error,    // task, context
  memory_at_error,
  // Reports.
  report_lead,        // a prefix without a message: a report's first line may follow
  report_title,
  report_current,
  report_number,      // metrics
  report_verdict,
  report_details,
  usage_alert,        // rss_mb, available_mb, free_percent
  usage_snapshot,     // rss_mb, free_percent
  report_warning,     // leak and deque warnings
  // The kernel's report of a death. What has a pid has it as a metric.
  oom_invoked,
  oom_limit,          // container_mb, limit_mb
  oom_victim,         // process
  oom_killed,         // process, rss_mb, vms_mb, metrics, context
  oom_group,          // all of a control group follow
  oom_detail,
  pod_word,           // delta_mb = PodWord, rss_mb = blanks in front, limit_mb, context: of a pod's description
  // When a container stopped: time. Of a state told before it, and of one that comes behind it. A death that waits for
  // its time has the first of them as Event::part.
  state_time_behind,
  state_time_before,
  journal_head,       // delta_mb = the day on which the journal behind it ends, days since 1970
  // Samplers.
  time_line,          // time: of the rows below
  psrecord_header,
  psrecord_row,       // delta_mb = seconds since the start, rss_mb, vms_mb
  mprof_reading,      // Event::part of a sample that may stand in any order
  // Python's tracebacks. Which are of exceptions that nothing caught the assembler knows.
  logged_error,       // an error that a logger tells, a thread's end: the traceback behind it is of that
  traceback,          // kOrderly: such an error stands right before it
  exception,          // context; kOrderly: it was asked to end; kCritical: for want of memory
  // A message that the platform cut in pieces: context = the piece, rss_mb = SplitLine, delta_mb = the stream; vms_mb =
  // what the line is on its own (Parsed) where only the assembler knows whether it is a piece.
  fragment,
};

// What a line of a pod's description is.
enum class PodWord : std::uint8_t {
  pod,                // context = its name
  containers,         // `kubectl describe`: those of the pod follow
  container,          // there: context = its name
  limits,
  requests,
  memory,             // limit_mb: of either of them
  metadata,           // YAML and JSON: the pod's name follows
  name,               // there: context = a name of something
  state,              // how a container ended follows
  started,            // context = since when it ran
  end,
};

// A logger's message may go on for some lines before its traceback.
inline constexpr std::uint64_t kErrorBeforeTraceback = 3;
// Words for a start come this soon behind the error for which a program begins its loop again.
inline constexpr double kBeginsAgainNs = 30e9;

}  // namespace memlog
