#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "memlog/assemble/run_names.h"
#include "memlog/event/batch.h"
#include "memlog/scan/parse_chunk.h"

namespace memlog {

// Joins the lines of one log into records: snapshot trees, alert blocks, lists of operations, reports. Gives each its
// full date, its process and its names in the run's tables. One reading of memory is one sample, however many blocks
// told it.
//
// Feed the batches of one log in order; each is rewritten in place to the records that ended in it. A record that is
// still open at the end of a batch comes out with a later one, the last with finish(). A log may be several files that
// follow one another: a record that begins in one may end in the next.
class Assembler {
 public:
  struct Options {
    std::uint16_t input = 0;                     // Event::input
    std::optional<std::int64_t> date;            // of lines that have only a time of day: days since 1970
    bool keep_raw = false;
    std::optional<std::int64_t> modified = {};   // the day the input was last written, which tells the year of syslog's dates
    ParseOptions parse = {};                     // for messages that the platform had cut
    RunNames* tasks = nullptr;                   // whose numbers tasks get; null: the run's
  };

  Assembler(RunNames& names, Options options);
  ~Assembler();
  Assembler(Assembler&&) noexcept;

  // Of batches that begin in the first PlatformClock::kLookAhead lines of the log: before any of them is assembled, as far
  // as they are at hand.
  void look_ahead(const EventBatch& batch);

  void assemble(EventBatch& batch);

  // Another file of the same log follows. `lines` is what EventBatch::line_offset counted up to here: it goes on, so
  // that distances between lines mean the same across files.
  void next_input(const Options& options, std::uint64_t lines);

  // The file and the line in it that is the `line`-th of the log.
  struct Place {
    std::uint16_t input = 0;
    std::uint64_t line = 0;
  };
  Place place(std::uint64_t line) const;

  // Of the last line that had a time in which the merge of inputs believes, be its record done or not; Timestamp::kNone
  // before the first one.
  std::int64_t last_time() const;

  // What is still open when the input ends, into an otherwise empty batch.
  void finish(EventBatch& batch);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace memlog
