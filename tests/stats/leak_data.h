#pragma once

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "memlog/stats/leak_series.h"
#include "memlog/stats/mono_clock.h"

// Reads testdata/leaks: what a log feeds to the analysis, and what an independent implementation answered. The README
// there says what the lines mean.
namespace leak_data {

struct Log {
  memlog::stats::LeakBook book;
  memlog::stats::MonoClock clock;
};

struct Expected {
  std::string log;
  std::string process;    // number, or "all"
  std::map<std::string, std::string> words;
  std::map<std::string, double> weights;

  bool known(const std::string& key) const { return words.at(key) != "-"; }
  double number(const std::string& key) const { return std::strtod(words.at(key).c_str(), nullptr); }
};

inline std::vector<std::string> lines_of(const std::string& name) {
  const std::filesystem::path path = std::filesystem::path(MEMLOG_TESTDATA) / "leaks" / name;
  std::vector<std::string> out;
  std::FILE* file = std::fopen(path.string().c_str(), "rb");
  if (file == nullptr) return out;
  char line[256];
  while (std::fgets(line, sizeof line, file) != nullptr) {
    out.emplace_back(line);
    while (!out.back().empty() && out.back().back() <= ' ') out.back().pop_back();
  }
  std::fclose(file);
  return out;
}

inline memlog::stats::SampleState state_of(char mark) {
  using memlog::stats::SampleState;
  switch (mark) {
    case 'i': return SampleState::idle;
    case 's': return SampleState::run_start;
    case 't': return SampleState::in_task;
    case 'e': return SampleState::run_end;
    case 'b': return SampleState::aside;
    default: return SampleState::unknown;
  }
}

inline Log read_log(const std::string& name) {
  Log out;
  for (const std::string& line : lines_of(name + ".txt")) {
    char mark = 0;
    unsigned process = 0;
    double fields[4];
    const int count = std::sscanf(line.c_str(), "%c %u %lf %lf %lf %lf", &mark, &process, &fields[0], &fields[1],
                                  &fields[2], &fields[3]);
    if (count < 3) continue;
    const double t = out.clock.repair(fields[0]).value_or(0.0);
    if (mark == 'r') {
      out.book.restart(process, t);
    } else if (mark == '>') {
      out.book.run_started(process, static_cast<std::uint32_t>(fields[1]), t);
    } else if (mark == '<') {
      out.book.run_ended(process, static_cast<std::uint32_t>(fields[1]), t);
    } else {
      memlog::stats::Reading reading{.t = t, .rss_mb = fields[1], .state = state_of(mark)};
      if (count == 6) {
        reading.sessions = fields[2];
        reading.active_dls = fields[3];
      }
      out.book.add(process, reading);
    }
  }
  return out;
}

inline std::vector<Expected> read_expected() {
  std::vector<Expected> out;
  for (const std::string& line : lines_of("expected.txt")) {
    char words[3][128];
    const int count = std::sscanf(line.c_str(), "%127s %127s %127s", words[0], words[1], words[2]);
    if (count < 2) continue;
    const std::string key = words[0];
    if (key == "case") {
      out.push_back({words[1], words[2], {}, {}});
    } else if (!out.empty() && key == "weight") {
      out.back().weights[words[1]] = std::strtod(words[2], nullptr);
    } else if (!out.empty()) {
      out.back().words[key] = words[1];
    }
  }
  return out;
}

}  // namespace leak_data
