#include "memlog/base/regex.h"

#include <doctest/doctest.h>

#include <string>

#include "memlog/base/error.h"

using namespace memlog;

TEST_CASE("regex: matches anywhere unless anchored") {
  const Regex dump("Dump", "--task");
  CHECK(dump.matches("Nations Dump Download"));
  CHECK_FALSE(dump.matches("Idle"));
  const Regex whole("^Idle$", "--task");
  CHECK(whole.matches("Idle"));
  CHECK_FALSE(whole.matches("Idle hands"));
  CHECK(Regex("(?i)idle", "--task").matches("IDLE"));
  CHECK(Regex("ü.*é", "--task").matches("Prüfung Café"));
}

TEST_CASE("regex: a pattern that RE2 refuses is told with the option, the pattern and the place") {
  try {
    Regex("a(b", "--task");
    FAIL("no error");
  } catch (const Error& error) {
    const std::string what = error.what();
    CHECK(what.find("--task") != std::string::npos);
    CHECK(what.find("missing )") != std::string::npos);
    CHECK(what.find("\n  a(b") != std::string::npos);
    CHECK(error.help().find("RE2") != std::string::npos);
  }
}

TEST_CASE("regex: nested repetitions take no time, as RE2 promises") {
  const std::string text(20'000, 'a');
  CHECK_FALSE(Regex("(a*)*b$", "--task").matches(text));
}
