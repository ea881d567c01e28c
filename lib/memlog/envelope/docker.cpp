#include "memlog/base/text.h"
#include "memlog/envelope/layers.h"

namespace memlog::envelope {

// The name is padded with blanks to the longest one and followed by a bar. compose v2 also writes `name-1  | ` after a
// colour, and nothing but the bar when the message is empty.
bool docker_compose(Line& line) {
  const std::string_view s = line.message;
  constexpr std::size_t kLongestName = 128;
  std::size_t n = 0;
  while (n < s.size() && n < kLongestName && (is_alnum(s[n]) || s[n] == '-' || s[n] == '_' || s[n] == '.')) ++n;
  if (n < 2 || n == s.size()) return false;
  std::size_t bar = n;
  while (bar < s.size() && s[bar] == ' ') ++bar;
  if (bar == n || bar >= s.size() || s[bar] != '|') return false;
  // Containers are called service-1 (v2) or project_service_1 (v1); a name with blanks and a bar behind it also
  // occurs in ordinary messages (`Idle | RSS: …`), so the number is asked for.
  const std::string_view name = s.substr(0, n);
  const auto dash = name.find_last_of("-_");
  if (dash == std::string_view::npos || dash + 1 == n) return false;
  for (const char c : name.substr(dash + 1)) {
    if (!is_digit(c)) return false;
  }
  std::string_view rest = s.substr(bar + 1);
  line.host = name;
  if (!rest.empty() && rest.front() == '\x1b') {  // the colour's end stands before the blank
    const auto m = rest.find('m');
    if (m != std::string_view::npos && m < 8) rest.remove_prefix(m + 1);
  }
  consume(rest, " ");
  if (std::string_view after = rest; const auto time = take_timestamp(after)) {
    // `-t`: RFC 3339 with nanoseconds and a zone. Without a zone it is the application's own time.
    if (time->zone_minutes != Timestamp::kNoZone && time->digits >= 6 && consume(after, " ")) {
      set_time(line, *time, true);
      rest = after;
    }
  }
  line.message = rest;
  return true;
}

}  // namespace memlog::envelope
