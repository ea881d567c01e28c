#include "memlog/base/text.h"
#include "memlog/envelope/layers.h"

// The process manager pm2: `2025-11-16T08:30:00: …` in its own log and in those of its processes with --time, and
// `0|worker  | …`, `PM2     | …` in front of each line of `pm2 logs`.
namespace memlog::envelope {

bool pm2_time(Line& line) {
  std::string_view s = line.message;
  const auto time = take_timestamp(s);
  if (!time || !consume(s, ": ")) return false;
  set_time(line, *time, true);
  line.message = s;
  return true;
}

bool pm2_name(Line& line) {
  std::string_view s = line.message;
  if (consume(s, "PM2 ")) {  // its own words among those of its processes
    s = trim_left(s);
    if (!consume(s, "|")) return false;
    line.message = trim_left(s);
    return true;
  }
  std::size_t digits = 0;
  while (digits < s.size() && digits < 5 && is_digit(s[digits])) ++digits;
  if (digits == 0 || digits == s.size() || s[digits] != '|') return false;
  const std::string_view rest = s.substr(digits + 1);
  std::size_t n = 0;
  while (n < rest.size() && n < 64 && (is_alnum(rest[n]) || rest[n] == '-' || rest[n] == '_' || rest[n] == '.')) ++n;
  std::size_t bar = n;
  while (bar < rest.size() && rest[bar] == ' ') ++bar;
  if (n == 0 || bar >= rest.size() || rest[bar] != '|') return false;
  line.host = s.substr(0, digits + 1 + n);
  s = rest.substr(bar + 1);
  consume(s, " ");
  line.message = s;
  return true;
}

}  // namespace memlog::envelope
