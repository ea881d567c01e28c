#include "memlog/scan/log_lines.h"

#include "memlog/base/text.h"
#include "memlog/envelope/peel.h"
#include "memlog/input/chunk_reader.h"
#include "memlog/input/source.h"
#include "memlog/scan/parse_chunk.h"

namespace memlog {

void for_each_line(ChunkReader& reader, const std::function<void(Line&)>& on_line) {
  Chunk chunk;
  TextArena arena;
  std::uint64_t number = 1;
  while (reader.next(chunk)) {
    std::string_view rest = chunk.text();
    number += chunk.skipped_lines;
    while (!rest.empty()) {
      Line line;
      line.text = trim_right(take_until(rest, "\n"));
      line.message = line.text;
      line.number = number++;
      arena.clear();
      peel(line, arena);
      on_line(line);
    }
    number += chunk.skipped_after;
  }
}

void for_each_line(const std::string& path, const std::function<void(const Line&, bool)>& on_line) {
  ChunkReader reader(open_named(path));
  EventBatch batch;
  Timestamp now;
  for_each_line(reader, [&](Line& line) {
    if (line.time.known() && line.time.dated) now = line.time;
    else line.time = now;
    batch.clear();
    Line parsed = line;
    parse_line(parsed, batch, {});
    on_line(line, batch.counts.records > 0 || !batch.events.empty());
  });
}

}  // namespace memlog
