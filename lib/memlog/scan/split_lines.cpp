#include "memlog/scan/split_lines.h"

#include "memlog/format/format.h"

namespace memlog {

namespace {

SplitLine classify(const Line& line, EventBatch& batch) {
  for (SplitStream& known : batch.split_streams) {
    if (known.stream != line.stream || known.host != line.split_host) continue;
    const bool was_open = known.open;
    known.open = line.fragment;
    return line.fragment ? SplitLine::part : was_open ? SplitLine::last : SplitLine::whole;
  }
  // A file that mixes more streams than this is joined within its chunks only.
  constexpr std::size_t kMostStreams = 64;
  if (batch.split_streams.size() == kMostStreams) return line.fragment ? SplitLine::part : SplitLine::whole;
  batch.split_streams.push_back({line.split_host, line.stream, line.fragment});
  return line.fragment ? SplitLine::part : SplitLine::perhaps_last;
}

}  // namespace

SplitLine note_split(const Line& line, EventBatch& batch) {
  const SplitLine split = classify(line, batch);
  if (split == SplitLine::whole) return split;
  Event event = detail::part_from(line, Part::fragment, batch);
  event.process = kNoName;  // what the joined text says counts
  event.host = batch.names.intern(line.split_host);
  event.rss_mb = static_cast<double>(split);
  event.delta_mb = static_cast<double>(line.stream);
  event.context = batch.add_text(line.split);
  batch.events.push_back(event);
  return split;
}

}  // namespace memlog
