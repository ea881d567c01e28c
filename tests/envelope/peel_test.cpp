#include "memlog/envelope/peel.h"

#include <doctest/doctest.h>

#include <string>

using namespace memlog;

namespace {

struct Peeled {
  std::string text;  // the line's views point into it
  TextArena arena;
  Line line;
  explicit Peeled(std::string_view of) : text(of) {
    line.text = line.message = text;
    peel(line, arena);
  }
  std::string time() const { return format_time(line.time, ' '); }
};

}  // namespace

TEST_CASE("envelope: every style of Python's logging leaves the message") {
  struct Style {
    std::string_view text;
    std::string_view time;
    Level level;
    std::string_view logger;
  };
  constexpr Style kStyles[] = {
      {"2025-11-16 08:30:00 - INFO - MESSAGE", "2025-11-16 08:30:00", Level::info, ""},
      {"2025-11-16 08:30:00,123 - memory_monitor - WARNING - MESSAGE", "2025-11-16 08:30:00.123", Level::warning, "memory_monitor"},
      {"2025-11-16 08:30:00,123 - src.memory_monitor - ERROR - MESSAGE", "2025-11-16 08:30:00.123", Level::error, "src.memory_monitor"},
      {"[27-Oct-25 14:42:10 - INFO] - memory_monitor - MESSAGE", "2025-10-27 14:42:10", Level::info, "memory_monitor"},
      {"[27-Oct-25 02:42:10 PM - WARNING] - log_memory_snapshot() - Line 153: memory_monitor - MESSAGE", "2025-10-27 14:42:10", Level::warning,
       "memory_monitor"},
      {"[27-Oct-25 12:00:01 AM - INFO] - f() - Line 1: a.b - MESSAGE", "2025-10-27 00:00:01", Level::info, "a.b"},
      {"[27-Oct-25 12:00:01 PM - INFO] - f() - Line 1: a.b - MESSAGE", "2025-10-27 12:00:01", Level::info, "a.b"},
      {"[INFO] MESSAGE", "", Level::info, ""},
      {"INFO:memory_monitor:MESSAGE", "", Level::info, "memory_monitor"},
      {"[2025-10-27 14:35:22] MESSAGE", "2025-10-27 14:35:22", Level::none, ""},
      {"2025-11-16 08:30:00 MESSAGE", "2025-11-16 08:30:00", Level::none, ""},
      {"2025-11-16 08:30:00 INFO MESSAGE", "2025-11-16 08:30:00", Level::info, ""},
      {"2025-11-16 08:30:00,123 [INFO] memory_monitor: MESSAGE", "2025-11-16 08:30:00.123", Level::info, "memory_monitor"},
  };
  for (const Style& style : kStyles) {
    CAPTURE(style.text);
    const Peeled peeled(style.text);
    CHECK(peeled.line.message == "MESSAGE");
    CHECK(peeled.time() == style.time);
    CHECK(peeled.line.level == style.level);
    CHECK(peeled.line.logger == style.logger);
    // A time with T and a zone may be the platform's: a line below it may be a further line of a record.
    CHECK(peeled.line.prefixed == (style.text.find("T08") == std::string_view::npos));
  }
}

TEST_CASE("envelope: a bare RFC 3339 time with a zone is a platform's, which the application's own goes before") {
  const Peeled alone("2025-11-16T08:30:00Z MESSAGE");
  CHECK(alone.line.message == "MESSAGE");
  CHECK(alone.time() == "2025-11-16 08:30:00Z");
  CHECK(alone.line.platform_time);
  const Peeled both("2025-11-16T08:30:00Z 2025-11-16 09:30:00 - INFO - MESSAGE");
  CHECK(both.line.message == "MESSAGE");
  CHECK(both.time() == "2025-11-16 09:30:00");
  CHECK_FALSE(both.line.platform_time);
}

TEST_CASE("envelope: Celery's prefix tells the process, a task logger's id goes") {
  const Peeled plain("[2025-11-16 08:30:00,123: INFO/ForkPoolWorker-2] MESSAGE");
  CHECK(plain.line.message == "MESSAGE");
  CHECK(plain.line.process == "ForkPoolWorker-2");
  CHECK(plain.line.level == Level::info);
  CHECK(plain.time() == "2025-11-16 08:30:00.123");
  const Peeled task("[2025-11-16 08:30:00,123: WARNING/ForkPoolWorker-2] task.name[0f7c1d2e-aaaa-bbbb-cccc-0123456789ab]: MESSAGE");
  CHECK(task.line.message == "MESSAGE");
  const Peeled memory("[2025-11-16 08:30:00,123: INFO/ForkPoolWorker-2] Memory [a.b] START: RSS=1.0MB");
  CHECK(memory.line.message == "Memory [a.b] START: RSS=1.0MB");
}

