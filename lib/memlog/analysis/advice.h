#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "memlog/analysis/counter_limits.h"
#include "memlog/analysis/limit.h"
#include "memlog/report/report.h"

namespace memlog {

// What the figures of a period suggest to do, each with the figures that it follows from. Nothing is suggested that
// no figure asks for.
struct Advice {
  std::string kind;                // `container_limit`, `worker_max_memory_per_child`, …
  std::string text;
  Value::Object figures;
};

struct AdviceInput {
  Limit limit;
  std::uint64_t samples = 0;
  double p99_mb = kMissing;
  double max_mb = kMissing;
  std::size_t processes = 0;         // with samples
  double process_peak_mb = kMissing; // of the hungriest one
  bool celery = false;
  double run_end_p95_mb = kMissing;  // what workers hold between tasks
  std::uint64_t run_ends = 0;
  Value tasks;                       // `tasks` of by-task
  Value leaks;                       // `series` of leaks
  std::map<std::string, std::size_t> spike_tasks;  // jumps behind each
  std::size_t spikes = 0;
  std::uint64_t spikes_returned = 0;
  std::uint64_t deaths = 0;          // for memory, or probably
  std::vector<CounterLimits::Counter> counters;
  std::uint64_t collections = 0;
  double freed_mb = 0;
};

std::vector<Advice> advise(const AdviceInput& input);

}  // namespace memlog
