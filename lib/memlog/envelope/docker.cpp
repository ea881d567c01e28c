#include <algorithm>

#include "memlog/base/text.h"
#include "memlog/envelope/layers.h"

namespace memlog::envelope {

namespace {

bool is_numbered(std::string_view name) {
  const auto dash = name.find_last_of("-_");
  return dash != std::string_view::npos && dash + 1 != name.size() && std::all_of(name.begin() + static_cast<std::ptrdiff_t>(dash) + 1, name.end(), is_digit);
}

// What platforms have behind their time: `stderr F …`, `app[web.1]: …`.
bool is_behind_platform_time(std::string_view s) {
  if (s.starts_with("stdout ") || s.starts_with("stderr ")) return true;
  std::string_view word = take_until(s, " ");
  if (word.ends_with(':')) word.remove_suffix(1);
  // CloudWatch's stream ends in the id that the service gave it.
  constexpr std::size_t kShortestId = 8;
  if (const auto slash = word.rfind('/'); slash != std::string_view::npos && slash > 0 && word.size() > slash + kShortestId) {
    const std::string_view id = word.substr(slash + 1);
    if (std::any_of(id.begin(), id.end(), is_digit)) return true;
  }
  return word.ends_with(']') && word.find('[') != std::string_view::npos && word.front() != '[';
}

}  // namespace

// The name is padded with blanks to the longest one and followed by a bar. compose v2 also writes `name-1  | ` after a
// colour, and nothing but the bar when the message is empty.
bool docker_compose(Line& line) {
  const std::string_view s = line.message;
  constexpr std::size_t kLongestName = 128;
  std::size_t n = 0;
  while (n < s.size() && n < kLongestName && (is_alnum(s[n]) || s[n] == '-' || s[n] == '_' || s[n] == '.' || s[n] == '@')) ++n;
  if (n < 2 || n == s.size()) return false;
  std::size_t bar = n;
  while (bar < s.size() && s[bar] == ' ') ++bar;
  if (bar == n || bar >= s.size() || s[bar] != '|') return false;
  // Containers are called service-1 (v2) or project_service_1 (v1); a name with blanks and a bar behind it also
  // occurs in ordinary messages (`Idle | RSS: …`), so the number is asked for.
  // A name of one's own (`container_name:`) has none: then the next thing must be a logger's prefix.
  const std::string_view name = s.substr(0, n);
  std::string_view rest = s.substr(bar + 1);
  // `docker service logs` writes `service.1.id@node`.
  if (!is_numbered(name) && name.find('@') == std::string_view::npos && !logger_follows(rest)) return false;
  line.host = name;
  skip_colour(rest);
  consume(rest, " ");
  if (std::string_view after = rest; const auto time = take_timestamp(after)) {
    // `-t`: RFC 3339 with nanoseconds and a zone. Without a zone it is the application's own time, and another platform's
    // goes with its own words.
    if (time->zone_minutes != Timestamp::kNoZone && time->digits >= 6 && consume(after, " ") && !is_behind_platform_time(after)) {
      set_time(line, *time, true);
      rest = after;
    }
  }
  line.message = rest;
  return true;
}

}  // namespace memlog::envelope
