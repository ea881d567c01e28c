#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "memlog/assemble/run_names.h"
#include "memlog/event/batch.h"
#include "memlog/input/source.h"
#include "memlog/scan/filter.h"
#include "memlog/scan/input_stream.h"

namespace memlog {

struct ReadOptions {
  InputStream::Options stream;
  Filter filter;
  bool strict = false;             // a malformed line ends the run
  std::size_t threads = 1;         // the caller's included
  // The caller takes far longer than reading and parsing do: no more chunks wait for it than it takes to be busy.
  bool slow_caller = false;
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
  // The same in columns, where Analysis::reading_columns() or whoever writes events asks for them.
  const ReadingRow* row = nullptr;

  // The name of the event's task, exact however many there are.
  std::string_view task_of(const Event& event) const { return task_name(event, batch, names); }
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