TEST_CASE("envelope: docker compose's prefix tells the container") {
  for (const std::string_view text :
       {"celery-worker-1  | [2025-11-16 08:30:00,123: INFO/ForkPoolWorker-2] MESSAGE",
        "\x1b[36mcelery-worker-1  |\x1b[0m [2025-11-16 08:30:00,123: INFO/ForkPoolWorker-2] MESSAGE",
        "\x1b[36mcelery-worker-1  | \x1b[0m[2025-11-16 08:30:00,123: INFO/ForkPoolWorker-2] MESSAGE",
        "celery-worker-1  | 2025-11-16T08:30:01.123456789Z [2025-11-16 08:30:00,123: INFO/ForkPoolWorker-2] MESSAGE"}) {
    CAPTURE(text);
    const Peeled peeled(text);
    CHECK(peeled.line.message == "MESSAGE");
    CHECK(peeled.line.host == "celery-worker-1");
    CHECK(peeled.line.process == "ForkPoolWorker-2");
    CHECK(peeled.time() == "2025-11-16 08:30:00.123");
    CHECK_FALSE(peeled.line.platform_time);
  }
}

TEST_CASE("envelope: the platform's time counts for lines without one of their own") {
  const Peeled peeled("fileintel-celery-worker-1  | 2025-11-16T08:30:00.123456789Z MESSAGE");
  CHECK(peeled.line.message == "MESSAGE");
  CHECK(peeled.time() == "2025-11-16 08:30:00.123456789Z");
  CHECK(peeled.line.platform_time);
}

TEST_CASE("envelope: what only looks like a prefix stays") {
  for (const std::string_view text :
       {"Idle | RSS: 12.0 MB", "a 1 | b", "MESSAGE", "[not a time] MESSAGE", "INFORMATION:x:MESSAGE", "├─ RAM Usage: 1.0 MB", "12:30 left", "08:32:00 left",
        "2025-11-16", "[2025-11-16 08:30:00,123: INFO/] x", "", "Day one - x"}) {
    CAPTURE(text);
    const Peeled peeled(text);
    CHECK(peeled.line.host == "");
    CHECK(peeled.line.process == "");
    if (text != "2025-11-16") CHECK_FALSE(peeled.line.time.known());
  }
}

TEST_CASE("envelope: a message is not peeled twice, even if it looks like a prefix again") {
  const Peeled peeled("2025-11-16 08:30:00 - INFO - [2024-01-01 00:00:00] MESSAGE");
  CHECK(peeled.line.message == "[2024-01-01 00:00:00] MESSAGE");
  CHECK(peeled.time() == "2025-11-16 08:30:00");
}

