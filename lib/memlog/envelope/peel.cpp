#include "memlog/envelope/peel.h"

#include "memlog/base/text.h"
#include "memlog/envelope/layers.h"

namespace memlog {

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
      peeled = envelope::python_logging(line);
    }
    // A logger's prefix ends the stack: what follows is the application's own words, even if they look like one.
    if (peeled && line.prefixed) break;
    if (!peeled && line.host.empty() && (is_alnum(first) || first == '_')) peeled = envelope::docker_compose(line);
    if (!peeled) break;
  }
}

}  // namespace memlog
