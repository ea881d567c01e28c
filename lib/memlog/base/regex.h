#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace memlog {

// A user's regular expression: RE2 syntax, linear time whatever the pattern and the text. Matches anywhere in a text
// unless anchored. Throws Error with RE2's message and a caret under the place for a pattern that RE2 refuses.
class Regex {
 public:
  Regex(std::string_view pattern, std::string_view option);
  ~Regex();
  Regex(Regex&&) noexcept;
  Regex& operator=(Regex&&) noexcept;

  bool matches(std::string_view text) const;

  // The groups that have a name, with their numbers, in order.
  std::vector<std::pair<std::string, int>> named_groups() const;

  // Matches anywhere and puts what each group took into `groups`, the whole match first. A group that took no part is a
  // view without data.
  bool match(std::string_view text, std::vector<std::string_view>& groups) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace memlog
