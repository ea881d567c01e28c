#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "memlog/event/bare_reading.h"
#include "memlog/event/batch.h"
#include "memlog/event/process_table.h"

namespace memlog::crash {

// A line of a log that something rests on.
struct SourceLine {
  std::uint16_t input = 0;
  std::uint64_t line = 0;
};

// One thing that ran: a snapshot, an alert's reading, a task's start, checkpoint or end, an entry of a list.
struct Operation {
  Timestamp time;
  std::string name;
  std::string context;
  double rss_mb = kMissing;
  bool listed = false;     // told by a list of operations, whose words count
  ProcessId process = 0;
  SourceLine source;
};

// The last operations of a process, by time; of equal ones in the order in which they came.
//
// Those of bare readings are remembered as numbers and become operations when somebody asks: most lines of a log are
// such, and are forgotten before anybody does.
class Operations {
 public:
  static constexpr std::size_t kMost = 64;

  void add(const Event& event, std::string_view name, std::string_view context);
  // A row (BareRow, ReadingRow) of a process without a name, in the first input. The names must outlive this.
  template <typename Row>
  void add_row(const Row& row, std::uint64_t line_offset, const NameTable& names);
  // Another log tells one of them again, with what it was about.
  void add_context(const Event& event, std::string_view context);

  // Some that is known is later than this.
  bool begins_behind(std::int64_t ns) const {
    return (!told_.empty() && ns < told_.back().ns) || (!operations_.empty() && ns < operations_.back().time.ns);
  }

  // A list has told some: what comes may be one of them.
  bool knows_lists() const { return any_listed_; }

  // The last ones, oldest first.
  std::vector<Operation> last(std::size_t n) const;

 private:
  // A bare reading's.
  struct Told {
    std::int64_t ns = 0;
    std::uint64_t line = 0;
    std::uint32_t rss = 0;
    NameId task = kNoName;
    ProcessId process = 0;
    std::uint8_t digits = 0;
  };

  static Told told_of(const BareReading& reading, std::uint64_t line_offset);
  Operation operation_of(const Told& told) const;
  static void insert(std::deque<Operation>& operations, Operation operation, Operation& dropped);
  void put_told_among(std::deque<Operation>& operations) const;
  void settle();
  bool tell_again(const Operation& operation);

  std::deque<Operation> operations_;
  Operation spare_;                  // the last one that was dropped
  bool any_listed_ = false;          // a list has told some: until then nothing is told again
  std::vector<Told> told_;           // of rows, not among operations_ yet: not earlier than what they found there, rising
  const NameTable* names_ = nullptr; // of told_
};

// Operations at the end of a life in which causes are looked for, however many are shown.
inline constexpr std::size_t kCountedOperations = 5;

// Leaves the last ones: those that are shown or counted, and back to the one with which the first of them is compared.
void keep_what_counts(std::vector<Operation>& operations, std::size_t shown);

// The operation of the same process before the i-th; i itself where there is none.
std::size_t before_operation(const std::vector<Operation>& operations, std::size_t i);

}  // namespace memlog::crash
