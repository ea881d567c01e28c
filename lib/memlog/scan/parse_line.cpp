#include "memlog/scan/parse_line.h"

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "memlog/base/error.h"
#include "memlog/base/suggest.h"
#include "memlog/base/text.h"
#include "memlog/envelope/peel.h"
#include "memlog/event/part.h"
#include "memlog/format/format.h"
#include "memlog/scan/split_lines.h"

namespace memlog {

namespace {

// Which formats can have a message that begins with a byte, decoration skipped: bit i for formats()[i].
std::array<std::uint64_t, 256> formats_by_first_byte() {
  std::array<std::uint64_t, 256> table{};
  const auto all = formats();
  for (std::size_t i = 0; i < all.size(); ++i) {
    const std::uint64_t bit = std::uint64_t{1} << i;
    if (all[i]->first_bytes.empty()) {
      for (auto& bits : table) bits |= bit;
    }
    for (const char c : all[i]->first_bytes) table[static_cast<unsigned char>(c)] |= bit;
  }
  return table;
}

// What all formats leave behind alike: their number in events and problems, and the record's own line.
void mark(std::size_t format, Parsed parsed, std::size_t events_before, std::size_t problems_before, const Line& line, EventBatch& batch,
          const ParseOptions& options) {
  for (std::size_t e = events_before; e < batch.events.size(); ++e) {
    batch.events[e].format = static_cast<std::uint8_t>(format);
    if (options.keep_raw) batch.events[e].raw = batch.add_text(line.text);
  }
  for (std::size_t p = problems_before; p < batch.problems.size(); ++p) batch.problems[p].format = static_cast<std::uint8_t>(format);
  if (parsed == Parsed::event) ++batch.format_lines[format];
}

Parsed try_user_formats(const Line& line, EventBatch& batch, const ParseOptions& options) {
  for (std::size_t i = 0; i < options.user->size(); ++i) {
    const std::size_t number = formats().size() + i;
    if ((options.formats >> number & 1) == 0) continue;
    const std::size_t events_before = batch.events.size();
    const std::size_t problems_before = batch.problems.size();
    const Parsed parsed = (*options.user)[i].parse(line, batch);
    if (parsed == Parsed::nothing) continue;
    mark(number, parsed, events_before, problems_before, line, batch, options);
    return parsed;
  }
  return Parsed::nothing;
}

Parsed try_formats(const Line& line, EventBatch& batch, const ParseOptions& options) {
  static const std::array<std::uint64_t, 256> by_first_byte = formats_by_first_byte();
  // A platform's time with nothing behind it may be what `date -Is` printed.
  constexpr std::size_t kTimeAlone = 40;
  if (line.message.empty() && line.platform_time && line.host.empty() && !line.text.empty() && line.text.size() < kTimeAlone) {
    Line alone = line;
    alone.message = line.text;
    return try_formats(alone, batch, options);
  }
  if (options.user != nullptr) {
    if (const Parsed parsed = try_user_formats(line, batch, options); parsed != Parsed::nothing) return parsed;
  }
  const unsigned char first = line.message.empty() ? 0 : static_cast<unsigned char>(line.message.front());
  std::uint64_t candidates = by_first_byte[first] & options.formats;
  while (candidates != 0) {
    const auto i = static_cast<std::size_t>(__builtin_ctzll(candidates));
    candidates &= candidates - 1;
    const std::size_t events_before = batch.events.size();
    const std::size_t problems_before = batch.problems.size();
    const Format& format = *formats()[i];
    // Formats with first bytes may look at the front of the message without asking whether there is one.
    if (line.message.empty() && !format.first_bytes.empty()) continue;
    const Parsed parsed = format.parse(line, batch);
    if (parsed == Parsed::nothing) continue;
    mark(i, parsed, events_before, problems_before, line, batch, options);
    return parsed;
  }
  return Parsed::nothing;
}

// A message with line breaks in it: its further lines have no prefix of their own. One of them that is a record makes
// the line one.
Parsed parse_several(const Line& line, EventBatch& batch, const ParseOptions& options) {
  Parsed all = Parsed::nothing;
  std::string_view rest = line.message;
  Line one = line;
  while (!rest.empty()) {
    one.message = trim_right(take_until(rest, "\n"));
    const std::size_t events_before = batch.events.size();
    const Parsed parsed = try_formats(one, batch, options);
    if (parsed == Parsed::event && all == Parsed::event) {
      for (std::size_t e = events_before; e < batch.events.size(); ++e) batch.events[e].flags |= flag::kSameLine;
    }
    if (parsed == Parsed::event || all == Parsed::nothing) all = parsed;
    one.prefixed = false;
  }
  return all;
}

void count(Parsed parsed, LineCounts& counts) {
  ++counts.lines;
  switch (parsed) {
    case Parsed::event: ++counts.records; break;
    case Parsed::malformed: ++counts.malformed; break;
    case Parsed::nothing:
    case Parsed::note: ++counts.ignored; break;
  }
}

}  // namespace

std::uint64_t format_bits(std::string_view name, const std::vector<UserFormat>* user) {
  if (name.empty()) return ~std::uint64_t{0};
  for (std::size_t i = 0; user != nullptr && i < user->size(); ++i) {
    if ((*user)[i].name() == name) return std::uint64_t{1} << (formats().size() + i);
  }
  const int at = find_format(name);
  if (at < 0) {
    std::vector<std::string_view> known;
    for (const Format* format : formats()) known.push_back(format->name);
    for (std::size_t i = 0; user != nullptr && i < user->size(); ++i) known.push_back((*user)[i].name());
    const std::string_view near = suggest(name, known);
    throw Error("unknown format '" + std::string(name) + "'" + (near.empty() ? "" : "; did you mean '" + std::string(near) + "'?"),
                "'memlog formats' lists them");
  }
  std::uint64_t bits = std::uint64_t{1} << at;
  if (const int inner = find_format(formats()[static_cast<std::size_t>(at)]->contains); inner >= 0) bits |= std::uint64_t{1} << inner;
  return bits;
}

namespace {

// A further line of a message behind the name of its container or process: `my_app | ├─ RAM Usage: …`. Any text may begin
// like this, so the name is believed only where a part of a record stands behind it.
Parsed try_behind_name(Line& line, EventBatch& batch, const ParseOptions& options) {
  Line inner = line;
  if (!peel_name(inner)) return Parsed::nothing;
  const std::size_t events = batch.events.size();
  const std::size_t problems = batch.problems.size();
  const auto format_lines = batch.format_lines;
  const Parsed parsed = try_formats(inner, batch, options);
  const bool part = parsed == Parsed::event && batch.events.size() == events + 1 && batch.events.back().kind == EventKind::part;
  if (part) {
    line = inner;
    return parsed;
  }
  batch.events.resize(events);
  batch.problems.resize(problems);
  batch.format_lines = format_lines;
  return Parsed::nothing;
}

void parse_peeled(Line& line, EventBatch& batch, const ParseOptions& options) {
  if (line.several) {
    count(parse_several(line, batch, options), batch.counts);
    return;
  }
  const SplitLine split = line.stream == 0 ? SplitLine::whole : note_split(line, batch);
  if (split == SplitLine::part || split == SplitLine::last) {
    count(Parsed::nothing, batch.counts);
    return;
  }
  const std::size_t noted = batch.events.size() - 1;
  Parsed parsed = line.prefixed ? Parsed::nothing : try_behind_name(line, batch, options);
  if (parsed == Parsed::nothing) parsed = try_formats(line, batch, options);
  if (split == SplitLine::perhaps_last) batch.events[noted].vms_mb = static_cast<double>(parsed);
  count(parsed, batch.counts);
}

}  // namespace

void parse_line(Line& line, EventBatch& batch, const ParseOptions& options) {
  peel(line, batch.arena);
  const LineCounts before = batch.counts;
  parse_peeled(line, batch, options);
  if (!options.survey) return;
  // Pieces count as ignored until they are joined.
  const bool piece = line.stream != 0 && !batch.events.empty() && batch.events.back().kind == EventKind::part &&
                     batch.events.back().part == static_cast<std::uint8_t>(Part::fragment) && batch.events.back().line == line.number &&
                     batch.events.back().rss_mb != static_cast<double>(SplitLine::perhaps_last);
  batch.surveyed.push_back(
      {line.text, line.message, line.time, line.layers, line.number, !piece && batch.counts.ignored > before.ignored, batch.counts.records > before.records});
}

}  // namespace memlog
