#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "memlog/analysis/analysis.h"
#include "memlog/analysis/by_task.h"
#include "memlog/analysis/crash.h"
#include "memlog/analysis/leaks.h"
#include "memlog/base/regex.h"

namespace memlog {

// Thresholds as a gate: each rule holds, is broken, or cannot be decided because the log has no such reading.
class Check : public Analysis {
 public:
  enum class Kind : std::uint8_t { max_rss, max_task, max_growth, max_kept, min_available, min_free, max_metric, no_crash };
  struct Rule {
    Kind kind = Kind::max_rss;
    std::string text;                       // as the user gave it: `--max-rss 450MB`
    double threshold = kMissing;            // MB, MB per hour, percent or a number
    std::shared_ptr<const Regex> task = {};
    std::string metric = {};
  };
  struct Options {
    std::vector<Rule> rules;
    double cooldown_s = -1;                 // tell each breach, but none within this time of the last; negative: the worst one
    double limit_mb = kMissing;
  };

  explicit Check(const Options& options);
  void fold(const Slice& slice) override;
  Report report(const ReadResult& result) override;

  // After report(): a rule is broken.
  bool failed() const { return failed_; }

 private:
  // A reading beyond a threshold.
  struct Breach {
    double value = kMissing;
    Timestamp time;
    NameId task = kNoName;
    ProcessId process = 0;
    std::uint16_t input = 0;
    std::uint64_t line = 0;
    std::string own_name;  // as Event::own_name
  };
  struct State {
    std::uint64_t readings = 0;             // that the rule is about
    std::uint64_t breaches = 0;
    double extreme = kMissing;              // the reading nearest to breaking it, or farthest beyond
    Breach worst;
    std::vector<Breach> told;               // with a cooldown
    std::map<ProcessId, std::int64_t> last_told;
    NameId metric = kNoName;
    std::vector<signed char> matches;       // by task name; -1: not asked yet
  };
  // A breach in words, wherever it came from.
  struct Told {
    double value = kMissing;
    std::string time;
    std::string task;
    std::string process;
    std::string what;
    Value source;
  };

  bool matches(const Rule& rule, State& state, const Event& event, const Slice& slice) const;
  double value_of(const Rule& rule, State& state, const Event& event, const Slice& slice) const;
  void look_at(const Rule& rule, State& state, const Event& event, const Slice& slice);
  Told told_of(const Breach& breach, const ReadResult& result) const;
  std::vector<Told> decide(std::size_t rule, const ReadResult& result);
  std::vector<Told> judge_growth(std::size_t rule, const ReadResult& result);
  std::vector<Told> judge_kept(std::size_t rule, const ReadResult& result);
  std::vector<Told> judge_crashes(std::size_t rule, const ReadResult& result);
  std::string message(const Rule& rule, const Told& told, std::uint64_t breaches) const;
  std::string undecided(const Rule& rule, const ReadResult& result) const;

  Options options_;
  std::vector<State> states_;
  std::optional<ByTask> tasks_;
  std::optional<Crash> crashes_;
  std::vector<std::unique_ptr<Leaks>> growth_;    // by rule; null where it is about something else
  Value tasks_value_;
  Value crashes_value_;
  std::vector<Breach> last_;                      // sample, by process
  bool failed_ = false;
};

// The rule's option without its dashes: `max-rss`.
std::string_view name_of(Check::Kind kind);
constexpr bool is_minimum(Check::Kind kind) { return kind == Check::Kind::min_available || kind == Check::Kind::min_free; }

// A rule as its option names it, `max-task` and `Dump.*=600MB`; `text` is how the user wrote it. Throws Error for a value
// that the option cannot have.
Check::Rule parse_rule(Check::Kind kind, const std::string& value, const std::string& text);

}  // namespace memlog
