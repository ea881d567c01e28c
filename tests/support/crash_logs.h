#pragma once

#include <cstdio>
#include <string>
#include <utility>
#include <vector>

#include "memlog/analysis/crash.h"
#include "support/analyse.h"

// Lives and deaths as their writers put them, for tests of `crash`. Times are seconds after 2025-11-16 00:00:00.
namespace memlog::test {

inline std::string clock_of(long second) {
  Timestamp time;
  time.ns = (days_from_civil(2025, 11, 16) * 86400 + second) * kNanosPerSecond;
  return format_time(time, ' ');
}

// A line of the daily log.
inline std::string reading(long second, const std::string& label, double rss_mb, const std::string& mark = "---", double available_mb = 1000) {
  char text[256];
  std::snprintf(text, sizeof text, "%s %s [%s] | RSS: %6.1f MB | VMS: %6.1f MB | System Available: %6.1f MB (%.1f%% free)\n", clock_of(second).c_str(), mark.c_str(), label.c_str(),
                rss_mb, rss_mb + 250, available_mb, available_mb / 20.48);
  return text;
}

// A life in the daily log: a start, readings every two minutes at `rss_mb`, the last one at `last`.
inline std::string life(long start, long last, double rss_mb) {
  std::string log = reading(start, "Bot Started", rss_mb);
  for (long at = start + 120; at < last; at += 120) log += reading(at, "Idle", rss_mb);
  return log + reading(last, "Idle", rss_mb);
}

// What the kernel says in syslog.
inline std::string kernel(long second, int pid, const std::string& name, double rss_mb) {
  std::string time = clock_of(second);
  time[10] = 'T';
  char text[300];
  std::snprintf(text, sizeof text, "%s+00:00 host1 kernel: Out of memory: Killed process %d (%s) total-vm:812000kB, anon-rss:%.0fkB, file-rss:0kB, shmem-rss:0kB, UID:0\n", time.c_str(), pid,
                name.c_str(), rss_mb * 1024);
  return text;
}

struct Crashes {
  Report report;
  Value::List list;

  explicit Crashes(const std::vector<std::pair<std::string, std::string>>& logs, Crash::Options options = {}) {
    Crash analysis(options);
    ReadResult result;
    read_into(analysis, result, logs);
    report = analysis.report(result);
    list = as_list(report.field("crashes"));
  }
  explicit Crashes(const std::string& log, Crash::Options options = {}) : Crashes(std::vector<std::pair<std::string, std::string>>{{"test.log", log}}, options) {}

  std::size_t size() const { return list.size(); }
  std::string word(std::size_t i, const char* key) const { return words(list.at(i)[key]); }
  std::string verdict(std::size_t i) const { return word(i, "verdict"); }
  std::string evidence(std::size_t i) const {
    std::string all;
    for (const Value& e : as_list(list.at(i)["evidence"])) all += (all.empty() ? "" : " ") + words(e["kind"]);
    return all;
  }
  // `14:47:35 oom [oom_kill restart]`, one a line.
  std::string told() const {
    std::string all;
    for (std::size_t i = 0; i < size(); ++i) {
      const std::string time = word(i, "time");
      all += (time.size() < 19 ? time : time.substr(11, 8)) + " " + verdict(i) + " [" + evidence(i) + "]\n";
    }
    return all;
  }
};

}  // namespace memlog::test
