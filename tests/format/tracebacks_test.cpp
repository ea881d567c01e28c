#include <doctest/doctest.h>

#include <string>

#include "support/log_builder.h"

using namespace memlog;
using namespace memlog::test;

namespace {

// Lines that become events in all, behind a traceback that nothing logged.
std::string last_words(const std::string& line) {
  const Log log("Traceback (most recent call last):\n  File \"a.py\", line 1, in <module>\n" + line + "\n");
  CHECK(log.accounted());
  std::string out;
  for (const Record& event : log.events) {
    if (event.kind == EventKind::last_words) out += event.context_text + (event.is(flag::kOrderly) ? " asked" : event.is(flag::kCritical) ? " memory" : "");
  }
  return out;
}

}  // namespace

TEST_CASE("tracebacks: the line behind one names the exception") {
  for (const std::string line : {"ValueError: no such chat", "ValueError", "ValueError:", "telegram.error.Conflict: other getUpdates", "asyncio.exceptions.TimeoutError", "app.Stop_2: x"}) {
    CAPTURE(line);
    CHECK(last_words(line) == line);
  }
  CHECK(last_words("KeyboardInterrupt") == "KeyboardInterrupt asked");
  CHECK(last_words("MemoryError") == "MemoryError memory");
  CHECK(last_words("numpy.core._exceptions._ArrayMemoryError: Unable to allocate 1.2 GiB").ends_with(" memory"));
  CHECK(last_words("OSError: [Errno 12] Cannot allocate memory").ends_with(" memory"));
  CHECK(last_words("RuntimeError: CUDA out of memory") == "RuntimeError: CUDA out of memory memory");
}

TEST_CASE("tracebacks: other lines are none") {
  for (const std::string line : {"Status: stopped", "valueError: x", "ValueError : x", "ValueError(x)", "  ValueError: x", "Err: x", "a.b.c: x", "ValueError:x", "2025-11-16 08:30:00 - bot - INFO - ValueError: x"}) {
    CAPTURE(line);
    CHECK(last_words(line) == "");
  }
}
