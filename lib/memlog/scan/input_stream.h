#pragma once

#include <cstdint>
#include <exception>
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "memlog/assemble/records.h"
#include "memlog/assemble/run_names.h"
#include "memlog/event/batch.h"
#include "memlog/input/chunk_reader.h"
#include "memlog/input/source.h"
#include "memlog/scan/chunk_queue.h"
#include "memlog/scan/ordered_pool.h"
#include "memlog/scan/parse_chunk.h"
#include "memlog/scan/survey.h"

namespace memlog {

// A malformed line, kept for the user to see.
struct ShownProblem {
  std::uint64_t line = 0;
  std::uint32_t column = 0;
  std::string expected;
  std::string text;
  std::uint8_t format = 0;
};

// What was read of one input: the accounting of every line, for every answer's `inputs`.
struct InputSummary {
  std::string path;
  std::string encoding = "utf-8";
  std::string compression;
  std::uint64_t bytes = 0;
  LineCounts lines;
  std::uint64_t records = 0;
  std::uint64_t samples = 0;
  std::uint64_t repeated = 0;        // records that an input before it has as well: they count there
  std::uint64_t mixed = 0;           // records of its own between those
  std::uint64_t since_repeated = 0;
  std::string repeats;               // path of that one, of the first of them
  std::uint16_t log = 0;             // the first input of the log that this one is a file of
  std::array<std::uint64_t, kMaxFormats> format_lines{};
  std::array<std::uint64_t, kMaxFormats> format_records{};
  Timestamp first_time;
  Timestamp last_time;
  std::vector<ClockCorrection> clock_corrections;  // records that only the platform dated
  bool repaired = false;             // wrongly decoded text was brought back
  std::vector<ShownProblem> problems;  // the first ones
  std::string error;                 // why it could not be read, or not to its end
  bool opened = true;                // false: there was nothing to read
};

// What turned out about a file of the log whose summary has been taken already.
struct LateSummary {
  std::uint16_t input = 0;
  LineCounts lines;
  std::vector<ShownProblem> problems;
};

// One log as batches of assembled records, in its order: a file, or several that follow one another.
class InputStream {
 public:
  static constexpr std::size_t kMaxShownProblems = 20;

  struct Options {
    ParseOptions parse;
    std::size_t chunk_size = ChunkReader::kDefaultChunk;
    ExpansionLimit expansion;
    Survey* survey = nullptr;      // is told of every line, with parse.survey
    OrderedPool* pool = nullptr;   // whose threads read and parse ahead; null: nobody does
    std::size_t ahead = 1;         // chunks that are in memory at once, with a pool
    QuickMemories* memories = nullptr;  // as ChunkQueue::Options, as is `parks`
    bool parks = false;
    RunNames* tasks = nullptr;     // whose numbers tasks get; null: the run's
  };

  // Opens the input; a failure is in summary().error and the stream is empty.
  InputStream(const InputPath& path, std::uint16_t index, RunNames& names, const Options& options);

  // The next batch with at least one event or reading, or null at the end of the file. The batch belongs to the stream and
  // is good until the next call.
  EventBatch* next();

  // At the end of the file: the log goes on in another one. Records that are open may end there. The first
  // `repeated_lines` of it have been read as the last ones of this file. summary() is that file's from now on, and
  // `window` its ParseOptions::window.
  void go_on(const InputPath& path, std::uint16_t index, std::uint64_t repeated_lines = 0, const TimeWindow& window = {});

  // At the end of the log: the records that are still open, null if there are none.
  EventBatch* finish();

  // The time of the last line read, also of one whose record is still open; Timestamp::kNone without one.
  std::int64_t last_time() const;

  // Of the file that is read. A batch with only notes and no record yet still has its lines counted here.
  InputSummary& summary() { return summary_; }
  // What came out later about files before it; taken away by the call.
  std::vector<LateSummary> take_late() { return std::move(late_); }

  // Readings not above this change no answer any more and may come as counts (EventBatch::sifted). Must only rise.
  void raise_wanted_above(double mb);

 private:
  void open(const InputPath& path);
  EventBatch* next_parsed();
  void account(const EventBatch& batch);
  void shift(EventBatch& batch) const;
  void drop_repeated(EventBatch& batch);

  Options options_;
  std::uint16_t index_ = 0;
  InputSummary summary_;
  std::vector<LateSummary> late_;
  std::unique_ptr<ChunkReader> reader_;
  std::unique_ptr<ChunkQueue> chunks_;  // after what it reads from: it goes first
  std::unique_ptr<Assembler> assembler_;
  std::list<EventBatch> held_;     // the first lines, while those behind them may tell by which clock they are dated
  std::unique_ptr<EventBatch> released_;  // of these
  std::exception_ptr held_error_;
  bool held_end_ = false;          // the file ends with them
  std::unique_ptr<EventBatch> last_;  // what was open at the end
  std::uint64_t lines_ = 0;        // in the log so far
  std::uint64_t repeated_lines_ = 0;  // that are still to come
  bool ended_ = false;             // the file
  bool repairing_ = false;
  std::int64_t shift_ns_ = 0;      // of the file
};

}  // namespace memlog
