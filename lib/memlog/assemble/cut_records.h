#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "memlog/assemble/run_names.h"
#include "memlog/event/batch.h"

namespace memlog {

// Where inputs overlap, one may begin or end in the middle of a record that another one has whole: what is left of it is
// no record of its own. Asked only for the first and last records of an input; remembers the last whole ones.
class CutRecords {
 public:
  // The writes of one block follow one another within this.
  static constexpr std::int64_t kBlockNs = 3 * kNanosPerSecond;

  // A log without a time at its beginning may have been cut this long before its first time.
  static constexpr std::int64_t kSilenceNs = 3600 * kNanosPerSecond;

  // What a record is known by, apart from its batch.
  struct Known {
    Event event;
    std::uint64_t context = 0;   // hash; 0 for none
    std::size_t log = 0;
    std::uint32_t task = 0;      // hash of its name, whatever table its number is of
  };
  static Known known(const Event& event, const EventBatch& batch, std::size_t log, const RunNames& tasks);

  // `whole` says all that `part` says and more, and began at the same moment or shortly before.
  static bool covers(const Known& whole, const Known& part);

  void note(const Known& whole) { last_[noted_++ % last_.size()] = whole; }

  // The input of a record of another log that covers `part`.
  std::optional<std::uint16_t> whole_of(const Known& part) const;

 private:
  std::array<Known, 64> last_{};
  std::size_t noted_ = 0;
};

}  // namespace memlog
