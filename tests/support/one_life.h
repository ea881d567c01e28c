#pragma once

#include <string>

#include "support/crash_logs.h"

// One life from 08:00 to 09:00 in the daily log and a start at 09:01, for tests of what somebody else says of its end.
namespace memlog::test {

constexpr long kEnd = 9 * 3600;

inline std::string before(double rss_mb) { return life(kEnd - 3600, kEnd, rss_mb); }
inline std::string after() { return life(kEnd + 60, kEnd + 1260, 150); }

inline Crash::Options limit(double mb) {
  Crash::Options options;
  options.limit_mb = mb;
  return options;
}

// The verdicts with a limit of 512 MB.
inline std::string told(const std::string& log) { return Crashes(log, limit(512)).told(); }
inline std::string told(const std::string& log, const std::string& other) { return Crashes({{"bot.log", log}, {"other.log", other}}, limit(512)).told(); }

}  // namespace memlog::test
