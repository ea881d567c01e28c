#pragma once

#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "memlog/base/decimal.h"

namespace memlog {

// Counts of values in steps of 0.01 MB: quantiles of values that were printed with up to two decimals are exact. With
// more than kMaxSteps distinct values the steps become ten times as wide, so memory is bounded whatever is added.
//
// Logs print one decimal. Where such values lie close enough, a plain array of small counters takes less room than the
// table that holds all others, and one addition instead of a search.
class Histogram {
 public:
  static constexpr std::size_t kMaxSteps = 1 << 16;

  void add(double value) {
    if (value >= 0.0 && value < kArrayEnd) {
      const std::int64_t key = nearest(value * 100.0);
      const auto tenths = static_cast<std::size_t>(key / 10);
      if (tenths < array_.size() && static_cast<std::int64_t>(tenths) * 10 == key && has_room(array_[tenths], 1)) {
        ++array_[tenths];
        sum_ += nearest(value * 10'000.0) - static_cast<std::int64_t>(tenths) * kTenth;
        return;
      }
    }
    add_any(value);
  }

  // The same of a value in tenths of a MB.
  void add_tenths(std::uint32_t tenths) {
    if (tenths < array_.size() && has_room(array_[tenths], least_counter()) && (array_[tenths] != 0 || !is_full())) {
      used_ += array_[tenths] == 0 ? 1 : 0;
      ++array_[tenths];
    } else {
      add_any(tenths / 10.0);
    }
  }

  // For who counts many values: counters by tenths of a MB. One of the first kMaxSteps that has_room() with the
  // least_counter() of now may be counted up by one, and nothing else need be told. Any call that adds may move them.
  std::span<std::uint16_t> counters() {
    used_is_old_ |= least_counter() == 0;
    return array_;
  }
  static bool has_room(std::uint16_t counter, std::uint16_t least) { return static_cast<std::uint16_t>(counter - least) < static_cast<std::uint16_t>(kFull - least); }
  // 1 where a value that is not counted here may be counted elsewhere.
  std::uint16_t least_counter() const { return in_slots_ == 0 ? 0 : 1; }

  // Looks through all counters, as mean() does.
  std::uint64_t count() const { return static_cast<std::uint64_t>(count_) + in_array().count; }

  // The quantile q in [0, 1], interpolated linearly between neighbours (type 7 of Hyndman & Fan 1996, "Sample quantiles
  // in statistical packages"; what numpy and spreadsheets do). NaN without values.
  double quantile(double q) const;
  // Several at once, in the order given.
  std::vector<double> quantiles(std::initializer_list<double> qs) const;

  // Sum and mean of the values in steps of 0.0001 MB: independent of the order in which they came.
  double mean() const;

  // For count() and mean() only: somebody else tells the steps, with add_packed().
  void add_count(double value);

  // Moves its steps into bytes behind `to`, in order, a byte or two each: count() and mean() stay, and what is added from
  // here on is counted anew. add_packed() of all that was taken, in any order, gives the quantiles that it would have had.
  void take_packed(std::string& to);
  void add_packed(std::string_view packed);
  // As if nothing had been added, but for count() and mean().
  void forget_steps();
  // What it takes beside itself.
  std::size_t bytes() const { return bytes_; }

 private:
  struct Step {
    std::int64_t key = 0;
    std::uint64_t count = 0;
  };
  // A step of the table in eight bytes: four thousand tasks have a table each. Keys stay within 10^10, 40 bits hold more.
  class Slot {
   public:
    static constexpr std::uint64_t kMost = (1 << 24) - 1;

    Slot() = default;
    Slot(std::int64_t key, std::uint64_t count) : bits_(static_cast<std::uint64_t>(key) << 24 | count) {}
    bool free() const { return bits_ == 0; }
    std::int64_t key() const { return static_cast<std::int64_t>(bits_) >> 24; }
    std::uint64_t count() const { return bits_ & kMost; }

   private:
    std::uint64_t bits_ = 0;          // what is counted is counted once at least
  };
  static constexpr double kArrayEnd = 6553.6;
  static constexpr std::uint16_t kFull = 0xffff;
  static constexpr std::int64_t kTenth = 1000;  // of a MB, in steps of 0.0001 MB

  // What the array's counters say. Neither count_ nor sum_ has it.
  struct Counted {
    std::uint64_t count = 0;
    std::int64_t sum = 0;             // in tenths of a MB
    std::size_t used = 0;
  };
  Counted in_array() const;
  std::size_t used();
  bool is_full();
  void note_bytes();
  void spill(std::int64_t key, std::uint64_t count);
  void add_any(double value);
  void add_key(std::int64_t key, std::uint64_t count);
  bool add_to_array(std::int64_t key, std::uint64_t count);
  void use_array();
  void grow();
  void coarsen();
  bool in_table(std::int64_t key) const;
  std::size_t slot_of(std::int64_t key) const;
  std::vector<Step> steps() const;
  // Steps ten times as wide. Always one from the other, so that it does not matter when they were made wider.
  static std::int64_t coarser(std::int64_t key) { return nearest(static_cast<double>(key) / 10.0); }

  std::vector<Slot> slots_;
  std::vector<std::uint16_t> array_;  // by tenths of a MB; in use while the steps are 0.01 MB
  std::vector<Step> spilled_;         // what counters of the array and of the table could not hold
  std::size_t used_ = 0;              // counters of the array that are not zero
  bool used_is_old_ = false;          // others may have begun to count
  std::size_t in_slots_ = 0;          // distinct steps in the table
  // Of all values, less what the array says of them: it holds one of a step whose rest was spilled, and tenths alone.
  std::int64_t count_ = 0;
  std::int64_t sum_ = 0;              // in 0.0001 MB
  double per_mb_ = 100.0;
  std::uint32_t coarsened_ = 0;   // how often
  std::uint32_t bytes_ = 0;       // noted where they change: somebody asks at every new value
};

}  // namespace memlog
