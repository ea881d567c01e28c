#include "memlog/assemble/records.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <string_view>
#include <utility>

#include "memlog/assemble/bare_rows.h"
#include "memlog/assemble/batch_names.h"
#include "memlog/assemble/clock.h"
#include "memlog/assemble/death_builder.h"
#include "memlog/assemble/fragments.h"
#include "memlog/assemble/host_blocks.h"
#include "memlog/assemble/last_samples.h"
#include "memlog/assemble/ordered_readings.h"
#include "memlog/assemble/platform_clock.h"
#include "memlog/assemble/tracebacks.h"
#include "memlog/base/text.h"
#include "memlog/format/format.h"

namespace memlog {

namespace {

// From the empty message in front of a report to its title.
constexpr std::uint64_t kLeadLines = 3;

}  // namespace

class Assembler::Impl {
 public:
  Impl(RunNames& names, Options options)
      : options_(options), fragments_(options.parse), clock_(options.date, options.modified), names_(names, options.tasks != nullptr ? *options.tasks : names), deaths_(names.processes), files_{{options.input, 0}} {}

  void next_input(const Options& options, std::uint64_t lines) {
    fragments_.next_input(options_.input);
    clock_.next_file(options.date, options.modified);
    options_ = options;
    files_.push_back({options.input, lines});
  }

  std::int64_t last_time() const { return clock_.last_time(); }

  void look_ahead(const EventBatch& batch) { platform_clock_.look_ahead(batch); }

  Place place(std::uint64_t line) const {
    // A record goes back to the file before, rarely further.
    std::size_t i = files_.size() - 1;
    while (i > 0 && line <= files_[i].lines_before) --i;
    return {files_[i].input, line - files_[i].lines_before};
  }

  void assemble(EventBatch& batch) {
    const bool simple = !batch.has_parts && idle() && deaths_.idle();
    if (!simple || !batch.split_streams.empty() || knows_limit(batch)) expand_readings(batch);
    if (!batch.split_streams.empty()) fragments_.join(batch);
    begin(batch);
    if (!batch.has_parts && idle() && deaths_.idle()) {
      pass_all(batch);
      platform_clock_.end(batch);
      batch_ = nullptr;
      return;
    }
    take_all(batch);
    end(batch);
  }

  void finish(EventBatch& batch) {
    fragments_.finish(batch);
    begin(batch);
    take_all(batch);
    blocks_.finish();
    deaths_.finish();
    ordered_.flush();
    end(batch);
  }

 private:
  void take_all(EventBatch& batch) {
    for (Event& event : batch.events) {
      localise(event, batch);
      if (event.part == static_cast<std::uint8_t>(Part::mprof_reading) && event.kind == EventKind::sample) {
        event.part = 0;
        pass_record(event);
        ordered_.take(event);
        continue;
      }
      if (!ordered_.idle()) ordered_.flush();
      if (!deaths_.idle()) deaths_.pass(event);
      if (event.kind == EventKind::part) take_part(event, batch);
      else take_record(event);
    }
  }

  void begin(EventBatch& batch) {
    out_.clear();
    out_.reserve(std::min(batch.events.size(), kFew));
    names_.begin(batch);
    bare_rows_.begin(batch);
    batch_ = &batch;
    blocks_.set_output(&batch, &out_);
    deaths_.set_output(&batch, &out_);
    ordered_.set_output(&batch, &out_);
  }

  void end(EventBatch& batch) {
    for (Event& event : out_) {
      samples_.settle(event);
      put_in_place(event);
    }
    platform_clock_.end(batch);
    batch.events.swap(out_);
    // A few are not worth keeping: a thousand logs may be open.
    if (out_.capacity() <= kFew) out_ = std::vector<Event>();
    batch_ = nullptr;
  }

  // Records are given their host's limit: bare readings have no place for it.
  bool knows_limit(const EventBatch& batch) const {
    if (batch.stretches.empty()) return false;
    return limit_stated_ || std::any_of(batch.events.begin(), batch.events.end(), [](const Event& event) { return is_known(event.limit_mb); }) ||
           blocks_.any_limit();
  }

  void pass_all(EventBatch& batch) {
    std::size_t from = 0;
    for_each_stretch(
        batch,
        [&](std::size_t events, std::size_t begin, std::size_t end) {
          pass_events(batch, from, events);
          pass_first(batch.readings[begin], batch);
          bare_rows_.pass(batch, begin, end, names_, samples_);
          from = events;
        },
        [&](std::size_t events, const ReadingRow& row) {
          pass_events(batch, from, events);
          bare_rows_.name_labels(batch.columns, row.learned(), names_);
          pass_named(row.event(0), batch);
          const std::size_t last = row.size() - 1;
          samples_.note(batch.columns.process, row[last], names_.is_merged(row.task(last)) ? name_hash(row.task_name(last)) : 0);
          from = events;
        });
    pass_events(batch, from, batch.events.size());
  }

