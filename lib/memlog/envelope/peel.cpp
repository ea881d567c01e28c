#include "memlog/envelope/peel.h"

#include "memlog/base/text.h"
#include "memlog/envelope/layers.h"

namespace memlog {

namespace {

// `2025-11-16T08:30:00…`: platforms put the T between date and time, Python's logging puts a blank there.
bool has_platform_time(std::string_view s) { return s.size() > 19 && s[10] == 'T' && s[4] == '-' && s[13] == ':'; }

bool peel_platform_time(Line& line) {
  using namespace envelope;
  return cri(line) || logplex(line) || fly(line) || pm2_time(line) || bare_platform_time(line);
}

// Layers that begin in ways that few messages do, tried when the common ones do not fit.
bool peel_rare(Line& line, TextArena& arena) {
  using namespace envelope;
  const char first = line.message.front();
  switch (first) {
    case '{': return docker_json(line, arena) || journal_json(line, arena);
    case '<': return syslog_priority(line);
    case '[': return kernel(line) || (line.host.empty() && kubectl_prefix(line));
    default: break;
  }
  if (is_digit(first)) {
    if (line.message.size() > 16 && line.message[10] == '.' && journal_short(line)) return true;
    return syslog_priority(line) || pm2_time(line) || pm2_name(line);
  }
  if (is_space(first) || (static_cast<unsigned char>(first) < 0x80 && !is_alpha(first))) return false;
  if (syslog(line)) return true;
  // `Sun 2025-…`: the day of the week has two to six bytes in all languages.
  const auto blank = line.message.substr(0, 8).find(' ');
  return blank != std::string_view::npos && blank >= 2 && blank + 5 < line.message.size() && line.message[blank + 5] == '-' && journal_short(line);
}

}  // namespace

void peel(Line& line, TextArena& arena) {
  // Any stack of them, each at most once by what it removes; a bound keeps a hostile line from costing more.
  constexpr int kMaxLayers = 8;
  for (int layer = 0; layer < kMaxLayers && !line.message.empty(); ++layer) {
    const char first = line.message.front();
    bool peeled = false;
    if (first == '\x1b') {
      peeled = envelope::strip_ansi(line, arena);
    } else if (first == '[') {
      peeled = envelope::celery(line) || envelope::python_logging(line);
    } else if (is_digit(first) || is_upper(first)) {
      peeled = (has_platform_time(line.message) && peel_platform_time(line)) || envelope::python_logging(line);
    }
    // A logger's prefix ends the stack: what follows is the application's own words, even if they look like one.
    if (peeled && line.prefixed) break;
    if (!peeled) peeled = peel_rare(line, arena);
    if (!peeled && line.host.empty() && (is_alnum(first) || first == '_')) peeled = envelope::docker_compose(line);
    if (!peeled) break;
  }
}

}  // namespace memlog
