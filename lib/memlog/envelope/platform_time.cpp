#include <algorithm>
#include <cstdint>

#include "memlog/base/text.h"
#include "memlog/envelope/layers.h"
#include "memlog/envelope/logger_time.h"

// What platforms put before each line that begins with an RFC 3339 time.
namespace memlog::envelope {

Level level_of_word(std::string_view word) {
  struct Name {
    std::string_view text;
    Level level;
  };
  constexpr Name kNames[] = {{"debug", Level::debug}, {"trace", Level::debug},     {"info", Level::info},          {"notice", Level::info},  {"warn", Level::warning},
                             {"warning", Level::warning}, {"error", Level::error}, {"critical", Level::critical}, {"fatal", Level::critical}};
  for (const Name& name : kNames) {
    if (word.size() != name.text.size()) continue;
    std::size_t n = 0;
    while (n < word.size() && to_lower(word[n]) == name.text[n]) ++n;
    if (n == word.size()) return name.level;
  }
  return Level::none;
}

namespace {

// `worker.1` in `app[worker.1]: `, a dyno or a machine; a short word stands before the bracket.
std::string_view take_source(std::string_view& s) {
  std::string_view rest = s;
  std::size_t n = 0;
  while (n < rest.size() && n < 32 && (is_alnum(rest[n]) || rest[n] == '-' || rest[n] == '_')) ++n;
  if (n == 0 || n == rest.size() || rest[n] != '[') return {};
  rest.remove_prefix(n + 1);
  const auto close = rest.find(']');
  constexpr std::size_t kLongest = 64;
  if (close == std::string_view::npos || close == 0 || close > kLongest) return {};
  const std::string_view name = rest.substr(0, close);
  for (const char c : name) {
    if (!is_alnum(c) && c != '-' && c != '_' && c != '.') return {};
  }
  rest.remove_prefix(close + 1);
  s = rest;
  return name;
}

// rsyslog's own form of a time, `2025-11-16T08:30:00.123456+00:00`, and the words behind it: a tag in small letters, and no
// number that may be a reading, `memory used: 12 MB`.
bool is_rsyslog(const Timestamp& time, std::string_view head, std::string_view message) {
  constexpr std::size_t kOffset = 7;  // with the blank
  constexpr int kMicros = 6;
  const char* sign = head.data() - kOffset;
  if (time.digits != kMicros || (*sign != '+' && *sign != '-') || sign[3] != ':') return false;
  const auto blank = head.find(' ');
  if (blank + 1 >= head.size() || !is_lower(head[blank + 1]) || level_of_word(head.substr(0, blank)) != Level::none) return false;
  if (message.empty() || !is_digit(message.front())) return true;
  std::uint8_t digits = 0;
  return take_timestamp(message) || take_logger_time(message) || take_time_of_day(message, digits);
}

// `iso` stands for journalctl's `2025-11-16T08:30:00+0100 host python[42]: …`.
bool take_tag(Line& line, std::string_view s, const Timestamp& time) {
  // Any message may begin with two words and a colon: without a pid the first one must look like a machine's name.
  std::string_view host;
  const std::string_view all = s;
  if (!take_syslog_tag(s, host)) return false;
  const std::string_view head = all.substr(0, all.size() - s.size());
  if (head.find('[') == std::string_view::npos) {
    const std::string_view machine = head.substr(0, head.find(' '));
    bool named = false;
    for (const char c : machine) {
      if (is_upper(c)) return false;
      named |= is_digit(c) || c == '-' || c == '.';
    }
    if (!named && !head.ends_with(" kernel: ") && !is_rsyslog(time, head, s)) return false;
  }
  set_time(line, time, true);
  line.host = host;
  line.message = s;
  return true;
}

}  // namespace

// `2025-11-16T08:30:00.123456+00:00 app[worker.1]: …`, Heroku's logplex.
bool logplex(Line& line) {
  std::string_view s = line.message;
  const auto time = take_timestamp(s);
  if (!time || !consume(s, " ")) return false;
  const std::string_view dyno = take_source(s);
  if (dyno.empty() || !consume(s, ":")) return false;
  consume(s, " ");
  set_time(line, *time, true);
  line.host = dyno;
  line.message = s;
  return true;
}

// `2025-11-16T08:30:00.123Z app[148ed193b95789] lhr [info] …`, Fly; its own words come from runner, proxy and the like.
bool fly(Line& line) {
  std::string_view s = line.message;
  const auto time = take_timestamp(s);
  if (!time || !consume(s, " ")) return false;
  const std::string_view machine = take_source(s);
  if (machine.empty() || !consume(s, " ")) return false;
  std::size_t region = 0;
  while (region < s.size() && is_lower(s[region])) ++region;
  if (region < 2 || region > 5 || s.substr(region, 2) != " [") return false;
  s.remove_prefix(region + 2);
  const auto close = s.find(']');
  if (close == std::string_view::npos || close > 10) return false;
  const Level level = level_of_word(s.substr(0, close));
  s.remove_prefix(close + 1);
  consume(s, " ");
  set_time(line, *time, true);
  if (line.level == Level::none) line.level = level;
  line.host = machine;
  line.message = s;
  return true;
}

// A time of the platform's alone: docker logs -t, kubectl logs --timestamps, Render's log stream, which also names the
// instance in brackets. It states a zone; a time without one is the application's own.
bool bare_platform_time(Line& line) {
  std::string_view s = line.message;
  const auto time = take_timestamp(s);
  if (!time) return false;
  if (time->zone_minutes != Timestamp::kNoZone && !s.empty() && s.front() == ' ') {
    if (take_tag(line, s.substr(1), *time)) return true;
    // Where one blank and a level or a logger follow, an application wrote it.
    std::string_view after = s.substr(1);
    if (after.starts_with("- ")) return false;
    // structlog pads its level: `[info     ] `.
    if (after.starts_with('[') && level_of_word(after.substr(1, std::min(after.find(' '), after.size()) - 1)) != Level::none) return false;
    // But `INFO:root:…` is a prefix of its own: docker logs -t.
    Line probe;
    probe.message = after;
    if (take_level(after) != Level::none && !python_logging(probe)) return false;
    s.remove_prefix(1);
    set_time(line, *time, true);
    line.message = trim_left(s);
    return true;
  }
  // journalctl -o short-iso of systems that print no zone: with the pid it is no application's line.
  if (std::string_view tagged = s, host; consume(tagged, " ") && time->zone_minutes == Timestamp::kNoZone) {
    const auto bracket = tagged.find("]: ");
    const bool pid = bracket != std::string_view::npos && tagged.substr(0, bracket).find(' ') != std::string_view::npos;
    if (pid && take_syslog_tag(tagged, host) && tagged.data()[-3] == ']') {
      set_time(line, *time, true);
      line.host = host;
      line.message = tagged;
      return true;
    }
  }
  if (time->zone_minutes != Timestamp::kNoZone && s.empty()) {
    set_time(line, *time, true);
    line.message = s;
    return true;
  }
  return false;
}

}  // namespace memlog::envelope
