#include "memlog/base/decimal.h"
#include "memlog/base/text.h"
#include "memlog/envelope/behind_time.h"
#include "memlog/envelope/layers.h"
#include "memlog/envelope/logger_time.h"

namespace memlog::envelope {

namespace {

std::optional<Timestamp> take_any_time(std::string_view& s) {
  const auto time = take_timestamp(s);
  return time ? time : take_logger_time(s);
}

// `2025-11-16 08:30:00,123 …`, `[2025-11-16 08:30:00,123] …` behind a level.
bool take_time_behind_level(Line& line, std::string_view& s) {
  std::string_view rest = trim_left(s);
  const bool bracket = consume(rest, "[");
  const auto time = take_any_time(rest);
  if (!time || (bracket && !consume(rest, "]")) || !take_behind_time(line, rest, true)) return false;
  set_time(line, *time, false);
  s = rest;
  return true;
}

// A time of day without a date.
std::optional<Timestamp> take_time_alone(std::string_view& s) {
  Timestamp of_day;
  const auto ns = take_time_of_day(s, of_day.digits);
  if (!ns) return std::nullopt;
  of_day.ns = *ns;
  of_day.dated = false;
  return of_day;
}

// Styles in brackets: `[27-Oct-25 02:42:10 PM - INFO] - …`, `[2025-10-27 14:35:22] …`, `[INFO] …`.
bool bracketed(Line& line) {
  std::string_view s = line.message.substr(1);
  if (std::string_view word = s; take_level(word) != Level::none && consume(word, "] ")) {
    line.level = take_level(s);
    take_time_behind_level(line, word);
    line.message = word;
    line.prefixed = true;
    return true;
  }
  auto time = take_any_time(s);
  const bool dated = time.has_value();
  if (!dated) {
    // A time of day alone stands in lists and tables, too: a level must follow.
    time = take_time_alone(s);
    if (!time) return false;
  }
  Line known = line;
  known.level = Level::none;
  if (consume(s, " - ")) {
    known.level = take_level(s);
    if (!consume(s, "]")) return false;
    if (consume(s, " - ")) take_bracket_tail(known, s);
    else consume(s, " ");
  } else {
    if (!consume(s, "]")) return false;
    consume(s, " ");
    take_level_behind_bracket(known, s);
  }
  if (!dated && known.level == Level::none) return false;
  take_place(s);
  if (known.level == Level::none) known.level = line.level;
  line = known;
  set_time(line, *time, false);
  line.message = s;
  line.prefixed = true;
  return true;
}

// A level in front: `INFO:memory_monitor:…`, the style of logging.basicConfig(), `INFO:     …`, uvicorn's,
// `INFO 2025-11-16 08:30:00,123 …`, `INFO - …`.
bool level_first(Line& line) {
  std::string_view s = line.message;
  const Level level = take_level(s);
  if (level == Level::none || s.empty()) return false;
  const bool colon = consume(s, ":");
  if (std::string_view rest = s; colon && !s.empty() && is_digit(s.front())) {
    const auto time = take_any_time(rest);
    if (!time || !consume(rest, ":")) return false;
    set_time(line, *time, false);
    s = rest;
  } else if (colon && s.starts_with(' ')) {
    s = trim_left(s);
    // Monitors have such words of their own: `CRITICAL: CRASH IMMINENT! 498.7 MB`, `CRITICAL: 494MB`.
    if (s.empty() || (level == Level::critical && (is_digit(s.front()) || s.starts_with("CRASH ")))) return false;
    take_time_behind_level(line, s);
  } else if (colon) {
    const auto end = s.find(':');
    if (end == std::string_view::npos || !is_logger_name(s.substr(0, end))) return false;
    line.logger = s.substr(0, end);
    s = s.substr(end + 1);
  } else if (consume(s, " - ") || consume(s, " | ")) {
    if (!take_time_behind_level(line, s)) take_name_before_dash(line, s);
  } else if (!s.starts_with(' ') || !take_time_behind_level(line, s)) {
    return false;
  }
  line.level = level;
  line.message = s;
  line.prefixed = true;
  return true;
}

// `Day 1 - 08:00 [Idle] | …`, as people paste from several days: days count from the first.
std::optional<Timestamp> take_day_number(std::string_view& s) {
  std::string_view rest = s;
  if (!consume(rest, "Day ")) return std::nullopt;
  const auto day = take_integer(rest);
  if (!day || *day > 9999 || !consume(rest, " - ")) return std::nullopt;
  Timestamp time;
  const auto of_day = take_time_of_day(rest, time.digits);
  if (!of_day || !consume(rest, " ")) return std::nullopt;
  time.ns = *day * kNanosPerDay + *of_day;
  time.dated = false;
  s = rest;
  return time;
}

}  // namespace

Level take_level(std::string_view& s) {
  struct Word {
    std::string_view text;
    Level level;
  };
  constexpr Word kWords[] = {{"DEBUG", Level::debug},     {"INFO", Level::info},   {"WARNING", Level::warning}, {"WARN", Level::warning},
                             {"ERROR", Level::error},     {"CRITICAL", Level::critical}, {"FATAL", Level::critical}};
  for (const Word& word : kWords) {
    if (!s.starts_with(word.text)) continue;
    if (s.size() > word.text.size() && is_alnum(s[word.text.size()])) continue;
    s.remove_prefix(word.text.size());
    return word.level;
  }
  return Level::none;
}

void set_time(Line& line, const Timestamp& time, bool platform) {
  if (platform && line.time.known() && (!line.platform_time || line.time.dated || !time.dated)) return;
  if (!platform && line.platform_time && !line.platform_clock.known()) line.platform_clock = line.time;
  line.time = time;
  line.platform_time = platform;
}

bool python_logging(Line& line) {
  std::string_view s = line.message;
  if (s.front() == '[') return bracketed(line);
  if (is_upper(s.front())) {
    if (const auto time = take_day_number(s)) {
      set_time(line, *time, false);
      line.message = s;
      line.prefixed = true;
      return true;
    }
    return level_first(line);
  }
  auto time = take_any_time(s);
  if (!time) {
    // A time of day alone is one only in front of a daily mark, `08:32:00 --- [Idle] | …`, or of a level.
    time = take_time_alone(s);
    if (!time) return false;
    if (!s.starts_with(" --- [") && !s.starts_with(" >>> ") && !s.starts_with(" <<< ")) {
      Line probe;
      std::string_view behind = s;
      if (!take_behind_time(probe, behind, false) || probe.level == Level::none) return false;
    }
  }
  if (s.size() > 1 && s.front() == ' ' && is_alnum(s[1])) {
    std::string_view rest = s.substr(1);
    if (std::string_view host; take_machine_tag(rest, host)) {  // journalctl -o short-iso of old, and people's own forms
      set_time(line, *time, true);
      line.host = host;
      line.message = rest;
      return true;
    }
  }
  if (!take_behind_time(line, s, false)) return false;
  set_time(line, *time, false);
  line.message = s;
  line.prefixed = true;
  return true;
}

}  // namespace memlog::envelope
