#pragma once

#include <string>
#include <utility>
#include <vector>

#include "memlog/analysis/analysis.h"
#include "memlog/report/render.h"
#include "support/log_builder.h"

namespace memlog::test {

// What a log file answers: the analysis is fed as the program feeds it.
inline void read_into(Analysis& analysis, ReadResult& result, const std::vector<std::pair<std::string, std::string>>& logs, const Filter* filter = nullptr) {
  const TempDirectory directory;
  std::vector<std::string> paths;
  for (const auto& [name, text] : logs) paths.push_back(directory.write(name, text));
  ReadOptions options;
  if (filter != nullptr) {
    options.filter.since = filter->since;
    options.filter.until = filter->until;
  }
  read_events(list_inputs(paths), options, result, [&](const Slice& slice) { analysis.fold(slice); });
  for (std::size_t i = 0; i < result.inputs.size(); ++i) {
    const auto slash = result.inputs[i].path.rfind('/');
    result.inputs[i].path.erase(0, slash + 1);
  }
}

inline Report report_of(Analysis& analysis, const std::string& log) {
  ReadResult result;
  read_into(analysis, result, {{"test.log", log}});
  return analysis.report(result);
}

inline std::string words(const Value& value) { return cell_text(value, 1); }
// A line of the daily log at a time of 2025-11-16.
inline std::string daily_line(const std::string& time, const std::string& mark, const std::string& label, double rss_mb, double available_mb = 1000.0) {
  char text[256];
  std::snprintf(text, sizeof text, "2025-11-16 %s %s [%s] | RSS: %6.1f MB | VMS: %6.1f MB | System Available: %6.1f MB (50.0%% free)\n", time.c_str(), mark.c_str(),
                label.c_str(), rss_mb, rss_mb + 200, available_mb);
  return text;
}

}  // namespace memlog::test
