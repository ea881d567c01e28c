#include "memlog/analysis/crash.h"

#include <memory>

#include "command.h"
#include "memlog/base/decimal.h"
#include "memlog/base/error.h"

namespace memlog::app {

Command crash() {
  auto options = std::make_shared<Crash::Options>();
  return {
      .name = "crash",
      .summary = "what happened before each out-of-memory death, and why",
      .description = "Finds deaths in restart banners, critical alerts, starts without a goodbye, SIGKILLs, reports of the kernel and platforms, and in "
                     "logs that end at the limit. Logs of several sources are read together: a kernel's kill and the restart that follows it are one death, "
                     "and clocks that differ are found, told and corrected. Each is one entry with its evidence, the last operations, the tasks in flight and the probable "
                     "causes. The newest comes first; in JSON the oldest.",
      .options = {{"-n,--last", "N", "operations to show before each death (5)", set_count(options->last, "--last")},
                  {"--timeline", "", "the minutes before each death, all sources interleaved", set_flag(options->timeline)},
                  {"--before", "TIME", "how long before (15m); implies --timeline", [options](const std::string& value) {
                     set_duration(options->before_s, "--before")(value);
                     options->timeline = true;
                   }},
                  {"--context", "N", "lines of the logs before and after each death", set_count(options->context, "--context")},
                  {"--paste", "", "a summary to paste into an issue, without user ids", set_flag(options->paste)},
                  {"--keep-context", "", "in that summary: what each operation was about", set_flag(options->keep_context)},
                  {"--max", "METRIC=N", "how many of a metric are too many: 'sessions=3', 'active_dls=3', 'queue=20'",
                   [options](const std::string& value) {
                     const auto equals = value.find('=');
                     std::string_view number = equals == std::string::npos ? std::string_view{} : std::string_view(value).substr(equals + 1);
                     const auto most = take_decimal(number);
                     if (!most || !number.empty() || equals == 0) throw Error("cannot read '" + value + "' of --max", "give a metric and a number: '--max sessions=3'");
                     options->maxima[value.substr(0, equals)] = *most;
                   }}},
      .examples = {{"memlog crash memory_debug.log", "every death in a log that survived them"},
                   {"memlog crash -n 10 --limit 512MB logs/", "with the last ten operations"},
                   {"memlog crash bot.log /var/log/kern.log", "the bot's log and who killed it"},
                   {"memlog crash --timeline --before 30m memory_debug.log bot.log", "the half hour before, from both logs"},
                   {"memlog crash --paste memory_debug.log", "what a maintainer asks for"},
                   {"memlog crash --json app.log | jq -r '.crashes[].causes[0].explanation'", "the first cause of each"}},
      .run =
          [options](Context& context) {
            options->limit_mb = context.common.limit_mb;
            options->tasks_filtered = !context.common.task.empty() || !context.common.not_task.empty();
            Crash analysis(*options);
            return answer(context, analysis);
          },
  };
}

}  // namespace memlog::app
