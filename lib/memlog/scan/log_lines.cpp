#include "memlog/scan/log_lines.h"

#include <algorithm>

#include "memlog/assemble/platform_clock.h"
#include "memlog/base/text.h"
#include "memlog/envelope/peel.h"
#include "memlog/event/part.h"
#include "memlog/input/chunk_reader.h"
#include "memlog/input/encoding.h"
#include "memlog/input/source.h"
#include "memlog/scan/clock_notes.h"
#include "memlog/scan/parse_chunk.h"

namespace memlog {

namespace {

// A reading, an alert or an operation in a list. A task that failed or a worker that was killed is a fact for memlog, but
// no memory: it is the program's own word.
bool tells_memory(const EventBatch& batch) {
  if (batch.events.empty()) return batch.counts.records > 0;
  return std::any_of(batch.events.begin(), batch.events.end(), [](const Event& event) {
    switch (event.kind) {
      case EventKind::task_failed:
      case EventKind::task_retried:
      case EventKind::kill:
      case EventKind::worker_started:
      case EventKind::worker_exited:
      case EventKind::worker_lost:
      case EventKind::time_limit: return is_known(event.rss_mb);
      case EventKind::said_start:
      case EventKind::last_words: return false;
      case EventKind::part: return event.part < static_cast<std::uint8_t>(Part::logged_error) || event.part > static_cast<std::uint8_t>(Part::exception);
      default: return true;
    }
  });
}

}  // namespace

void for_each_line(ChunkReader& reader, const std::function<void(Line&)>& on_line) {
  Chunk chunk;
  TextArena arena;
  assemble::PlatformClock clock;
  EventBatch notes;
  std::uint64_t number = 1;
  while (reader.next(chunk)) {
    std::string_view rest = chunk.text();
    number += chunk.skipped_lines;
    while (!rest.empty()) {
      Line line;
      line.text = take_until(rest, "\n");
      arena.clear();
      if (std::string repaired; repair_utf16_line(line.text, repaired)) line.text = arena.add(repaired);
      line.message = line.text = trim_right(line.text);
      line.number = number++;
      peel(line, arena);
      if (line.platform_clock.known()) {
        note_clocks(line, notes);
        clock.end(notes);
        notes.clock_notes.clear();
      } else if (line.platform_time) {
        clock.correct(line.time, line.host);
      }
      on_line(line);
    }
    number += chunk.skipped_after;
  }
}

void for_each_line(const std::string& path, const std::function<void(const Line&, bool)>& on_line) {
  ChunkReader reader(open_named(path));
  TextArena arena;
  EventBatch batch;
  Timestamp now;
  for_each_line(reader, [&](Line& line) {
    Line parsed = line;
    if (has_layer(line.layers, Layer::app_json)) {
      // What a record in JSON says of memory stands in its message, in front of the traceback.
      parsed = {};
      std::string_view message = line.message;
      parsed.text = parsed.message = take_until(message, "\n");
    }
    if (line.time.known() && (line.time.dated || line.time.yearless)) now = line.time;
    else line.time = now;
    batch.clear();
    parse_line(parsed, batch, {});
    on_line(line, tells_memory(batch));
  });
}

}  // namespace memlog
