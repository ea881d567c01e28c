#include "memlog/analysis/death_marks.h"

namespace memlog {

namespace {

// A run in flight is why a process dies; without one, the last thing that it did is all that is known.
Value task_at(const Value& crash) {
  if (const Value::List& flying = as_list(crash["tasks_in_flight"]); !flying.empty()) return flying.front()["task"];
  const Value::List& operations = as_list(crash["operations"]);
  for (auto last = operations.rbegin(); last != operations.rend(); ++last) {
    if (!(*last)["operation"].is_null()) return (*last)["operation"];
  }
  return {};
}

}  // namespace

std::vector<DeathMark> death_marks(const Value& crashes) {
  std::vector<DeathMark> found;
  for_each_element(crashes, [&](const Value& crash) {
    const std::string verdict = as_text(crash["verdict"]);
    if (verdict == "unexplained_restart" || verdict == "not_oom") return;
    const std::string written = as_text(crash["time"]);
    std::string_view rest = written;
    const auto time = take_timestamp(rest);
    if (!time) return;
    const Value::List& evidence = as_list(crash["evidence"]);
    found.push_back({*time, as_number(crash["rss_mb"]), task_at(crash), crash["process"], evidence.empty() ? Value() : evidence.front()["source"]});
  });
  return found;
}

}  // namespace memlog
