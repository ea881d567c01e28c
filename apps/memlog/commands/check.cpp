#include "memlog/analysis/check.h"

#include <fmt/format.h>

#include <fstream>
#include <memory>

#include "command.h"
#include "memlog/base/error.h"
#include "memlog/base/suggest.h"
#include "memlog/base/text.h"

namespace memlog::app {

namespace {

struct RuleOption {
  std::string_view name;
  std::string_view metavar;
  std::string_view help;
  Check::Kind kind;
};

constexpr RuleOption kRules[] = {
    {"max-rss", "SIZE", "no sample above SIZE", Check::Kind::max_rss},
    {"max-task", "RE=SIZE", "no sample above SIZE of a task that matches: 'Dump=600MB'", Check::Kind::max_task},
    {"max-growth", "RATE", "no leak of RATE or more, as 'memlog leaks' finds them: '10MB/h'", Check::Kind::max_growth},
    {"max-kept", "RE=SIZE", "runs of a task that matches keep no more than SIZE on average", Check::Kind::max_kept},
    {"min-available", "SIZE", "the system never has less than SIZE available", Check::Kind::min_available},
    {"min-free", "PERCENT", "the system never has less than PERCENT free: '25%'", Check::Kind::min_free},
    {"max", "METRIC=N", "a counter is never above N: 'sessions=3', 'queue=20'", Check::Kind::max_metric},
    {"no-crash", "", "no out-of-memory death and no kill, as 'memlog crash' finds them", Check::Kind::no_crash},
};

void add_rule(const RuleOption& option, const std::string& value, Check::Options& options) {
  std::string text = "--" + std::string(option.name);
  if (!value.empty()) text += " " + value;
  options.rules.push_back(parse_rule(option.kind, value, text));
}

// One rule a line, as on the command line with or without the dashes: `max-rss 450MB`, `max-rss = 450MB`. `#` starts a
// comment.
void read_rules(const std::string& path, Check::Options& options) {
  std::ifstream file(path);
  if (!file) throw Error("cannot read the rules '" + path + "'", "a file with a rule a line, such as 'max-rss 450MB'");
  std::string whole;
  for (int number = 1; std::getline(file, whole); ++number) {
    std::string_view line = trim(std::string_view(whole).substr(0, whole.find('#')));
    if (line.empty()) continue;
    const auto fail = [&](const std::string& what, const std::string& help) { throw Error(fmt::format("{}:{}: {}", path, number, what), help); };
    consume(line, "--");
    const std::string name(line.substr(0, line.find_first_of(" \t=")));
    std::string_view value = trim(line.substr(name.size()));
    if (consume(value, "=")) value = trim(value);
    if (value.size() >= 2 && (value.front() == '\'' || value.front() == '"') && value.back() == value.front()) value = value.substr(1, value.size() - 2);
    const std::string text(value);
    if (name == "cooldown") {
      set_duration(options.cooldown_s, "cooldown")(text);
      continue;
    }
    const RuleOption* found = nullptr;
    std::vector<std::string_view> known{"cooldown"};
    for (const RuleOption& option : kRules) {
      known.push_back(option.name);
      if (option.name == name) found = &option;
    }
    if (found == nullptr) {
      const std::string_view near = suggest(name, known);
      fail("unknown rule '" + name + "'" + (near.empty() ? "" : "; did you mean '" + std::string(near) + "'?"), "'memlog check --help' lists the rules");
    } else if (found->metavar.empty() != text.empty()) {
      fail("rule '" + name + "' " + (text.empty() ? "needs a value: " + std::string(found->metavar) : "takes no value"), {});
    } else {
      try {
        add_rule(*found, text, options);
      } catch (const Error& error) {
        fail(error.what(), error.help());
      }
    }
  }
}

}  // namespace

Command check() {
  auto options = std::make_shared<Check::Options>();
  std::vector<Option> list;
  for (const RuleOption& rule : kRules) {
    list.push_back({"--" + std::string(rule.name), std::string(rule.metavar), std::string(rule.help), [&rule, options](const std::string& value) { add_rule(rule, value, *options); }});
  }
  list.push_back({"--rules", "FILE", "rules from a file, one a line: 'max-rss 450MB'; '#' starts a comment", [options](const std::string& value) { read_rules(value, *options); }});
  list.push_back({"--cooldown", "TIME", "tell every breach, but none of a rule within TIME of the one told before; without it the worst of each rule", set_duration(options->cooldown_s, "--cooldown")});
  return {
      .name = "check",
      .summary = "thresholds as a gate: status 1 when one does not hold",
      .description = "Rules may be given more than once. Each rule that is broken is told in one line, with the value, the threshold and the line of the log. "
                     "A rule about something that the log does not have is undecided, which is said and breaks nothing.",
      .options = std::move(list),
      .examples = {{"memlog check --max-rss 450MB --no-crash memory_debug.log", "a gate for a 512 MB host"},
                   {"memlog check --max-task 'Dump=600MB' --max-kept '.*=5MB' --max-growth 10MB/h logs/", "per task, per run, per hour"},
                   {"memlog check --rules memory.rules -o github worker.log", "annotations in a GitHub workflow"},
                   {"memlog check --rules memory.rules -o junit worker.log > memory.xml", "a test report for CI"}},
      .run =
          [options](Context& context) {
            if (options->rules.empty()) throw Error("no rule to check", "give one, such as '--max-rss 450MB' or '--rules FILE'; 'memlog check --help' lists them");
            options->limit_mb = context.common.limit_mb;
            Check analysis(*options);
            const int status = answer(context, analysis);
            return status == kDone && analysis.failed() ? kGateFailed : status;
          },
  };
}

}  // namespace memlog::app
