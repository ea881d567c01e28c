#include "memlog/format/user_format.h"

#include <cmath>

#include "memlog/base/error.h"
#include "memlog/base/time_format.h"
#include "memlog/format/words.h"

namespace memlog {

namespace {

// A unit in words at the front of `s`, in bytes; 0 for any other word.
double unit_in_words(std::string_view s) {
  struct Unit {
    std::string_view word;
    double bytes;
  };
  static constexpr Unit kUnits[] = {{"byte", 1}, {"kilobyte", 1024.0}, {"megabyte", 1024.0 * 1024}, {"gigabyte", 1024.0 * 1024 * 1024}, {"kbyte", 1024.0}, {"mbyte", 1024.0 * 1024}, {"gbyte", 1024.0 * 1024 * 1024}};
  std::size_t n = 0;
  std::string word;
  while (n < s.size() && n < 10 && is_alpha(s[n])) word += to_lower(s[n++]);
  if (n < s.size() && is_alnum(s[n])) return 0;
  if (word.ends_with('s')) word.pop_back();
  for (const Unit& unit : kUnits) {
    if (word == unit.word) return unit.bytes;
  }
  return 0;
}

// The number in a group in MB. The unit may stand in the group or right behind it.
std::optional<double> memory_of(std::string_view group, std::string_view text) {
  std::string_view s = trim(group);
  std::string_view plain = s;
  const auto value = take_decimal(plain, true);
  if (!value) return std::nullopt;
  constexpr double kBytesPerMb = 1024.0 * 1024;
  if (!trim(plain).empty()) {
    if (const double unit = unit_in_words(trim(plain)); unit > 0) return *value * unit / kBytesPerMb;
    const auto mb = detail::take_size_mb(s, true);
    return mb && trim(s).empty() ? mb : std::nullopt;
  }
  const auto end = static_cast<std::size_t>(group.data() + group.size() - text.data());
  std::string_view with_unit = {group.data(), text.size() - (end - group.size())};
  std::string_view behind = text.substr(end);
  consume(behind, " ");
  if (const double bytes = unit_in_words(behind); bytes > 0) return *value * bytes / kBytesPerMb;
  const bool unit = !behind.empty() && (behind.front() == 'B' || std::string_view("kKmMgGtT").find(behind.front()) != std::string_view::npos);
  if (unit) {
    if (const auto mb = detail::take_size_mb(with_unit, true)) return mb;
  }
  return value;
}

// The size of the unit at the front of `s`, in bytes; 0 without one. A letter alone counts, words may not follow: `5 m` may
// be minutes, and `KB/s` is no size.
double unit_at(std::string_view s, bool letter_alone) {
  if (const double unit = unit_in_words(s); unit > 0) return unit;
  constexpr std::string_view kPrefixes = "KMGT";
  double bytes = 1;
  bool whole = letter_alone;
  if (const auto power = s.empty() ? std::string_view::npos : kPrefixes.find(s.front() == 'k' ? 'K' : s.front()); power != std::string_view::npos) {
    bytes = std::pow(1024.0, static_cast<double>(power + 1));
    s.remove_prefix(1);
    whole |= consume(s, "i");
  } else {
    whole = false;
  }
  whole |= consume(s, "B");
  return whole && (s.empty() || (!is_alnum(s.front()) && !s.starts_with("/s"))) ? bytes : 0;
}

// A number as programs print it, `-1.5e3` included; all of `s`.
std::optional<double> number_of(std::string_view s) {
  auto number = take_decimal(s, true);
  if (!number || s.empty()) return number;
  if (!consume(s, "e") && !consume(s, "E")) return std::nullopt;
  const bool negative = consume(s, "-");
  if (!negative) consume(s, "+");
  const auto exponent = take_integer(s);
  constexpr std::int64_t kLargest = 300;
  if (!exponent || *exponent > kLargest || !s.empty()) return std::nullopt;
  const double power = std::pow(10.0, static_cast<double>(*exponent));
  return negative ? *number / power : *number * power;
}

// The number in a group of a name of the user's: what has the unit of a size is in MB, all else stays as it is.
std::optional<double> metric_in(std::string_view group, std::string_view text) {
  constexpr double kBytesPerMb = 1024.0 * 1024;
  const std::string_view s = trim(group);
  if (const auto number = number_of(s)) {
    std::string_view behind = text.substr(static_cast<std::size_t>(s.data() + s.size() - text.data()));
    consume(behind, " ");
    const double unit = unit_at(behind, false);
    return unit > 0 ? *number * unit / kBytesPerMb : *number;
  }
  std::string_view unit_text = s;
  const auto number = take_decimal(unit_text, true);
  if (!number) return std::nullopt;
  unit_text = trim_left(unit_text);
  // All of the group is the number and its unit.
  if (unit_text.find_first_of(" /,;") != std::string_view::npos) return std::nullopt;
  const double unit = unit_at(unit_text, true);
  return unit > 0 ? std::optional(*number * unit / kBytesPerMb) : std::nullopt;
}

EventKind kind_of(std::string_view word) {
  struct Name {
    std::string_view text;
    EventKind kind;
  };
  constexpr Name kNames[] = {
      {"start", EventKind::task_start},  {"begin", EventKind::task_start}, {"task_start", EventKind::task_start}, {"end", EventKind::task_end},
      {"finish", EventKind::task_end},   {"done", EventKind::task_end},    {"complete", EventKind::task_end},     {"task_end", EventKind::task_end},
      {"fail", EventKind::task_failed},  {"failed", EventKind::task_failed}, {"error", EventKind::task_failed},   {"task_failed", EventKind::task_failed},
      {"checkpoint", EventKind::checkpoint}, {"snapshot", EventKind::snapshot}, {"restart", EventKind::restart},  {"gc", EventKind::gc},
      {"oom_kill", EventKind::oom_kill}, {"oom", EventKind::oom_kill},     {"kill", EventKind::kill},
      {"heap_limit", EventKind::heap_limit}, {"pressure_kill", EventKind::pressure_kill},
  };
  for (const Name& name : kNames) {
    if (word.size() != name.text.size()) continue;
    std::size_t n = 0;
    while (n < word.size() && to_lower(word[n]) == name.text[n]) ++n;
    if (n == word.size()) return name.kind;
  }
  return EventKind::sample;
}

// Before the pattern is looked at: where the name was forgotten, half of the pattern stands for it.
std::string checked_name(std::string name, const std::string& origin) {
  if (name.empty()) throw Error("a format of " + origin + " has no name", "give NAME=PATTERN");
  bool fits = is_alpha(name.front());
  for (const char c : name) fits &= is_alnum(c) || c == '_' || c == '-';
  if (!fits) throw Error("the format's name '" + name + "' of " + origin + " is none", "a definition is NAME=PATTERN; a name has letters, digits, '_' and '-', a letter first");
  return name;
}

}  // namespace

UserFormat::UserFormat(std::string name, std::string pattern, std::string time_format, const std::string& origin, std::string example)
    : name_(checked_name(std::move(name), origin)), pattern_(std::move(pattern)), time_format_(std::move(time_format)), example_(std::move(example)), regex_(pattern_, origin + " '" + name_ + "'") {
  if (find_format(name_) >= 0) throw Error("memlog has a format '" + name_ + "' already", "choose another name in " + origin);
  if (const char unknown = unknown_in_time_format(time_format_)) {
    throw Error(std::string("the time_format of '") + name_ + "' has '%" + unknown + "', which is not known", "it is written as for strptime: '%Y-%m-%d %H:%M:%S'");
  }
  std::vector<std::string_view> found;
  if (!example_.empty() && !regex_.match(example_, found)) throw Error(origin + ": the pattern of '" + name_ + "' does not match its example", "the example is a line of the log, as it is");
  struct Known {
    std::string_view name;
    Role role;
  };
  constexpr Known kKnown[] = {{"time", Role::time},       {"rss", Role::rss},     {"vms", Role::vms},        {"task", Role::task},
                              {"process", Role::process}, {"event", Role::event}, {"context", Role::context}};
  bool reading = false;
  for (const auto& [group, index] : regex_.named_groups()) {
    Role role = Role::metric;
    for (const Known& known : kKnown) {
      if (group == known.name) role = known.role;
    }
    reading |= role == Role::rss || role == Role::event || role == Role::metric || role == Role::vms;
    groups_.push_back({group, static_cast<std::size_t>(index), role});
  }
  if (!reading) throw Error("the pattern of '" + name_ + "' in " + origin + " has no group for a number", "name one: '(?P<rss>[0-9.]+)'");
}

Parsed UserFormat::parse(const Line& line, EventBatch& out) const {
  thread_local std::vector<std::string_view> found;
  if (regex_.match(line.text, found)) return fill(line, line.text, found, out);
  if (line.message.data() == line.text.data() && line.message.size() == line.text.size()) return Parsed::nothing;
  return regex_.match(line.message, found) ? fill(line, line.message, found, out) : Parsed::nothing;
}

Parsed UserFormat::fill(const Line& line, std::string_view text, const std::vector<std::string_view>& found, EventBatch& out) const {
  Event event = detail::event_from(line, EventKind::sample, out);
  for (const Group& group : groups_) {
    const std::string_view value = found[group.index];
    if (value.data() == nullptr) continue;  // an alternative that did not take part
    switch (group.role) {
      case Role::time: {
        std::string_view s = trim(value);
        auto time = time_format_.empty() ? take_timestamp(s) : take_time_as(s, time_format_);
        if (!time && time_format_.empty()) {
          Timestamp of_day;
          if (const auto ns = take_time_of_day(s, of_day.digits)) {
            of_day.ns = *ns;
            of_day.dated = false;
            time = of_day;
          }
        }
        if (!time) return detail::malformed(line, value, time_format_.empty() ? "a date and time in group 'time'" : "a time as time_format has it in group 'time'", out);
        event.time = *time;
        event.flags = static_cast<std::uint16_t>(event.flags & ~flag::kPlatformTime);
        break;
      }
      case Role::rss:
      case Role::vms: {
        const auto mb = memory_of(value, text);
        if (!mb || *mb < 0) return detail::malformed(line, value, group.role == Role::rss ? "a number in group 'rss'" : "a number in group 'vms'", out);
        (group.role == Role::rss ? event.rss_mb : event.vms_mb) = *mb;
        break;
      }
      case Role::task: event.task = out.names.intern(trim(value)); break;
      case Role::process: event.process = out.names.intern(trim(value)); break;
      case Role::event: event.kind = kind_of(trim(value)); break;
      case Role::context: event.context = out.add_text(trim(value)); break;
      case Role::metric: break;
    }
  }
  for (const Group& group : groups_) {
    if (group.role != Role::metric || found[group.index].data() == nullptr) continue;
    if (const auto number = metric_in(found[group.index], text)) out.add_metric(event, out.names.intern(group.name), *number);
  }
  return detail::add(event, out);
}

UserFormat parse_definition(const std::string& definition) {
  const auto equals = definition.find('=');
  if (equals == std::string::npos || equals == 0) {
    throw Error("cannot read '" + definition + "' of --define", "give NAME=PATTERN: --define 'bot=^(?P<time>\\S+ \\S+) mem=(?P<rss>[0-9.]+)MB'");
  }
  return UserFormat(definition.substr(0, equals), definition.substr(equals + 1), {}, "--define");
}

}  // namespace memlog
