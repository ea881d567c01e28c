#include <algorithm>
#include <cstdint>

#include "memlog/base/text.h"
#include "memlog/envelope/layers.h"
#include "memlog/envelope/logger_time.h"

// What programs put before lines that they collect from others: process runners, daemons' loggers, tools that follow
// the logs of a cluster.
namespace memlog::envelope {

namespace {

template <typename IsPart>
std::string_view take_name(std::string_view& s, std::size_t longest, IsPart is_part) {
  std::size_t n = 0;
  while (n < s.size() && n < longest && is_part(s[n])) ++n;
  const std::string_view name = s.substr(0, n);
  s.remove_prefix(n);
  return name;
}

std::optional<std::uint64_t> take_hex(std::string_view& s, std::size_t digits) {
  if (s.size() < digits) return std::nullopt;
  std::uint64_t value = 0;
  for (const char c : s.substr(0, digits)) {
    const char lower = to_lower(c);
    if (!is_digit(c) && (lower < 'a' || lower > 'f')) return std::nullopt;
    value = value << 4 | static_cast<std::uint64_t>(is_digit(c) ? c - '0' : lower - 'a' + 10);
  }
  s.remove_prefix(digits);
  return value;
}

}  // namespace

// The colour's end stands before the blank.
void skip_colour(std::string_view& s) {
  if (s.empty() || s.front() != '\x1b') return;
  const auto m = s.find('m');
  if (m != std::string_view::npos && m < 8) s.remove_prefix(m + 1);
}

bool logger_follows(std::string_view s) {
  skip_colour(s);
  if (!consume(s, " ") || s.empty()) return false;
  if (std::string_view time = s; (take_timestamp(time) || take_logger_time(time)) && (time.empty() || time.front() == ' ')) return true;
  Line probe;
  probe.message = s;
  if (is_digit(s.front())) return python_logging(probe) && probe.level != Level::none;
  return s.front() == '[' ? celery(probe) || python_logging(probe) : is_upper(s.front()) && python_logging(probe);
}

bool collectors_name(Line& line) {
  const auto is_part = [](char c) { return is_alnum(c) || c == '-' || c == '_' || c == '.'; };
  std::string_view s = line.message;
  if (consume(s, "[")) {
    const std::string_view name = take_name(s, 64, [&](char c) { return is_part(c) || c == ':'; });
    if (name.empty() || !consume(s, "] ")) return false;
    line.host = name;
  } else {
    std::uint8_t digits = 0;
    if (std::string_view behind = s; is_digit(s.empty() ? ' ' : s.front()) && take_time_of_day(behind, digits) && consume(behind, " ")) s = behind;
    const std::string_view name = take_name(s, 253, is_part);
    if (name.size() < 2 || !s.starts_with(' ')) return false;
    std::string_view rest = trim_left(s);
    if (consume(rest, "| ")) {
      line.host = name;
      s = rest;
    } else {
      s.remove_prefix(1);
      const std::string_view container = take_name(s, 63, is_part);
      if (name.find('-') == std::string_view::npos || container.empty() || !consume(s, " ")) return false;
      line.host = {name.data(), static_cast<std::size_t>(container.data() + container.size() - name.data())};
    }
  }
  line.message = s;
  return true;
}

// The clock is local and has no date.
bool procfile(Line& line) {
  std::string_view s = line.message;
  Timestamp time;
  const auto of_day = take_time_of_day(s, time.digits);
  if (!of_day || !consume(s, " ")) return false;
  const std::string_view name = take_name(s, 64, [](char c) { return is_alnum(c) || c == '-' || c == '_' || c == '.'; });
  const auto dot = name.rfind('.');
  if (name.empty() || dot == std::string_view::npos || dot == 0 || dot + 1 == name.size() || !std::all_of(name.begin() + static_cast<std::ptrdiff_t>(dot) + 1, name.end(), is_digit)) return false;
  if (!s.starts_with(' ')) return false;
  s = trim_left(s);
  // What has no logger's prefix may be the runner's own words about a process that ended.
  if (!consume(s, "|") || !logger_follows(s)) return false;
  skip_colour(s);
  consume(s, " ");
  time.ns = *of_day;
  time.dated = false;
  set_time(line, time, true);
  line.host = name;
  line.message = s;
  return true;
}

// A name in brackets is common in messages: the next thing must be a logger's time.
bool concurrently(Line& line) {
  std::string_view s = line.message;
  if (!consume(s, "[")) return false;
  const std::string_view name = take_name(s, 64, [](char c) { return is_alnum(c) || c == '-' || c == '_' || c == '.' || c == ':'; });
  if (name.empty() || !consume(s, "] ")) return false;
  Line probe;
  probe.message = s;
  skip_colour(probe.message);
  if (probe.message.empty() || !python_logging(probe)) return false;
  if (!probe.time.known() && !(is_upper(s.front()) && probe.level != Level::none)) return false;
  line.host = name;
  line.message = s;
  return true;
}

// Names of pods have dashes. Any message may begin with two such words: the next thing must be a logger's prefix. A date is no
// container's name, though it has the same characters: then the pod stands alone.
bool stern(Line& line) {
  const auto is_part = [](char c) { return is_lower(c) || is_digit(c) || c == '-' || c == '.'; };
  std::string_view s = line.message;
  const std::string_view pod = take_name(s, 253, is_part);
  if (pod.find('-') == std::string_view::npos || pod.back() == '-' || !consume(s, " ")) return false;
  if (std::string_view dated = s; take_timestamp(dated) || take_logger_time(dated)) {
    s = {s.data() - 1, s.size() + 1};
    if (!logger_follows(s)) return false;
    line.host = pod;
  } else {
    const std::string_view container = take_name(s, 63, is_part);
    if (container.empty() || !logger_follows(s)) return false;
    line.host = {pod.data(), static_cast<std::size_t>(container.data() + container.size() - pod.data())};
  }
  s.remove_prefix(1);
  if (std::string_view after = s; const auto time = take_timestamp(after)) {
    if (time->zone_minutes != Timestamp::kNoZone && time->digits >= 6 && consume(after, " ")) {
      set_time(line, *time, true);
      s = after;
    }
  }
  line.message = s;
  return true;
}

namespace {

// `i-0abc123def`, a machine of EC2, which the agent for CloudWatch calls its stream.
bool is_instance(std::string_view name) {
  constexpr std::size_t kShortest = 8;
  constexpr std::size_t kLongest = 17;
  if (!consume(name, "i-") || name.size() < kShortest || name.size() > kLongest) return false;
  return std::all_of(name.begin(), name.end(), [](char c) { return is_digit(c) || (c >= 'a' && c <= 'f'); });
}

}  // namespace

// The stream's name has the path and the id that the service gave it: `app/web/0a1b2c…`, `2025/11/16/[$LATEST]0a1b…`; or it is
// an instance's.
bool cloudwatch(Line& line) {
  std::string_view s = line.message;
  const auto time = take_timestamp(s);
  if (!time || !consume(s, " ")) return false;
  const std::string_view stream = take_name(s, 512, [](char c) { return is_alnum(c) || c == '/' || c == '-' || c == '_' || c == '.' || c == '[' || c == ']' || c == '$' || c == '#'; });
  const std::string_view named = {stream.data(), stream.size() + s.size()};
  if (!consume(s, " ") && !s.empty()) return false;
  if (is_instance(stream)) {
    // The machine's own syslog has the program behind the name; names of programs are small.
    std::string_view tagged = named;
    std::string_view host;
    if (!s.empty() && !is_upper(s.front()) && take_syslog_tag(tagged, host)) return false;
  } else {
    const auto slash = stream.rfind('/');
    if (slash == std::string_view::npos || slash == 0 || named.size() == stream.size()) return false;
    const std::string_view id = stream.substr(slash + 1);
    constexpr std::size_t kShortestId = 8;
    if (id.size() < kShortestId || std::none_of(id.begin(), id.end(), is_digit)) return false;
  }
  set_time(line, *time, true);
  line.host = stream;
  line.message = s;
  return true;
}

// https://cr.yp.to/libtai/tai64.html: seconds count from 2^62, ten ahead of 1970; the loggers add no leap seconds.
bool tai64n(Line& line) {
  std::string_view s = line.message;
  if (!consume(s, "@")) return false;
  const auto label = take_hex(s, 16);
  const auto nanos = label ? take_hex(s, 8) : std::nullopt;
  constexpr std::uint64_t kUnixEpoch = (std::uint64_t{1} << 62) + 10;
  constexpr std::uint64_t kLast = 9'000'000'000;  // seconds that nanoseconds in 64 bits reach
  if (!nanos || *label < kUnixEpoch || *label - kUnixEpoch > kLast || *nanos >= kNanosPerSecond || !consume(s, " ")) return false;
  Timestamp time;
  time.ns = static_cast<std::int64_t>(*label - kUnixEpoch) * kNanosPerSecond + static_cast<std::int64_t>(*nanos);
  time.zone_minutes = 0;
  time.digits = 9;
  set_time(line, time, true);
  line.message = s;
  return true;
}

bool svlogd(Line& line) {
  std::string_view s = line.message;
  const auto day = take_date(s);
  Timestamp time;
  if (!day || !consume(s, "_")) return false;
  const auto of_day = take_time_of_day(s, time.digits);
  if (!of_day || time.digits == 0 || !consume(s, " ")) return false;
  time.ns = *day * kNanosPerDay + *of_day;
  time.zone_minutes = 0;
  set_time(line, time, true);
  line.message = s;
  return true;
}

}  // namespace memlog::envelope
