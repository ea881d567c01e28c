#include "memlog/format/date_line.h"

#include <doctest/doctest.h>

#include "support/log_builder.h"

using namespace memlog;
using namespace memlog::test;

namespace {

// The time of a row of kubectl top behind `date`, itself behind a row of an earlier time.
std::string time_below(const std::string& date) {
  CAPTURE(date);
  const Log log("Mon Jan  5 07:00:00 UTC 2026\nweb-5d8c7   250m   512Mi\n" + date + "\nNAME   CPU(cores)   MEMORY(bytes)\nweb-5d8c7   250m   515Mi\n");
  CHECK(log.accounted());
  REQUIRE(log.records.size() == 2);
  CHECK(log.lines.records == 2);
  CHECK(log.records[0].at() == "2026-01-05 07:00:00Z");
  return log.records[1].at();
}

}  // namespace

TEST_CASE("date lines: twelve hours, other orders, other languages and date's own options") {
  CHECK(time_below("Mon Jan  5 10:03:00 UTC 2026") == "2026-01-05 10:03:00Z");
  for (const char* date : {"Mon Jan  5 10:03:00 AM CET 2026", "Mon 05 Jan 2026 10:03:00 AM CET", "Mon Jan  5 10:03:00 CET 2026", "Mo 5. Jan 10:03:00 CET 2026",
                           "lun. 05 janv. 2026 10:03:00 CET", "lun 5 gen 2026, 10:03:00, CET", "Пн 05 янв 2026 10:03:00 MSK", "2026年 01月 05日 星期一 10:03:00 CST",
                           "Mon Jan  5 10:03:00 2026", "2026-01-05 10:03:00"}) {
    CHECK(time_below(date) == "2026-01-05 10:03:00");
  }
  CHECK(time_below("mar 6 mar 2026, 10:03:00, CET") == "2026-03-06 10:03:00");
  CHECK(time_below("Mon Jan  5 10:03:00 PM UTC 2026") == "2026-01-05 22:03:00Z");
  CHECK(time_below("Mon Jan  5 12:03:00 AM UTC 2026") == "2026-01-05 00:03:00Z");
  CHECK(time_below("Mon  5 Jan 10:03:00 GMT 2026") == "2026-01-05 10:03:00Z");
  for (const char* date : {"Mon Jan  5 10:03:00 +03 2026", "2026-01-05T10:03:00+03:00", "Mon, 05 Jan 2026 10:03:00 +0300"}) {
    CHECK(time_below(date) == "2026-01-05 10:03:00+03:00");
  }
  CHECK(time_below("1767607380") == "2026-01-05 10:03:00Z");
  CHECK(time_below("2026. 01. 05. (월) 10:03:00 KST") == "2026-01-05 10:03:00");
  CHECK(time_below("2026. 12. 05. (토) 10:03:00 UTC") == "2026-12-05 10:03:00Z");
  CHECK(time_below("2026년 01월 05일 (월) 오후 10:03:00 KST") == "2026-01-05 22:03:00");
}

TEST_CASE("date lines: what looks like a date and is none ends the time above, other lines do not") {
  for (const char* date : {"Mon Jan 32 10:03:00 UTC 2026", "Mon Foo 5 10:03:00 UTC 2026", "Mon Feb 30 10:03:00 UTC 2026", "Mon Jan  5 13:03:00 PM UTC 2026", "2026. 02. 30. (월) 10:03:00 KST"}) {
    CHECK(time_below(date) == "");
  }
  for (const char* line : {"waiting", "", "took 10:03:00", "retry 5 of 7 at 10:03:00", "12345"}) CHECK(time_below(line) == "2026-01-05 07:00:00Z");
}
