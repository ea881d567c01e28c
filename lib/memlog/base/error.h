#pragma once

#include <stdexcept>
#include <string>
#include <utility>

namespace memlog {

// What ends a run: thrown where no answer is possible any more, caught once, in main. A line that cannot be read is
// not an Error but a Problem in its batch; an input that cannot be read is reported and the others are answered.
class Error : public std::runtime_error {
 public:
  explicit Error(const std::string& what, std::string help = {}) : std::runtime_error(what), help_(std::move(help)) {}

  // What to do about it; may be empty. Shown on a line of its own.
  const std::string& help() const { return help_; }

 private:
  std::string help_;
};

}  // namespace memlog
