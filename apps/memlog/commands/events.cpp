#include "command.h"
#include "memlog/analysis/events.h"
#include "memlog/base/error.h"

namespace memlog::app {

Command events() {
  return {
      .name = "events",
      .summary = "every record, normalised, for jq, DuckDB and spreadsheets",
      .description = "Writes one line per record as it reads: NDJSON, or CSV with -o csv. Nothing is dropped, so the number of lines is the number "
                     "of records.",
      .options = {},
      .examples = {{"memlog events app.log | jq -c 'select(.rss_mb > 400)'", "samples above 400 MB"},
                   {"memlog events -o csv logs/ > all.csv", "a table for a spreadsheet"}},
      .run =
          [](Context& context) {
            Output output = context.common.output;
            if (!context.common.output_given) output = Output::ndjson;
            if (output != Output::ndjson && output != Output::json && output != Output::csv) throw Error("events are data: there is no text of them", "use -o ndjson, -o json or -o csv");
            EventWriter writer(output, context.out, context.room);
            ReadResult result;
            context.takes_rows = true;
            context.tells_each_name = true;
            const bool any = read_inputs(context, result, [&](const Slice& slice) { writer.fold(slice); });
            writer.finish(result);
            return any && !result.failed ? kDone : kFailed;
          },
  };
}

}  // namespace memlog::app
