#include <doctest/doctest.h>
#include <fmt/format.h>

#include <string>

#include "support/one_life.h"

using namespace memlog;
using namespace memlog::test;

// What a plain logger says at a start, or in the middle of a life: docs/crash.md, "Lives".
namespace {

std::string say(long second, const std::string& message, const std::string& level = "INFO") {
  return fmt::format("2025-11-16 {:02}:{:02}:{:02},123 - __main__ - {} - {}\n", second / 3600, second / 60 % 60, second % 60, level, message);
}

std::string reading(long second, double mb) { return say(second, fmt::format("Periodic Check | Memory: {} MB | Sessions: 2", mb)); }

// A reading a minute, from 100 MB on, up to `mb` at 09:00.
std::string up_to(double mb) {
  std::string log = say(kEnd - 1210, "Bot started");
  for (long minute = 20; minute >= 0; --minute) log += reading(kEnd - 60 * minute, mb - (mb - 100) * static_cast<double>(minute) / 20);
  return log;
}

std::string from(long second, double mb) {
  std::string log;
  for (long minute = 0; minute < 5; ++minute) log += reading(second + 60 * minute, mb);
  return log;
}

}  // namespace

TEST_CASE("crash: a plain logger's word for a start is one where memory begins anew") {
  for (const std::string word : {"Bot started", "Bot started!", "🚀 Bot started successfully", "Starting bot...", "Bot started successfully, waiting for updates...", "Application started", "logging in using static token", "Started server process [1]",
                                 "Bot started as @helper_bot", "Starting gunicorn 21.2.0"}) {
    CAPTURE(word);
    CHECK(told(up_to(490) + say(kEnd + 40, word) + from(kEnd + 70, 100)) == "09:00:00 oom [high_memory restart]\n");
    CHECK(told(up_to(450) + say(kEnd + 40, word) + from(kEnd + 70, 100)) == "09:00:00 probable_oom [high_memory restart]\n");
    CHECK(told(up_to(300) + say(kEnd + 40, word) + from(kEnd + 70, 100)) == "09:00:00 unexplained_restart [restart]\n");
    CHECK(told(up_to(490) + from(kEnd + 70, 100), say(kEnd + 40, word)) == "09:00:00 oom [high_memory restart]\n");
    // A life that goes on: memory unchanged, or a little lower, or readings come at their beat.
    CHECK(told(up_to(490) + say(kEnd + 40, word) + from(kEnd + 60, 470)).find("restart") == std::string::npos);
    CHECK(told(up_to(490) + say(kEnd + 40, word) + from(kEnd + 70, 400)).find("restart") == std::string::npos);
    CHECK(told(up_to(490) + say(kEnd + 40, word) + from(kEnd + 60, 100)).find("restart") == std::string::npos);
    // It had said that it stops.
    CHECK(told(up_to(490) + say(kEnd + 20, "Received SIGTERM") + say(kEnd + 40, word) + from(kEnd + 70, 100)) == "");
    // A loop that begins again behind an error, which gave the memory back.
    CHECK(told(up_to(490) + say(kEnd + 20, "Update failed", "ERROR") + "Traceback (most recent call last):\n  File \"/app/bot.py\", line 2, in poll\n    get()\nValueError: no such chat\n" +
               say(kEnd + 40, word) + from(kEnd + 70, 100))
              .find("restart") == std::string::npos);
    CHECK(told(up_to(490) + say(kEnd + 20, "Connection lost", "ERROR") + say(kEnd + 40, word) + from(kEnd + 70, 100)).find("restart") == std::string::npos);
    // Too long before.
    CHECK(told(up_to(490) + say(kEnd + 40, word) + from(kEnd + 1270, 100)).find("restart") == std::string::npos);
  }
}

TEST_CASE("crash: what is said at every connection is a start only where a reading is missing") {
  for (const std::string word : {"Logged in as helper#1234", "Started polling", "Bot is ready!", "Run polling for bot @helper id=1 - 'Helper'"}) {
    CAPTURE(word);
    CHECK(told(up_to(490) + say(kEnd + 140, word) + from(kEnd + 170, 100)) == "09:00:00 probable_oom [high_memory restart]\n");
    CHECK(told(up_to(490) + say(kEnd + 40, word) + from(kEnd + 70, 100)).find("restart") == std::string::npos);
    CHECK(told(up_to(490) + say(kEnd + 140, word) + from(kEnd + 170, 400)).find("restart") == std::string::npos);
  }
}

TEST_CASE("crash: other words that begin like a start say nothing") {
  for (const std::string word : {"Bot started by user 5", "Starting botnet scan", "Application started for chat 7", "Logged in", "Started polling 3 feeds", "User: Bot started"}) {
    CAPTURE(word);
    CHECK(told(up_to(490) + say(kEnd + 140, word) + from(kEnd + 170, 100)).find("restart") == std::string::npos);
  }
  // Nor do they without a logger's time.
  CHECK(told(up_to(490) + "Bot started\n" + from(kEnd + 170, 100)).find("restart") == std::string::npos);
}

TEST_CASE("crash: a start long behind an error, or with a reading missing, is one") {
  const std::string again = say(kEnd + 45, "Bot started") + from(kEnd + 70, 100);
  const std::string restarted = "09:00:00 oom [high_memory restart]\n";
  CHECK(told(up_to(490) + say(kEnd + 10, "Failed to download", "ERROR") + again) == restarted);
  CHECK(told(up_to(490) + say(kEnd + 15, "Failed to download", "ERROR") + again).find("restart") == std::string::npos);
  const std::string logged = "Traceback (most recent call last):\n  File \"/app/bot.py\", line 2, in poll\n    get()\nValueError: no such chat\n";
  CHECK(told(up_to(490) + say(kEnd + 10, "Update failed", "ERROR") + logged + again) == restarted);
  CHECK(told(up_to(490) + say(kEnd + 15, "Update failed", "ERROR") + logged + again).find("restart") == std::string::npos);
  CHECK(told(up_to(490) + "Exception in thread Thread-3:\n" + logged + again).find("restart") == std::string::npos);
  // Readings at one beat, of which one is missing.
  CHECK(told(up_to(490) + say(kEnd + 130, "Failed to download", "ERROR") + say(kEnd + 140, "Bot started") + from(kEnd + 170, 100)) == restarted);
}

TEST_CASE("crash: a start right behind an exception that nothing caught is one, whatever memory shows") {
  const auto ended = [](const std::string& exception) { return "Traceback (most recent call last):\n  File \"/app/bot.py\", line 2, in <module>\n    main()\n" + exception + "\n"; };
  for (const double mb : {100.0, 400.0}) {
    CAPTURE(mb);
    CHECK(told(up_to(490) + ended("RuntimeError: x") + say(kEnd + 40, "Bot started") + from(kEnd + 70, mb)) == "09:00:00 not_oom [stated_end restart]\n");
  }
  CHECK(told(up_to(110) + ended("MemoryError") + say(kEnd + 40, "Bot started") + from(kEnd + 70, 105)) == "09:00:00 probable_oom [memory_error restart]\n");
  // What is said at every connection is less than that.
  CHECK(told(up_to(300) + ended("RuntimeError: x") + say(kEnd + 40, "Bot is ready") + from(kEnd + 70, 290)).find("restart") == std::string::npos);
}
