#pragma once

#include <array>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include "memlog/event/bare_reading.h"
#include "memlog/event/clock_note.h"
#include "memlog/event/event.h"
#include "memlog/event/names.h"
#include "memlog/event/reading_columns.h"
#include "memlog/event/text_arena.h"
#include "memlog/input/chunk.h"

namespace memlog {

inline constexpr std::size_t kMaxFormats = 64;

// A line that looks like a record and cannot be read.
struct Problem {
  std::uint64_t line = 0;
  std::uint32_t column = 0;        // 0-based byte in `text`
  std::string_view expected;       // "a number after 'RSS:'"
  std::string_view text;           // the line; lives as long as the batch
  std::uint8_t format = 0;
};

// What the lines of a chunk were: each is one of the three. Signed, because the assembler may move a line from one kind
// to another whose count stands in an earlier batch: only sums over an input mean something.
struct LineCounts {
  std::int64_t lines = 0;
  std::int64_t records = 0;        // lines that are part of a record
  std::int64_t ignored = 0;
  std::int64_t malformed = 0;

  void add(const LineCounts& other) {
    lines += other.lines;
    records += other.records;
    ignored += other.ignored;
    malformed += other.malformed;
  }
};

// Lines of a file before this one in the same log, which turned out to be of another kind than they were counted as.
struct EarlierCounts {
  std::uint16_t input = 0;
  LineCounts counts;
};

// A line as it was read, for whoever wants to know what all lines were.
struct SurveyedLine {
  std::string_view text;
  std::string_view message;        // without its envelopes
  Timestamp time;
  std::uint64_t layers = 0;        // Line::layers
  std::uint64_t line = 0;
  bool ignored = false;
  bool record = false;
};

// A stream whose messages the platform may cut, and whether the last line of it in the chunk was cut.
struct SplitStream {
  std::string_view host;
  char stream = 0;
  bool open = false;
};

// Times from `from_ns` to `to_ns`, both within: Timestamp::ns of dated times without a zone.
struct TimeWindow {
  std::int64_t from_ns = std::numeric_limits<std::int64_t>::min();
  std::int64_t to_ns = std::numeric_limits<std::int64_t>::max();

  bool is_set() const { return from_ns != std::numeric_limits<std::int64_t>::min() || to_ns != std::numeric_limits<std::int64_t>::max(); }
  bool has(std::int64_t ns) const { return ns >= from_ns && ns <= to_ns; }
};

// Readings between the batch's events, behind the first `events` of them: bare ones from `begin` to `end`, or the row
// `begin` of those in columns.
struct Stretch {
  std::uint32_t events = 0;
  std::uint32_t begin = 0;
  std::uint32_t end = 0;
  bool in_columns = false;
};

// A chunk's events, problems and names.
//
// The one rule: every string_view and every index in an event (names, texts, metrics) points into this batch, and a
// batch dies after fold. Who keeps something copies it.
struct EventBatch {
  Chunk chunk;
  std::vector<Event> events;
  std::vector<BareReading> readings;  // only where they were asked for
  ReadingColumns columns;             // as well
  std::vector<Stretch> stretches;     // where both stand, in order
  std::vector<Metric> metrics;
  std::vector<std::string_view> texts;
  NameTable names{NameTable::Keep::borrow};
  TextArena arena;                 // text that does not stand in the chunk as it is
  std::vector<Problem> problems;   // the first ones; `counts.malformed` has all
  LineCounts counts;
  std::vector<EarlierCounts> earlier_counts;
  std::array<std::uint64_t, kMaxFormats> format_lines{};  // lines of records by format
  std::vector<SurveyedLine> surveyed;      // all lines, where ParseOptions::survey asks for them
  std::vector<SplitStream> split_streams;  // of the lines so far
  std::vector<ClockNote> clock_notes;      // lines that carry two clocks, as far as they tell something new
  std::vector<ClockCorrection> clock_corrections;

  std::uint64_t line_offset = 0;   // what the assembler adds to the lines of events: chunks are parsed before it is known
  bool has_parts = false;          // there are events that belong together: parts, deaths

  // Readings not above this change no answer: such lines may be counted here instead of becoming events. -1: all are
  // wanted. Set before the chunk is parsed.
  double wanted_above_mb = -1;
  std::array<std::uint64_t, kMaxFormats> sifted{};
  // Nobody asks for VMS, the system's figures and counters: they are checked, but may be left out of events. Set before
  // the chunk is parsed.
  bool rss_only = false;
  bool bare_readings = false;      // readings may become bare ones instead of events, see Analysis. Set before as well
  bool reading_columns = false;    // or stand in columns

