#pragma once

#include <span>

#include "memlog/stats/leak_result.h"
#include "memlog/stats/leak_series.h"

// Is a process leaking, how fast, how sure, since when, which task keeps the memory, and when is the limit reached.
// A comparison of shapes on the floor of memory, with autocorrelated errors and restarts cut out.
namespace memlog::stats {

// Each process with enough samples is analysed on its own, and where there are several, all of them together, with one
// slope and a level for each segment: that is how a leak is seen in workers that are recycled early. A few milliseconds
// for each series, whatever the log's length.
LeakReport analyse_leaks(std::span<const LeakSeries> series, const LeakOptions& options);

}  // namespace memlog::stats
