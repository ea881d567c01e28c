#pragma once

#include <array>
#include <cstddef>
#include <span>
#include <string_view>

namespace memlog::crash {

// From where on something is a cause, by the name that `--max` knows it by.
struct Threshold {
  enum class Unit { count, mb, percent };
  std::string_view name;
  double standard = 0;
  Unit unit = Unit::count;
  std::string_view what;
  // Either of the two makes the cause. Who names one of them means that one: the other no longer counts.
  std::string_view or_else = {};
};

inline constexpr std::size_t kThresholds = 12;
std::span<const Threshold, kThresholds> all_thresholds();

// The thresholds of one run: the standard ones, or what the user says instead.
class Thresholds {
 public:
  Thresholds();

  // Takes a name of all_thresholds(); false for any other.
  bool set(std::string_view name, double value);

  // NaN, which nothing is above or below, for one that the user set aside.
  double of(std::string_view name) const;
  bool is_given(std::string_view name) const;

  // The most of a counter that is not too many; NaN for one that has no such number.
  double of_counter(std::string_view name) const;

 private:
  std::array<double, kThresholds> values_;
  std::array<bool, kThresholds> given_{};
};

}  // namespace memlog::crash
