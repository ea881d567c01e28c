#include <algorithm>

#include "command.h"
#include "memlog/analysis/record.h"
#include "memlog/analysis/recognised.h"

namespace memlog::app {

Command formats_command() {
  return {
      .name = "formats",
      .summary = "what memlog can read; with a file: what it saw there and what it could not read",
      .description = "Without a file, lists the formats with an example each. With one, says for each format how many lines, records and samples it found, "
                     "and shows the first lines that look like a record and cannot be read.",
      .options = {},
      .examples = {{"memlog formats", "the formats that memlog reads"}, {"memlog formats app.log", "whether memlog understands a log"}},
      .run =
          [](Context& context) {
            if (context.paths.empty()) {
              write_report(context, known_formats());
              return kDone;
            }
            context.lists_problems = true;
            Recognised analysis;
            ReadResult result;
            const bool any = read_inputs(context, result, [&](const Slice& slice) { analysis.fold(slice); });
            Report report = analysis.report(result);
            report.inputs = inputs_value(result);
            const bool opened = std::any_of(result.inputs.begin(), result.inputs.end(), [](const InputSummary& input) { return input.opened; });
            if (opened || context.common.output == Output::json) write_report(context, report);
            return any && !result.failed ? kDone : kFailed;
          },
  };
}

}  // namespace memlog::app
