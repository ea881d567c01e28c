#include "terminal.h"

#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>

#include "memlog/base/error.h"
#include "memlog/base/given_pages.h"
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

bool is_pipe() {
  struct stat status {};
  return ::fstat(STDOUT_FILENO, &status) == 0 && S_ISFIFO(status.st_mode);
}

// A pipe holds 64 KiB, and its two ends sleep as often. The kernel may refuse more; then it stays as it is.
void widen_pipe() {
#ifdef F_SETPIPE_SZ
  constexpr int kWide = 1 << 20;
  if (is_pipe()) static_cast<void>(::fcntl(STDOUT_FILENO, F_SETPIPE_SZ, kWide));
#endif
}

std::size_t passed_on = 0;  // bytes, up to kStream and somewhat more

// A long answer into a pipe: `memlog events` of a large log. Most others end before it is worth 2 MiB of memory.
bool is_stream() {
  constexpr std::size_t kStream = 16 << 20;
  if (passed_on < kStream) return false;
  static const bool pipe = is_pipe();
  return pipe;
}

GivenPages::Make make = GivenPages::Make::when_needed;

GivenPages& stream() {
  static GivenPages pages(STDOUT_FILENO, make);
  return pages;
}

}  // namespace

std::span<char> room_out() { return is_stream() ? stream().room() : std::span<char>{}; }

void make_room_ahead() { make = GivenPages::Make::ahead; }

void write_out(std::string_view text) {
  // The first long piece of an answer: more will come.
  constexpr std::size_t kLong = 1 << 15;
  static bool widened = false;
  if (text.size() >= kLong && !widened) {
    widen_pipe();
    widened = true;
  }
  if (text.size() >= kLong && is_stream()) stream().give(text);
  passed_on += text.size();
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