  // Where all are ordinary readings, the first one stands for what they do to anything around them.
  void pass_first(const BareReading& reading, EventBatch& batch) {
    Event first = event_of(reading);
    localise(first, batch);
    pass_record(first);
  }

  // The same of one that has the run's names.
  void pass_named(Event first, const EventBatch& batch) {
    first.input = options_.input;
    first.line += batch.line_offset;
    clock_.settle(first);
    pass_record(first);
  }

  void put_in_place(Event& event) const {
    const Place at = place(event.line);
    event.input = at.input;
    event.line = at.line;
  }

  // Records of one line and nothing open before them: they stay where they are. Most are ordinary readings of the
  // process before; of these only the last one can matter to a later event.
  void pass_events(EventBatch& batch, std::size_t begin, std::size_t end) {
    const Event* last = nullptr;
    std::uint64_t last_key = 0;
    ProcessId process_id = 0;
    NameId host_id = kNoName;
    for (std::size_t i = begin; i < end; ++i) {
      Event& event = batch.events[i];
      const std::uint64_t key = (static_cast<std::uint64_t>(event.host) << 32) | event.process;
      const bool ordinary = (event.flags & (flag::kSample | flag::kRepeats | flag::kWholeBlock | flag::kPlatformTime)) == flag::kSample && event.kind != EventKind::report &&
                            event.time.dated && event.time.known() && event.metrics_count == 0 && !limit_stated_;
      if (ordinary && last != nullptr && key == last_key) {
        names_.name_task(event, batch);
        event.process = process_id;
        event.host = host_id;
        event.input = options_.input;
        event.line += batch.line_offset - files_.back().lines_before;
        last = &event;
        continue;
      }
      if (last != nullptr) samples_.note(*last);
      last = nullptr;
      localise(event, batch);
      pass_record(event);
      samples_.settle(event);
      put_in_place(event);
      limit_stated_ |= is_known(event.limit_mb);
      if (ordinary && !limit_stated_) {
        last = &event;
        last_key = key;
        process_id = event.process;
        host_id = event.host;
      }
    }
    if (last != nullptr) samples_.note(*last);
  }

  bool idle() const { return ordered_.idle() && blocks_.idle(); }

  // From the batch's numbers to the run's, and from a time of day to a full time.
  void localise(Event& event, EventBatch& batch) {
    const std::uint64_t line = event.line;
    const NameId host = event.host;
    names_.name_task(event, batch);
    for (std::uint32_t i = 0; i < event.metrics_count; ++i) {
      Metric& metric = batch.metrics[event.metrics_begin + i];
      metric.name = names_.few(metric.name);
    }
    event.process = names_.process(event.host, event.process);
    event.host = names_.host(event.host);
    event.input = options_.input;
    event.line += batch.line_offset;
    if (event.format == celery_ && event.is(flag::kShutdown | flag::kPlatformTime) && clock_.application_writes_times(event.host)) {
      // What Celery prints past its logger has no time of its own, however it is wrapped.
      event.time = {};
      event.flags = static_cast<std::uint16_t>(event.flags & ~flag::kPlatformTime);
    }
    if (event.is(flag::kPlatformTime)) platform_clock_.correct(event, line, batch.names.text(host), batch);
    if (event.time.known()) clock_.settle(event);
  }

  // psrecord's numbers are readings only under its heading; their time counts from its start.
  bool take_psrecord(const Event& part) {
    if (!psrecord_) return false;
    Event event = part;
    event.kind = EventKind::sample;
    event.part = 0;
    event.time = {};
    event.time.ns = static_cast<std::int64_t>(std::llround(part.delta_mb * 1e3)) * 1'000'000;
    event.time.digits = 3;
    event.time.dated = false;
    event.delta_mb = kMissing;
    event.flags = flag::kRecord | flag::kSample;
    out_.push_back(event);
    return true;
  }

  void take_part(const Event& event, EventBatch& batch) {
    const auto part = static_cast<Part>(event.part);
    if (part == Part::time_line || part == Part::report_lead) stamp_ = event.time;
    if (part == Part::time_line) return;
    if (part == Part::journal_head) {
      clock_.ends_by(static_cast<std::int64_t>(event.delta_mb));
      return;
    }
    if (part >= Part::oom_invoked && part <= Part::state_time_before) {
      // A state's time lets a death go out that waited for it: the reading before it, whose lines may go on, comes first.
      if (part == Part::state_time_behind && !blocks_.empty()) blocks_.of(event.host).before_record(event);
      if (part == Part::pod_word) deaths_.take_word(event);
      else deaths_.take(event);
      return;
    }
    if (part >= Part::logged_error && part <= Part::exception) {
      Event words = event;
      if (!tracebacks_.take(words)) return;
      pass_record(words);
      out_.push_back(words);
      return;
    }
    if (part == Part::psrecord_header) {
      psrecord_ = true;
      return;
    }
    if (part == Part::psrecord_row && take_psrecord(event)) return;
    const bool lead = part == Part::report_lead;
    const std::uint64_t lead_line = lead_line_;
    if (lead) lead_line_ = event.line;
    // Lines that a platform has cut count once.
    const bool led = part == Part::report_title && lead_line != 0 && event.line <= lead_line + kLeadLines + fragments_.pieces_between(lead_line, event.line);
    if (led) {
      LineCounts& counts = counts_at(lead_line, batch);
      ++counts.records;
      --counts.ignored;
    }
    Event taken = event;
    if (led && event.line > lead_line + kLeadLines) taken.line = lead_line + kLeadLines;
    if (blocks_.of(event.host).take(taken) || lead) return;
    if (event.is(flag::kSameLine)) return;
    // Words that a record uses, but not in one: somebody else's line.
    --batch.counts.records;
    ++batch.counts.ignored;
    --batch.format_lines[event.format];
  }

