#include "memlog/base/decimal.h"
#include "memlog/base/text.h"
#include "memlog/envelope/layers.h"

namespace memlog::envelope {

namespace {

constexpr std::string_view kMonths[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

unsigned month_number(std::string_view s) {
  for (unsigned i = 0; i < 12; ++i) {
    if (s == kMonths[i]) return i + 1;
  }
  return 0;
}

// `27-Oct-25 02:42:10 PM`, 12 or 24 hours, two or four digits of the year.
std::optional<Timestamp> take_english_time(std::string_view& s) {
  std::string_view rest = s;
  const auto day = take_integer(rest);
  if (!day || *day < 1 || *day > 31 || !consume(rest, "-") || rest.size() < 4) return std::nullopt;
  const unsigned month = month_number(rest.substr(0, 3));
  rest.remove_prefix(3);
  if (month == 0 || !consume(rest, "-")) return std::nullopt;
  auto year = take_integer(rest);
  if (!year || *year > 2250 || !consume(rest, " ")) return std::nullopt;
  if (*year < 100) *year += 2000;
  if (*year < 1700) return std::nullopt;  // nanoseconds do not reach back so far
  Timestamp time;
  auto of_day = take_time_of_day(rest, time.digits);
  if (!of_day) return std::nullopt;
  const std::int64_t hour = *of_day / (3600 * kNanosPerSecond);
  if (consume(rest, " AM")) {
    if (hour == 12) *of_day -= 12 * 3600 * kNanosPerSecond;
  } else if (consume(rest, " PM")) {
    if (hour < 12) *of_day += 12 * 3600 * kNanosPerSecond;
  }
  time.ns = days_from_civil(*year, month, static_cast<unsigned>(*day)) * kNanosPerDay + *of_day;
  s = rest;
  return time;
}

bool is_logger_name(std::string_view s) {
  if (s.empty() || s.size() > 100) return false;
  for (const char c : s) {
    if (!is_alnum(c) && c != '.' && c != '_' && c != '-') return false;
  }
  return true;
}

// `root: …`, `root - …`, `[root] …` and Flask's `in app: …` behind a level. Loggers are named like modules: a word with a
// capital is the message's.
void take_name_behind_level(Line& line, std::string_view& s) {
  std::string_view rest = trim_left(s);
  const bool bracket = consume(rest, "[");
  if (!bracket) consume(rest, "in ");
  std::size_t n = 0;
  while (n < rest.size() && n < 100 && (is_alnum(rest[n]) || rest[n] == '.' || rest[n] == '_' || rest[n] == '-')) ++n;
  const std::string_view name = rest.substr(0, n);
  if (name.empty() || !(is_lower(name.front()) || name.front() == '_')) return;
  rest.remove_prefix(n);
  // supervisord's own words begin like this.
  if (name == "exited" || name == "spawned" || name == "success" || name == "stopped") return;
  // A module's name is believed before a blank, too.
  const bool dotted = name.find('.') != std::string_view::npos && name.back() != '.' && rest.starts_with(' ') && !rest.starts_with(" - ");
  if (dotted) rest.remove_prefix(1);
  else if (bracket ? !consume(rest, "] ") : !consume(rest, ": ") && !consume(rest, " - ")) return;
  line.logger = name;
  s = rest;
}

// `bot - …` behind `INFO - `.
void take_name_before_dash(Line& line, std::string_view& s) {
  std::string_view rest = s;
  const std::string_view name = take_until(rest, " - ");
  if (name.size() == s.size() || !is_logger_name(name) || !(is_lower(name.front()) || name.front() == '_')) return;
  line.logger = name;
  s = rest;
}

// `INFO - …`, `memory_monitor - WARNING - …`, `memory_monitor - …` in brackets' style: what stands between the time
// and the message, each followed by " - ".
bool take_name_and_level(Line& line, std::string_view& s) {
  std::string_view rest = s;
  if (const Level level = take_level(rest); level != Level::none && consume(rest, " - ")) {
    line.level = level;
    s = rest;
    take_name_before_dash(line, s);
    return true;
  }
  rest = s;
  const std::string_view name = take_until(rest, " - ");
  if (!is_logger_name(name)) return false;
  if (const Level level = take_level(rest); level != Level::none && (consume(rest, " - ") || consume(rest, " -"))) {
    line.logger = name;
    line.level = level;
    s = rest;
    return true;
  }
  return false;
}

// `] - func() - Line 153: memory_monitor - …` or `] - memory_monitor - …` after a time and a level in brackets.
void take_bracket_tail(Line& line, std::string_view& s) {
  std::string_view rest = s;
  const std::string_view first = take_until(rest, " - ");
  if (first.ends_with("()") && rest.starts_with("Line ")) {
    std::string_view tail = rest.substr(5);
    if (take_integer(tail) && consume(tail, ": ")) {
      const std::string_view name = take_until(tail, " - ");
      if (is_logger_name(name)) {
        line.logger = name;
        s = tail;
      }
    }
    return;
  }
  if (first.size() < s.size() && is_logger_name(first)) {
    line.logger = first;
    s = rest;
  }
}

// `| INFO     | app.main:run:12 - …` behind Loguru's time, and other styles with bars: `| INFO | …`.
bool take_bars(Line& line, std::string_view& s) {
  std::string_view rest = s;
  if (!consume(rest, " | ")) return false;
  const std::string_view first = rest;
  const Level level = level_of_word(trim_right(take_until(rest, "|")));
  if (level == Level::none || !consume(rest, " ") || first.empty() || !is_upper(first.front())) return false;
  line.level = level;
  s = rest;
  {  // `| bot | …`
    std::string_view behind = rest;
    const std::string_view name = take_until(behind, " | ");
    if (name.size() != rest.size() && is_logger_name(name) && (is_lower(name.front()) || name.front() == '_')) {
      line.logger = name;
      s = behind;
      return true;
    }
  }
  const std::string_view place = take_until(rest, " - ");
  const auto colon = place.find(':');
  if (rest.empty() || colon == std::string_view::npos || !is_logger_name(place.substr(0, colon)) || !is_digit(place.back()) || place.find(' ') != std::string_view::npos) return true;
  line.logger = place.substr(0, colon);
  s = rest;
  return true;
}

// `[12] [INFO] …` behind gunicorn's time.
void take_pid_and_level(Line& line, std::string_view& s) {
  std::string_view rest = s;
  if (!consume(rest, "[") || !take_integer(rest) || !consume(rest, "] [")) return;
  const Level level = take_level(rest);
  if (level == Level::none || !consume(rest, "] ")) return;
  line.level = level;
  s = rest;
}

// `[INFO    ] root: …`, discord.py's, and `[INFO] [root] …`, behind a time. `s` begins behind the bracket.
bool take_level_in_brackets(Line& line, std::string_view& s) {
  std::string_view rest = s;
  const Level level = take_level(rest);
  if (level == Level::none) return false;
  rest = trim_left(rest);
  if (!consume(rest, "] ")) return false;
  line.level = level;
  s = rest;
  take_name_behind_level(line, s);
  return true;
}

// Styles in brackets: `[27-Oct-25 02:42:10 PM - INFO] - …`, `[2025-10-27 14:35:22] …`, `[INFO] …`.
bool bracketed(Line& line) {
  std::string_view s = line.message.substr(1);
  if (std::string_view word = s; take_level(word) != Level::none && consume(word, "] ")) {
    std::string_view again = s;
    line.level = take_level(again);
    line.message = word;
    line.prefixed = true;
    return true;
  }
  auto time = take_timestamp(s);
  if (!time) time = take_english_time(s);
  if (!time) return false;
  if (consume(s, " - ")) {
    line.level = take_level(s);
    if (!consume(s, "]")) return false;
    if (consume(s, " - ")) take_bracket_tail(line, s);
    else consume(s, " ");
  } else {
    if (!consume(s, "]")) return false;
    consume(s, " ");
    std::string_view rest = s;
    if (consume(rest, "[")) {
      if (take_level_in_brackets(line, rest)) s = rest;
    } else if (const Level level = take_level(rest); level != Level::none && rest.starts_with(" in ")) {  // Flask's
      take_name_behind_level(line, rest);
      if (!rest.starts_with(" in ")) {
        line.level = level;
        s = rest;
      }
    }
    take_pid_and_level(line, s);
  }
  set_time(line, *time, false);
  line.message = s;
  line.prefixed = true;
  return true;
}

// `INFO:memory_monitor:…`, the style of logging.basicConfig().
bool basic_config(Line& line) {
  std::string_view s = line.message;
  const Level level = take_level(s);
  if (level == Level::none || !consume(s, ":")) return false;
  const auto colon = s.find(':');
  if (colon == std::string_view::npos || !is_logger_name(s.substr(0, colon))) return false;
  line.level = level;
  line.logger = s.substr(0, colon);
  line.message = s.substr(colon + 1);
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
    return basic_config(line);
  }
  auto time = take_timestamp(s);
  if (!time) {
    // A time of day alone is one only in front of a daily mark: `08:32:00 --- [Idle] | …`.
    Timestamp of_day;
    const auto ns = take_time_of_day(s, of_day.digits);
    if (!ns || !(s.starts_with(" --- [") || s.starts_with(" >>> ") || s.starts_with(" <<< "))) return false;
    of_day.ns = *ns;
    of_day.dated = false;
    time = of_day;
  }
  if (consume(s, " - ")) {
    take_name_and_level(line, s);
  } else if (take_bars(line, s)) {
  } else if (consume(s, " [")) {  // `2025-11-16 08:30:00,123 [INFO] memory_monitor: …`
    if (take_level_in_brackets(line, s)) {
      const auto colon = s.find(": ");
      if (line.logger.empty() && colon != std::string_view::npos && colon > 0 && is_logger_name(s.substr(0, colon))) {
        line.logger = s.substr(0, colon);
        s.remove_prefix(colon + 2);
      }
    } else {
      s = {s.data() - 1, s.size() + 1};
    }
  } else if (consume(s, " ")) {
    std::string_view rest = s;
    if (std::string_view host; take_machine_tag(rest, host)) {  // journalctl -o short-iso of old, and people's own forms
      set_time(line, *time, true);
      line.host = host;
      line.message = rest;
      return true;
    }
    if (const Level level = take_level(rest); level != Level::none && (rest.starts_with(' ') || rest.starts_with(": "))) {
      const bool named = rest.front() == ' ';
      rest.remove_prefix(named ? 1 : 2);
      line.level = level;
      s = rest;
      if (named) take_name_behind_level(line, s);
    }
  } else if (!s.empty()) {
    return false;
  }
  set_time(line, *time, false);
  line.message = s;
  line.prefixed = true;
  return true;
}

}  // namespace memlog::envelope
