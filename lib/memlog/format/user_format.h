#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "memlog/base/regex.h"
#include "memlog/format/format.h"

namespace memlog {

// A format that a user describes: an RE2 pattern whose named groups say what is where. `time`, `rss`, `vms`, `task`,
// `process`, `event` and `context` fill the fields of an event; every other group that holds a number is a metric. A unit
// behind a number (`512KiB`) counts, without one it is MB.
class UserFormat {
 public:
  // Throws Error for a name or a pattern that cannot be used; `origin` says where it came from.
  UserFormat(std::string name, std::string pattern, std::string time_format, const std::string& origin, std::string example = {});

  const std::string& name() const { return name_; }
  const std::string& pattern() const { return pattern_; }
  // A line of it, as the user gave one; or empty.
  const std::string& example() const { return example_; }

  Parsed parse(const Line& line, EventBatch& out) const;

 private:
  enum class Role : std::uint8_t { time, rss, vms, task, process, event, context, metric };
  struct Group {
    std::string name;
    std::size_t index = 0;
    Role role = Role::metric;
  };

  Parsed fill(const Line& line, std::string_view text, const std::vector<std::string_view>& found, EventBatch& out) const;

  std::string name_;
  std::string pattern_;
  std::string time_format_;
  std::string example_;
  Regex regex_;
  std::vector<Group> groups_;
};

// `NAME=PATTERN`, as --define has it. Throws Error.
UserFormat parse_definition(const std::string& definition);

// The formats of a TOML file: `name = 'pattern'`, or a table [name] with `pattern` and perhaps `time_format`. Throws
// Error with the place.
std::vector<UserFormat> read_user_formats(const std::string& path);

}  // namespace memlog