  // The counts of the file that has the line.
  LineCounts& counts_at(std::uint64_t line, EventBatch& batch) const {
    const Place at = place(line);
    if (at.input == options_.input) return batch.counts;
    batch.earlier_counts.push_back({at.input, {}});
    return batch.earlier_counts.back().counts;
  }

  void take_record(Event& event) {
    if (event.is(flag::kDeath)) {
      if (deaths_.says_why(event)) return;
      if (deaths_.is_told(event)) {
        tell_again(event);
        return;
      }
      if (deaths_.holds(event)) return;
    }
    if (event.part != 0 && !is_death(event.kind) && deaths_.holds(event)) return;
    // Where lines have times, one without is a further line of a message: an exception that quotes a record.
    if (event.format == celery_ && !event.time.known() && !event.is(flag::kShutdown) && clock_.application_writes_times(event.host)) {
      if (!event.is(flag::kRecord)) return;
      --batch_->counts.records;
      ++batch_->counts.ignored;
      --batch_->format_lines[event.format];
      return;
    }
    pass_record(event);
    out_.push_back(event);
  }

  // Another word about a death that is told already is evidence, and no event of its own.
  void tell_again(Event event) {
    if (!event.time.known() || event.part != 0 || (event.kind != EventKind::kill && event.kind != EventKind::oom_kill)) return;
    const auto why = event.kind == EventKind::oom_kill ? flag::kCritical : 0;
    event.kind = EventKind::kill_hint;
    event.flags = static_cast<std::uint16_t>((event.flags & flag::kPlatformTime) | flag::kRepeats | why);
    out_.push_back(event);
  }

  void pass_record(Event& event) {
    if (event.kind == EventKind::said_start && tracebacks_.is_behind_error(event)) event.flags |= flag::kCritical;
    if (!event.time.known() && event.format == samplers_) event.time = stamp_;
    if (event.is(flag::kWholeBlock)) {
      event.flags = static_cast<std::uint16_t>(event.flags & ~flag::kWholeBlock);
      assemble::BlockBuilder& builder = blocks_.of(event.host);
      builder.before_tree();
      if (!is_known(event.limit_mb)) event.limit_mb = builder.limit_mb();
    } else if (!blocks_.empty()) {
      assemble::BlockBuilder& builder = blocks_.of(event.host);
      builder.before_record(event);
      if (!is_known(event.limit_mb)) event.limit_mb = builder.limit_mb();
    } else if (event.is(flag::kRecord)) {
      blocks_.of(event.host).before_record(event);
    }
  }

  Options options_;
  assemble::FragmentJoiner fragments_;
  assemble::Clock clock_;
  assemble::PlatformClock platform_clock_;
  assemble::BatchNames names_;
  assemble::LastSamples samples_;
  assemble::DeathBuilder deaths_;
  assemble::OrderedReadings ordered_;
  assemble::Tracebacks tracebacks_;
  struct File {
    std::uint16_t input = 0;
    std::uint64_t lines_before = 0;  // in the files of the log before it
  };
  std::vector<File> files_;
  Timestamp stamp_;                            // of the last line that was only a time: samplers' rows have none
  bool psrecord_ = false;
  int samplers_ = find_format("samplers");
  int celery_ = find_format("celery");
  EventBatch* batch_ = nullptr;
  static constexpr std::size_t kFew = 64;
  std::vector<Event> out_;
  assemble::BareRows bare_rows_;
  assemble::HostBlocks blocks_;
  std::uint64_t lead_line_ = 0;
  bool limit_stated_ = false;      // some host's records are given its limit
};

Assembler::Assembler(RunNames& names, Options options) : impl_(std::make_unique<Impl>(names, options)) {}
Assembler::~Assembler() = default;
Assembler::Assembler(Assembler&&) noexcept = default;
void Assembler::look_ahead(const EventBatch& batch) { impl_->look_ahead(batch); }
void Assembler::assemble(EventBatch& batch) { impl_->assemble(batch); }
void Assembler::next_input(const Options& options, std::uint64_t lines) { impl_->next_input(options, lines); }
Assembler::Place Assembler::place(std::uint64_t line) const { return impl_->place(line); }
std::int64_t Assembler::last_time() const { return impl_->last_time(); }
void Assembler::finish(EventBatch& batch) { impl_->finish(batch); }

}  // namespace memlog
