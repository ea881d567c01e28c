#pragma once

#include <cmath>
#include <cstdint>
#include <string>
#include <vector>

#include "memlog/event/batch.h"

namespace memlog::assemble {

// A record that is being put together: it outlives the batches its lines came in, so it owns its text.
struct Pending {
  Event event;
  std::string own_name;          // as Event::own_name
  std::string context;
  std::string raw;
  std::vector<Metric> metrics;
  double value_mb = kMissing;    // of an alert: RSS, or the container's where one is told
  bool open = false;
  bool sirens_only = false;      // nothing but the row of sirens so far
  bool critical = false;
  bool critical_memory = false;  // the line that has the RSS even where containers are told
  bool critical_alert = false;
  bool sirens_closed = false;
  bool alert = false;            // SPIKE or HIGH was told
  bool tree = false;
  bool tree_open = false;        // its lines are still coming
  bool ram = false;
  bool done = false;             // the rule under the block was seen
  bool periodic = false;
  bool periodic_counters = false;
  bool usage = false;
  bool compact = false;          // told by the compact writer

  void clear() { *this = Pending{}; }

  void set_metric(NameId name, double value) {
    for (Metric& metric : metrics) {
      if (metric.name == name) {
        metric.value = value;
        return;
      }
    }
    metrics.push_back({name, value});
  }
};

// Two lines about one reading, each rounded in its way.
inline bool same_value(double a, double b) { return is_known(a) && is_known(b) && std::fabs(a - b) < 0.051; }

// One entry of a list of operations, before its date is known.
struct ListEntry {
  Event event;                   // of the entry's line; time is that of its writing where it has one
  std::string own_name;
  std::string context;
  double second_of_day = 0;
};

// Gives a list's entries their dates: the last one was written before `written`, each other one before the next.
// `written` unknown leaves them without a date.
void date_entries(std::vector<ListEntry>& entries, const Timestamp& written);

}  // namespace memlog::assemble
