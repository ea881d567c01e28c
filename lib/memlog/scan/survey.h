#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "memlog/base/time.h"
#include "memlog/event/batch.h"

namespace memlog {

// What a line looks like when its numbers (`N`), ids (`ID`) and quoted words (`'…'`) are left out, shortened to what
// fits a line of a terminal: lines of one statement of a program have one shape.
std::string shape_of(std::string_view message);

// What all lines of the inputs were: the envelopes around them, and the shapes of those that were ignored. Memory is
// bounded: rare shapes are forgotten when there are too many, and counted as others.
class Survey {
 public:
  struct Stack {
    std::uint64_t layers = 0;      // Line::layers
    std::uint64_t lines = 0;
    std::uint64_t record_lines = 0;
    Timestamp first_time;
    Timestamp last_time;
  };
  struct Shape {
    std::string shape;
    std::string example;           // the first line of it
    std::uint16_t input = 0;
    std::uint64_t line = 0;
    std::uint64_t lines = 0;
  };

  static constexpr std::size_t kMostShapes = 4'000;
  static constexpr std::size_t kMostStacks = 200;

  // Takes the lines of a batch; `lines_before` stand in the input before it.
  void fold(const EventBatch& batch, std::uint16_t input, std::uint64_t lines_before);

  // The stacks, the most common first.
  std::vector<Stack> stacks() const;
  // The most common shapes, the first seen of equals first.
  std::vector<Shape> shapes(std::size_t most) const;
  std::uint64_t ignored() const { return ignored_; }

 private:
  void add_shape(const SurveyedLine& line, std::uint16_t input, std::uint64_t number);
  void forget_rare();

  std::map<std::uint64_t, Stack> stacks_;
  std::unordered_map<std::string, Shape> shapes_;
  std::uint64_t ignored_ = 0;
};

}  // namespace memlog