TEST_CASE("envelope: a hostile stack of layers ends") {
  std::string text;
  for (int i = 0; i < 10'000; ++i) text += "\x1b[0m";
  const Peeled peeled(text + "x-1 | y-1 | z-1 | MESSAGE");
  CHECK(peeled.line.host == "y-1");  // containers stand in one another once, not without end
  CHECK(peeled.line.message == "z-1 | MESSAGE");
}

TEST_CASE("envelope: a year that nanoseconds do not reach is no date") {
  const Peeled peeled("[27-Oct-225 14:42:10 - INFO] - memory_monitor - MESSAGE");
  CHECK_FALSE(peeled.line.time.known());
}

TEST_CASE("envelope: a container with a name of its own is believed before a logger's prefix only") {
  for (const std::string_view rest : {"[2025-10-27 14:47:35,123: INFO/ForkPoolWorker-2] x", "2025-10-27 14:47:35,123 - memory - INFO - x", "[2025-10-27 14:47:35] x", "INFO:bot:x",
                                      "[INFO] x", "2025-10-27T14:47:35.123456789Z x"}) {
    CAPTURE(rest);
    const Peeled own("celery-worker  | " + std::string(rest));
    CHECK(own.line.host == "celery-worker");
    CHECK(own.line.message == "x");
    CHECK(Peeled("my_app | " + std::string(rest)).line.host == "my_app");
    CHECK(Peeled("\x1b[36mweb  | \x1b[0m" + std::string(rest)).line.host == "web");
  }
  for (const std::string_view text : {"User 99 | Active: 2", "Idle | RSS: 245.3 MB", "Upload | Memory: 12 MB", "web|2025-10-27 14:47:35 x", "a | 2025-10-27 14:47:35 x", "Active | 20 of 30",
                                      "NAME | CPU(cores)", "Total | INFO"}) {
    CAPTURE(text);
    const Peeled peeled(text);
    CHECK(peeled.line.host == "");
    CHECK(peeled.line.message == text);
  }
}

TEST_CASE("envelope: the kernel's words as dmesg and journalctl print them") {
  struct Shape {
    std::string_view prefix;
    std::string_view time;
    std::string_view host;
  };
  const Shape shapes[] = {
      {"[ 1234.567890] ", "", ""},
      {"[ 1234.5] ", "", ""},
      {"kern  :err   : [ 1234.567890] ", "", ""},
      {"kern  :err   : [Mon Oct 27 14:47:35 2025] ", "2025-10-27 14:47:35", ""},
      {"kern  :err   : ", "", ""},
      {"kern  :err   : 2025-10-27T14:47:35,123456+01:00 ", "2025-10-27 14:47:35.123456+01:00", ""},
      {"<3>[ 1234.567890] ", "", ""},
      {"[ 1234.567890 <    0.000012>] ", "", ""},
      {"[ 1234.567890 <    0.000012 >] web-1 kernel: ", "", "web-1"},
      {"[ 1234.567890] myhost kernel: ", "", "myhost"},
      {"2025-10-27T14:47:35+0100 myhost kernel: ", "2025-10-27 14:47:35+01:00", "myhost"},
      {"2025-10-27T14:47:35 myhost kernel: ", "2025-10-27 14:47:35", "myhost"},
      {"2025-10-27 14:47:35 myhost kernel: ", "2025-10-27 14:47:35", "myhost"},
      {"2025-10-27 14:47:35.123 myhost kernel: [ 1234.567890] ", "2025-10-27 14:47:35.123", "myhost"},
      {"Mon 2025-10-27 14:47:35 UTC myhost kernel: ", "2025-10-27 14:47:35Z", "myhost"},
      {"[一 10月 27 14:47:35 2025] ", "2025-10-27 14:47:35", ""},
      {"[日  2月  2 14:47:35 2025] ", "2025-02-02 14:47:35", ""},
      {"[월 10월 27 14:47:35 2025] ", "2025-10-27 14:47:35", ""},
      {"[Mo 27. Okt 14:47:35 2025] ", "2025-10-27 14:47:35", ""},
      {"1761576455.123456 myhost kernel: ", "2025-10-27 14:47:35.123456Z", "myhost"},
      {"", "", ""},
  };
  for (const Shape& shape : shapes) {
    CAPTURE(shape.prefix);
    const Peeled peeled(std::string(shape.prefix) + "Out of memory: Killed process 1 (a)");
    CHECK(peeled.line.message == "Out of memory: Killed process 1 (a)");
    CHECK(peeled.line.host == shape.host);
    CHECK(peeled.time() == shape.time);
    CHECK(!peeled.line.prefixed);
  }
  CHECK(Peeled("2025-10-27T14:47:35 myhost systemd[1]: x").line.host == "myhost");
  CHECK(Peeled("2025-10-27T14:47:35 myhost python[42]: x").line.message == "x");
  CHECK(Peeled("2025-10-27 14:47:35 web kernelspec: x").line.message == "web kernelspec: x");
  CHECK(Peeled("2025-10-27T14:47:35 memory usage: x").line.message == "memory usage: x");
  CHECK(Peeled("10月 27 14:47:35 myhost kernel: x").line.host == "myhost");
  CHECK(Peeled("[一 13月 27 14:47:35 2025] x").line.message == "[一 13月 27 14:47:35 2025] x");
  CHECK(Peeled("[1.5] x").line.message == "[1.5] x");
  CHECK(Peeled("user: warn: x").line.message == "user: warn: x");
}

TEST_CASE("envelope: characters that Python could not encode come back; other backslashes stay") {
  const auto message = [](std::string_view text) {
    static TextArena arena;
    Line line;
    line.text = line.message = text;
    peel(line, arena);
    return std::string(line.message);
  };
  CHECK(message("2026-11-22 18:01:11,327 - root - WARNING - \\U0001f4ca MEMORY SNAPSHOT | Operation: caf\\xe9") == "📊 MEMORY SNAPSHOT | Operation: café");
  CHECK(message("\\u251c\\u2500 RAM Usage: 287.5 MB \\u2192 1") == "├─ RAM Usage: 287.5 MB → 1");
  CHECK(message("{\"log\":\"\\\\u251c\\\\u2500 RAM\\n\",\"stream\":\"stderr\",\"time\":\"2026-01-05T10:00:00.0Z\"}") == "├─ RAM");
  for (const std::string same : {"C:\\users\\xylophone", "\\U0011ffff", "\\ud83d", "\\u0041", "\\x41", "\\u251", "\\u25AC", "b'\\xf0\\x9f'", "\\", "\\\\"}) CHECK(message(same) == same);
}
