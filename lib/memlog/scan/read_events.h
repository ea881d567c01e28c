#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "memlog/assemble/run_names.h"
#include "memlog/base/regex.h"
#include "memlog/event/batch.h"
#include "memlog/input/source.h"
#include "memlog/scan/input_stream.h"

namespace memlog {

// A time that the user gives: absolute, a time of any day, or before the last record.
struct TimeBound {
  enum class Kind { none, absolute, of_day, before_last };
  Kind kind = Kind::none;
  std::int64_t ns = 0;
  bool zoned = false;  // absolute: `ns` is UTC, else what the log's clock shows
};

// Reads `2025-11-16 08:30`, `2025-11-16T08:30:00`, `2025-11-16` (its first moment), `08:30` and `-2h`. Throws Error for
// anything else.
TimeBound parse_time_bound(std::string_view text, std::string_view option);

// What of the records an answer is about.
struct Filter {
  TimeBound since;
  TimeBound until;
  std::optional<Regex> task;
  std::optional<Regex> not_task;
  std::optional<Regex> process;

  bool any() const { return since.kind != TimeBound::Kind::none || until.kind != TimeBound::Kind::none || task || not_task || process; }
};

struct ReadOptions {
  InputStream::Options stream;
  Filter filter;
  // Seconds to add to the times of an input whose clock differs from the others', by path.
  std::map<std::string, std::int64_t> clock_shift_s;
  bool strict = false;             // a malformed line ends the run
  std::size_t threads = 1;         // the caller's included
  // Asked between slices: readings not above this change no answer any more (it must only rise; negative: all are
  // wanted). One input without filters may then have such samples counted only. Empty: every sample is an event.
  std::function<double()> wanted_above_mb;
};

// A run of records of one batch, in the order of the timeline. Events that the user's filters leave out are there too,
// without flag::kSelected: they still end runs and lives.
struct Slice {
  std::span<const Event> events;
  const EventBatch& batch;
  const RunNames& names;
  const std::vector<InputSummary>& inputs;
  // Instead of events, where Analysis::bare_readings() allows it: of the first input, all selected, their lines still within
  // the chunk.
  std::span<const BareReading> readings = {};
};

struct ReadResult {
  std::vector<InputSummary> inputs;  // in the order of the timeline
  RunNames names;
  std::vector<std::string> user_formats;  // names, by number behind those of formats()
  std::uint64_t passed_over = 0;
  bool failed = false;               // an input could not be read, or not to its end

  std::uint64_t records() const;
  std::uint64_t samples() const;
};

// The left half behind one call: reads all inputs as one timeline, in order of the time of their first record, and
// hands the records out in order. Memory does not grow with the inputs. Problems of single inputs are in the result;
// Error is thrown only where nothing can be answered.
void read_events(const InputList& list, const ReadOptions& options, ReadResult& result, const std::function<void(const Slice&)>& on_slice);

}  // namespace memlog
