#include "memlog/analysis/spikes.h"

#include <memory>

#include "command.h"

namespace memlog::app {

Command spikes() {
  auto options = std::make_shared<Spikes::Options>();
  return {
      .name = "spikes",
      .summary = "sudden jumps, the operation behind each, and whether the memory came back",
      .description = "A jump is what the log's own monitor calls one, or a rise between two neighbouring readings of one process. The first reading "
                     "after a start is none. The memory has come back when the process is seen within a tenth of the jump of where it began.",
      .options = {{"--over", "SIZE", "jumps of SIZE or more (50MB)", set_size(options->over_mb, "--over")}},
      .examples = {{"memlog spikes logs/", "every jump of 50 MB or more"},
                   {"memlog spikes --over 100MB --process ForkPoolWorker-2 worker.log", "the large ones of one worker"},
                   {"memlog spikes --json app.log | jq '.spikes[] | select(.returned | not)'", "those whose memory stayed"}},
      .run =
          [options](Context& context) {
            options->in_pieces = true;
            Spikes analysis(*options);
            return answer(context, analysis);
          },
  };
}

}  // namespace memlog::app