  // Text that went through a wrong encoding. From the first line on that shows it for certain, all lines of an input are
  // tried; a chunk alone cannot know that an earlier one had such a line.
  bool repair_all = false;         // set before the chunk is parsed: it had
  bool wrongly_encoded = false;    // this chunk has
  bool repair_doubtful = false;    // a line would have been tried if it had

  static constexpr std::size_t kMaxProblems = 64;

  EventBatch() { clear(); }

  void clear() {
    events.clear();
    readings.clear();
    columns.clear();
    stretches.clear();
    metrics.clear();
    texts.assign(1, std::string_view{});
    names.clear();
    arena.clear();
    problems.clear();
    split_streams.clear();
    clock_notes.clear();
    clock_corrections.clear();
    surveyed.clear();
    counts = {};
    earlier_counts.clear();
    format_lines.fill(0);
    line_offset = 0;
    has_parts = false;
    wanted_above_mb = -1;
    sifted.fill(0);
    rss_only = false;
    bare_readings = false;
    reading_columns = false;
    repair_all = false;
    wrongly_encoded = false;
    repair_doubtful = false;
  }

  // Remembers a span of the chunk or the arena.
  TextId add_text(std::string_view text) {
    if (text.empty()) return kNoText;
    texts.push_back(text);
    return static_cast<TextId>(texts.size() - 1);
  }

  // A new bare reading behind all events so far.
  void add_reading(const BareReading& reading) {
    readings.push_back(reading);
    readings_since(readings.size() - 1);
  }

  // Readings from `begin` on were added, and no event: all of them stand behind the events so far.
  void readings_since(std::size_t begin) {
    if (begin == readings.size()) return;
    const auto end = static_cast<std::uint32_t>(readings.size());
    if (!stretches.empty() && stretches.back().events == events.size() && !stretches.back().in_columns) stretches.back().end = end;
    else stretches.push_back({static_cast<std::uint32_t>(events.size()), static_cast<std::uint32_t>(begin), end});
  }

  // Behind all events so far: what is appended to the columns next is of the day that begins at `ns`, from `line` on.
  void row_at(std::int64_t ns, std::uint32_t line) {
    if (!stretches.empty() && stretches.back().in_columns && stretches.back().events == events.size()) {
      const ReadingColumns::Row& row = columns.rows.back();
      if (row.ns == ns && row.line + (row.end - row.begin) == line) return;
    }
    stretches.push_back({static_cast<std::uint32_t>(events.size()), static_cast<std::uint32_t>(columns.rows.size()), 0, true});
    columns.rows.push_back({ns, line, columns.size(), columns.size(), 0});
  }

  // Adds a metric to the event that is being built; its metrics must be added one after the other.
  void add_metric(Event& event, NameId name, double value) {
    if (event.metrics_count == 0) event.metrics_begin = static_cast<std::uint32_t>(metrics.size());
    if (event.metrics_count == 0xffff) return;
    metrics.push_back({name, value});
    ++event.metrics_count;
  }

  // All of the chunk's records are of this format.
  bool has_only(std::uint8_t format) const { return format_lines[format] == static_cast<std::uint64_t>(counts.records); }

  std::string_view context_of(const Event& event) const { return texts[event.context]; }

  double metric_of(const Event& event, NameId name) const {
    for (std::uint32_t i = 0; i < event.metrics_count; ++i) {
      if (metrics[event.metrics_begin + i].name == name) return metrics[event.metrics_begin + i].value;
    }
    return kMissing;
  }
};

// Calls `on_readings(events, begin, end)` for each stretch of bare readings, which stand behind the first `events` events,
// and `on_row(events, row)` for each row of those in columns, in order.
template <typename OnReadings, typename OnRow>
void for_each_stretch(const EventBatch& batch, OnReadings on_readings, OnRow on_row) {
  for (const Stretch& stretch : batch.stretches) {
    if (stretch.in_columns) on_row(std::size_t{stretch.events}, ReadingRow(batch.columns, batch.columns.rows[stretch.begin]));
    else on_readings(std::size_t{stretch.events}, std::size_t{stretch.begin}, std::size_t{stretch.end});
  }
}

// Makes the batch's readings events among its events.
void expand_readings(EventBatch& batch);

}  // namespace memlog
