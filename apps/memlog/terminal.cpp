#include "terminal.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>

#include "memlog/base/error.h"
#include "memlog/base/text.h"

namespace memlog::app {

namespace {

bool is_set(const char* name) {
  const char* value = std::getenv(name);
  return value != nullptr && *value != '\0';
}

int columns_of_terminal() {
  if (const char* columns = std::getenv("COLUMNS"); columns != nullptr) {
    const int n = std::atoi(columns);
    if (n > 0) return n;
  }
  winsize size{};
  if (::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) return size.ws_col;
  return 80;
}

}  // namespace

void write_out(std::string_view text) {
  while (!text.empty()) {
    const ssize_t n = ::write(STDOUT_FILENO, text.data(), text.size());
    if (n < 0) {
      if (errno == EINTR) continue;
      if (errno == EPIPE) throw ClosedPipe{};
      throw Error(std::string("cannot write the answer: ") + std::strerror(errno));
    }
    text.remove_prefix(static_cast<std::size_t>(n));
  }
}

void write_error(std::string_view text) {
  std::string safe;
  while (!text.empty()) {
    const std::string_view line = take_until(text, "\n");
    safe += printable(line);
    if (!text.empty()) safe += '\n';
  }
  safe += '\n';
  std::string_view rest = safe;
  while (!rest.empty()) {
    const ssize_t n = ::write(STDERR_FILENO, rest.data(), rest.size());
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return;  // nowhere left to say so
    rest.remove_prefix(static_cast<std::size_t>(n));
  }
}

Style terminal_style(const std::string& when) {
  Style style;
  const bool terminal = ::isatty(STDOUT_FILENO) != 0;
  if (terminal) style.width = columns_of_terminal();
  const char* term = std::getenv("TERM");
  const bool dumb = term != nullptr && std::strcmp(term, "dumb") == 0;
  style.color = when == "always" || (when != "never" && !is_set("NO_COLOR") && !dumb && terminal);
  return style;
}

}  // namespace memlog::app
