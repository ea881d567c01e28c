#include "memlog/envelope/behind_time.h"

#include <algorithm>

#include "memlog/base/decimal.h"
#include "memlog/base/text.h"
#include "memlog/envelope/layers.h"

namespace memlog::envelope {

bool is_logger_name(std::string_view s) {
  if (s.empty() || s.size() > 100) return false;
  for (const char c : s) {
    if (!is_alnum(c) && c != '.' && c != '_' && c != '-') return false;
  }
  return true;
}

namespace {

// `root: …`, `root - …`, `[root] …` and Flask's `in app: …` behind a level. Loggers are named like modules: a word with a
// capital is the message's.
void take_name_behind_level(Line& line, std::string_view& s) {
  std::string_view rest = trim_left(s);
  if (std::string_view thread = rest; consume(thread, "(")) {  // Home Assistant's `(MainThread) [name] `
    if (!is_logger_name(take_until(thread, ") ")) || !thread.starts_with('[')) return;
    rest = thread;
  }
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
    line.level = level;
    s = rest;
    // `4242 - INFO - root - …`: a process stands in the name's place.
    if (std::all_of(name.begin(), name.end(), is_digit)) take_name_before_dash(line, s);
    else line.logger = name;
    return true;
  }
  return false;
}

// `views 4242 140123 …`, the module, the process and the thread of Django's documentation.
bool take_name_and_numbers(Line& line, std::string_view& s) {
  std::string_view rest = s;
  const std::string_view name = take_until(rest, " ");
  if (!is_logger_name(name) || (!is_lower(name.front()) && name.front() != '_')) return false;
  for (int i = 0; i < 2; ++i) {
    if (!take_integer(rest) || !consume(rest, " ")) return false;
  }
  line.logger = name;
  s = rest;
  return true;
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
  Level level = take_level(rest);
  if (level == Level::none) {  // structlog's, `[info     ] `
    const auto end = rest.substr(0, 12).find_first_of(" ]");
    if (end == std::string_view::npos || !is_lower(rest.front())) return false;
    level = level_of_word(rest.substr(0, end));
    if (level == Level::none) return false;
    rest.remove_prefix(end);
  }
  rest = trim_left(rest);
  if (!consume(rest, "] ")) return false;
  line.level = level;
  s = rest;
  take_name_behind_level(line, s);
  return true;
}

}  // namespace

void take_name_before_dash(Line& line, std::string_view& s) {
  std::string_view rest = s;
  const std::string_view name = take_until(rest, " - ");
  if (name.size() == s.size() || !is_logger_name(name)) return;
  if (!is_lower(name.front()) && name.front() != '_' && name != "MainThread") return;
  line.logger = name;
  s = rest;
}

void take_place(std::string_view& s) {
  std::string_view rest = s;
  const bool bracket = consume(rest, "[");
  std::size_t n = 0;
  while (n < rest.size() && n < 100 && (is_alnum(rest[n]) || rest[n] == '.' || rest[n] == '_' || rest[n] == '-' || rest[n] == '/')) ++n;
  if (n == 0 || n == rest.size() || rest[n] != ':') return;
  const std::string_view name = rest.substr(0, n);
  rest.remove_prefix(n + 1);
  if (!take_integer(rest) || (bracket && !consume(rest, "]"))) return;
  const bool file = name.ends_with(".py") || name.ends_with(".go") || name.ends_with(".js") || name.ends_with(".ts");
  if (!file && (bracket || !is_lower(name.front()))) return;
  if (consume(rest, " - ") || (file && (consume(rest, ": ") || consume(rest, " ")))) s = rest;
}

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

bool take_behind_time(Line& line, std::string_view& s, bool levelled) {
  if (consume(s, " - ")) {
    if (!take_name_and_level(line, s) && levelled) take_name_before_dash(line, s);
  } else if (take_bars(line, s)) {
  } else if (consume(s, " [")) {  // `2025-11-16 08:30:00,123 [INFO] memory_monitor: …`
    if (take_level_in_brackets(line, s)) {
      const auto colon = s.find(": ");
      if (line.logger.empty() && colon != std::string_view::npos && colon > 0 && is_logger_name(s.substr(0, colon))) {
        line.logger = s.substr(0, colon);
        s.remove_prefix(colon + 2);
      }
    } else {
      std::string_view rest = s;  // `[bot] INFO: …`
      const std::string_view name = take_until(rest, "] ");
      const Level level = is_logger_name(name) ? take_level(rest) : Level::none;
      s = {s.data() - 1, s.size() + 1};
      if (level != Level::none && consume(rest, ": ")) {
        line.logger = name;
        line.level = level;
        s = rest;
      } else if (levelled) {
        take_name_behind_level(line, s);
      }
    }
  } else if (consume(s, " ")) {
    std::string_view rest = s;
    if (const Level level = take_level(rest); level != Level::none && (rest.starts_with(' ') || rest.starts_with(": "))) {
      const bool named = rest.front() == ' ';
      rest.remove_prefix(named ? 1 : 2);
      line.level = level;
      s = rest;
      if (named) {
        s = trim_left(s);  // levels are padded to a column
        take_name_behind_level(line, s);
      }
    } else if (levelled && !take_name_and_numbers(line, s)) {
      take_name_behind_level(line, s);
    }
  } else if (consume(s, ":")) {  // `2025-11-16 08:30:00,123:INFO:root:…`
    const Level level = take_level(s);
    const auto colon = s.find(':', 1);
    if (level == Level::none || !s.starts_with(':') || colon == std::string_view::npos || !is_logger_name(s.substr(1, colon - 1))) return false;
    line.level = level;
    line.logger = s.substr(1, colon - 1);
    s.remove_prefix(colon + 1);
  } else if (!s.empty()) {
    return false;
  }
  take_place(s);
  return true;
}

void take_level_behind_bracket(Line& line, std::string_view& s) {
  std::string_view rest = s;
  if (consume(rest, "- ")) {
    if (take_name_and_level(line, rest)) s = rest;
    return;
  }
  if (consume(rest, "{")) {  // Airflow's `{memory.py:42} INFO - `
    const std::string_view place = take_until(rest, "} ");
    const Level level = take_level(rest);
    if (level == Level::none || place.find(".py:") == std::string_view::npos || place.find(' ') != std::string_view::npos || !consume(rest, " - ")) return;
    line.level = level;
    s = rest;
    return;
  }
  if (consume(rest, "[")) {
    if (take_level_in_brackets(line, rest)) s = rest;
    take_pid_and_level(line, s);
    return;
  }
  const Level level = take_level(rest);
  if (level == Level::none) return;
  if (rest.starts_with(" in ")) {  // Flask's
    take_name_behind_level(line, rest);
    if (rest.starts_with(" in ")) return;
  } else if (level == Level::critical) {  // `CRITICAL: 494MB`, `CRITICAL MEMORY` are monitors' own words
    return;
  } else if (!consume(rest, " - ") && !consume(rest, ": ")) {
    if (!rest.starts_with(' ')) return;
    rest = trim_left(rest);
    take_name_behind_level(line, rest);
  }
  line.level = level;
  s = rest;
}

}  // namespace memlog::envelope
