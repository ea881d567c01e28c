#include "memlog/assemble/fragments.h"

#include <algorithm>

#include "memlog/base/text.h"
#include "memlog/envelope/peel.h"
#include "memlog/event/part.h"
#include "memlog/format/format.h"
#include "memlog/input/chunk_reader.h"
#include "memlog/scan/split_lines.h"

namespace memlog::assemble {

namespace {

// Where platforms cut. A shorter part is the last output of a process that ended without a line break; its stream's
// next line may be a new process' first.
constexpr std::size_t kCutAt = 16 * 1024;

constexpr std::size_t kMostOpen = 64;

bool begins_a_record(std::string_view text, EventBatch& batch) {
  Line line;
  line.text = line.message = text;
  peel(line, batch.arena);
  return line.prefixed;
}

void add_to_kind(LineCounts& counts, Parsed kind, std::int64_t n) {
  switch (kind) {
    case Parsed::event: counts.records += n; break;
    case Parsed::malformed: counts.malformed += n; break;
    case Parsed::nothing:
    case Parsed::note: counts.ignored += n; break;
  }
}

}  // namespace

void FragmentJoiner::join(EventBatch& batch) {
  constexpr std::size_t kRecent = 16;
  if (joined_.size() > kRecent) joined_.erase(joined_.begin(), joined_.end() - kRecent);
  in_.swap(batch.events);
  batch.events.clear();
  for (const Event& event : in_) {
    if (event.kind == EventKind::part && event.part == static_cast<std::uint8_t>(Part::fragment)) take(event, batch);
    else if (event.line != replaced_line_) batch.events.push_back(event);
  }
  replaced_line_ = 0;
}

void FragmentJoiner::finish(EventBatch& batch) {
  while (!open_.empty()) close(&open_.front(), batch);
}

void FragmentJoiner::next_input(std::uint16_t input) {
  for (Open& open : open_) {
    if (open.parts > 0) open.earlier_parts.emplace_back(input, open.parts);
    open.parts = 0;
  }
}

std::uint64_t FragmentJoiner::pieces_between(std::uint64_t first, std::uint64_t last) const {
  std::uint64_t pieces = 0;
  for (auto joined = joined_.rbegin(); joined != joined_.rend() && joined->line >= first; ++joined) {
    if (joined->line < last) pieces += joined->pieces;
  }
  return pieces;
}

FragmentJoiner::Open* FragmentJoiner::find(std::string_view host, char stream) {
  for (Open& open : open_) {
    if (open.stream == stream && open.host == host) return &open;
  }
  return nullptr;
}

void FragmentJoiner::take(const Event& event, EventBatch& batch) {
  const std::string_view text = batch.texts[event.context];
  const auto kind = static_cast<SplitLine>(static_cast<int>(event.rss_mb));
  Open* open = find(batch.names.text(event.host), static_cast<char>(event.delta_mb));
  if (open != nullptr && open->last_size < kCutAt && begins_a_record(text, batch)) {
    close(open, batch);
    open = nullptr;
  }
  if (kind == SplitLine::perhaps_last) {
    if (open == nullptr) return;
    forget_parse(event, batch);
  }
  if (open == nullptr) {
    start(event, batch);
    open = &open_.back();
  }
  append(*open, text);
  if (kind != SplitLine::part) close(open, batch);
}

void FragmentJoiner::start(const Event& event, EventBatch& batch) {
  if (open_.size() == kMostOpen) close(&open_.front(), batch);
  Open open;
  open.host = batch.names.text(event.host);
  open.stream = static_cast<char>(event.delta_mb);
  open.time = event.time;
  open.platform_time = event.is(flag::kPlatformTime);
  open.line = event.line + batch.line_offset;
  open_.push_back(std::move(open));
}

void FragmentJoiner::append(Open& open, std::string_view text) {
  ++open.parts;
  ++open.pieces;
  open.last_size = text.size();
  open.too_long |= open.text.size() + text.size() > ChunkReader::kLongestLine;
  if (open.too_long) open.text.clear();
  else open.text += text;
}

// The line was parsed on its own already, in case nothing came before it.
void FragmentJoiner::forget_parse(const Event& event, EventBatch& batch) {
  replaced_line_ = event.line;
  const auto told = static_cast<Parsed>(static_cast<int>(event.vms_mb));
  add_to_kind(batch.counts, told, -1);
  ++batch.counts.ignored;
  if (told == Parsed::event) {
    const auto first = std::find_if(in_.begin(), in_.end(), [&](const Event& e) {
      return e.line == event.line && !(e.kind == EventKind::part && e.part == static_cast<std::uint8_t>(Part::fragment));
    });
    if (first != in_.end()) --batch.format_lines[first->format];
  }
  std::erase_if(batch.problems, [&](const Problem& problem) { return problem.line == event.line; });
}

void FragmentJoiner::close(Open* open, EventBatch& batch) {
  Open done = std::move(*open);
  open_.erase(open_.begin() + (open - open_.data()));
  complete(done, batch);
}

// All parts were counted as ignored so far; they are what the whole is.
void FragmentJoiner::complete(Open& open, EventBatch& batch) {
  joined_.push_back({open.line, open.pieces - 1});
  if (open.too_long) {
    count_as(Parsed::malformed, open, batch);
    return;
  }
  Line line;
  line.text = line.message = batch.arena.add(trim_right(open.text));
  line.number = open.line - batch.line_offset;  // it is added again with all others
  line.host = batch.arena.add(open.host);
  line.time = open.time;
  line.platform_time = open.platform_time;
  const LineCounts before = batch.counts;
  parse_line(line, batch, options_);
  const Parsed kind = batch.counts.records > before.records       ? Parsed::event
                      : batch.counts.malformed > before.malformed ? Parsed::malformed
                                                                  : Parsed::nothing;
  batch.counts = before;
  count_as(kind, open, batch);
}

void FragmentJoiner::count_as(Parsed kind, const Open& open, EventBatch& batch) {
  batch.counts.ignored -= open.parts;
  add_to_kind(batch.counts, kind, open.parts);
  for (const auto& [input, parts] : open.earlier_parts) {
    EarlierCounts earlier{input, {}};
    earlier.counts.ignored -= parts;
    add_to_kind(earlier.counts, kind, parts);
    batch.earlier_counts.push_back(earlier);
  }
}

}  // namespace memlog::assemble
