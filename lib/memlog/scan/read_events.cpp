#include "memlog/scan/read_events.h"

#include <algorithm>
#include <limits>
#include <numeric>

#include "memlog/assemble/copies.h"
#include "memlog/assemble/cut_records.h"
#include "memlog/assemble/repeats.h"
#include "memlog/assemble/timeline.h"
#include "memlog/assemble/told_deaths.h"
#include "memlog/base/error.h"
#include "memlog/base/text.h"
#include "memlog/envelope/peel.h"
#include "memlog/format/format.h"
#include "memlog/scan/file_order.h"
#include "memlog/scan/overlap.h"

namespace memlog {

namespace {

// A log that begins in the middle of a block shows no more than this many of its records cut.
constexpr std::size_t kCutAtFront = 3;

// Records that come next, among which the whole of one that was cut is looked for.
constexpr std::size_t kLookAhead = 64;

constexpr std::int64_t kNever = std::numeric_limits<std::int64_t>::max();

std::int64_t of_day(std::int64_t ns) {
  const std::int64_t rest = ns % kNanosPerDay;
  return rest < 0 ? rest + kNanosPerDay : rest;
}

// Decides for each event whether the user asked for it; names are matched once each.
class Selector {
 public:
  Selector(const Filter& filter, std::optional<std::int64_t> last) : filter_(filter) {
    since_ = resolve(filter.since, last);
    until_ = resolve(filter.until, last);
  }

  // The window, where it is one of dates and times without a zone; what quick readers may leave out.
  TimeWindow window() const {
    TimeWindow window;
    const auto is_plain = [](const TimeBound& bound) { return bound.kind == TimeBound::Kind::before_last || (bound.kind == TimeBound::Kind::absolute && !bound.zoned); };
    if (is_plain(filter_.since)) window.from_ns = since_;
    if (is_plain(filter_.until)) window.to_ns = until_;
    return window;
  }

  // Outside the time window events do not exist for an answer at all.
  bool in_time(const Event& event) const {
    if (filter_.since.kind == TimeBound::Kind::none && filter_.until.kind == TimeBound::Kind::none) return true;
    if (!event.time.known()) return false;
    const bool utc = event.time.zone_minutes != Timestamp::kNoZone;
    const std::int64_t ns = local(event.time);
    const std::int64_t for_since = is_moment(filter_.since) && utc ? event.time.ns : ns;
    const std::int64_t for_until = is_moment(filter_.until) && utc ? event.time.ns : ns;
    const bool day_since = filter_.since.kind == TimeBound::Kind::of_day;
    const bool day_until = filter_.until.kind == TimeBound::Kind::of_day;
    const bool after = filter_.since.kind == TimeBound::Kind::none || (day_since ? of_day(ns) : for_since) >= since_;
    const bool before = filter_.until.kind == TimeBound::Kind::none || (day_until ? of_day(ns) : for_until) <= until_;
    // `--since 23:00 --until 01:00` is the night.
    if (day_since && day_until && since_ > until_) return after || before;
    return after && before;
  }

  bool selected(const Event& event, const RunNames& names) {
    // Starts, kills and other facts about a process carry no task: a filter on tasks is not about them.
    const bool of_process = event.task == kNoName && !event.is(flag::kSample) && event.kind != EventKind::operation &&
                            event.kind != EventKind::snapshot && event.kind != EventKind::gc;
    if (of_process) return !filter_.process || cached(process_, event.process, [&] { return filter_.process->matches(names.processes.full_name(event.process)); });
    if (filter_.task && !cached(task_, event.task, [&] { return filter_.task->matches(names.names.text(event.task)); })) return false;
    if (filter_.not_task && cached(not_task_, event.task, [&] { return filter_.not_task->matches(names.names.text(event.task)); })) return false;
    if (filter_.process && !cached(process_, event.process, [&] { return filter_.process->matches(names.processes.full_name(event.process)); })) return false;
    return true;
  }

 private:
  // The clock that the log shows: users give the times that they read there.
  static std::int64_t local(const Timestamp& time) {
    return time.zone_minutes == Timestamp::kNoZone ? time.ns : time.ns + time.zone_minutes * 60 * kNanosPerSecond;
  }

  // A bound that is no clock's digits: given with its zone, or counted from the last record, whose zone is known.
  static bool is_moment(const TimeBound& bound) { return bound.zoned || bound.kind == TimeBound::Kind::before_last; }

  static std::int64_t resolve(const TimeBound& bound, std::optional<std::int64_t> last) {
    if (bound.kind != TimeBound::Kind::before_last) return bound.ns;
    return last.value_or(0) - bound.ns;
  }

  template <typename Match>
  static bool cached(std::vector<signed char>& cache, std::uint32_t id, Match match) {
    if (id >= cache.size()) cache.resize(id + 1, -1);
    if (cache[id] < 0) cache[id] = match() ? 1 : 0;
    return cache[id] == 1;
  }

  const Filter& filter_;
  std::int64_t since_ = 0;
  std::int64_t until_ = 0;
  std::vector<signed char> task_;
  std::vector<signed char> not_task_;
  std::vector<signed char> process_;
};

// An input that is being merged.
struct Open {
  std::unique_ptr<InputStream> stream;
  EventBatch* batch = nullptr;
  std::size_t at = 0;
  MergeClock clock;
  std::size_t index = 0;   // of the file that is read

  bool over = false;       // the batch is the log's last
  std::size_t first_events = 0;  // that have been looked at for being cut at the log's beginning

  std::int64_t head() const {
    MergeClock ahead = clock;
    return ahead.place(batch->events[at]);
  }
};

[[noreturn]] void throw_malformed(const InputSummary& input) {
  const ShownProblem& problem = input.problems.front();
  const std::string number = std::to_string(problem.line);
  throw Error(input.path + ":" + number + ": expected " + problem.expected + "\n  " + number + " | " + problem.text + "\n  " +
                  std::string(number.size(), ' ') + " | " + std::string(problem.column, ' ') + "^",
              "without --strict such lines are skipped and counted");
}

class Merger {
 public:
  Merger(const InputList& list, const ReadOptions& options, ReadResult& result, const std::function<void(const Slice&)>& on_slice)
      : inputs_(settle_years(list.inputs, options.stream)),
        options_(options),
        result_(result),
        on_slice_(on_slice),
        pool_(std::max<std::size_t>(options.threads, 1)),
        alone_(list.inputs.size() == 1 && !options.filter.any()),
        sifting_(alone_ && options.wanted_above_mb),
        selector_(options.filter, last_of_all()) {}

  void run() {
    order();
    if (alone_) {
      for (open_next(); !open_.empty();) deliver_whole(open_.back());
      return;
    }
    for (;;) {
      const std::size_t at = earliest();
      const std::int64_t head = at < open_.size() ? open_[at].head() : kNever;
      // The last record of a log may have been cut: the one that begins with it has the whole.
      const bool shared = head != kNever && files_.size() > next_ && files_[next_].start == head && open_[at].over;
      if (next_ < files_.size() && (head == kNever || files_[next_].start < head || shared)) {
        open_next();
        continue;
      }
      if (at == open_.size()) break;
      deliver(open_[at], limit_for(at));
      if (open_[at].batch == nullptr) open_.erase(open_.begin() + static_cast<std::ptrdiff_t>(at));
    }
  }

 private:
  std::optional<std::int64_t> last_of_all() const {
    const bool asked = options_.filter.since.kind == TimeBound::Kind::before_last || options_.filter.until.kind == TimeBound::Kind::before_last;
    std::optional<std::int64_t> last;
    if (!asked) return last;
    for (const InputPath& path : inputs_) {
      if (path.once) throw Error("a time before the last record needs a file: standard input or a pipe can be read only once", "save it first, or give a date and time");
      if (const auto of_input = last_time(path, options_.stream)) last = std::max(last.value_or(*of_input), *of_input);
    }
    return last;
  }

  void order() {
    files_ = order_files(inputs_, options_.stream);
    result_.inputs.resize(files_.size());
    log_of_.resize(files_.size());
    std::iota(log_of_.begin(), log_of_.end(), std::size_t{0});
    for (std::size_t i = 0; i < files_.size(); ++i) result_.inputs[i].path = path(i).path;
    for (std::size_t i = 0; i < files_.size(); ++i) {
      if (files_[i].follows && !same_clock(i, *files_[i].follows)) files_[i].follows.reset();
    }
    pass_followers();
  }

  const InputPath& path(std::size_t index) const { return inputs_[files_[index].at]; }

  // Files that go on where another one ends are opened then.
  void pass_followers() {
    while (next_ < files_.size() && files_[next_].follows) ++next_;
  }

  void open_next() {
    const std::size_t index = next_++;
    pass_followers();
    InputStream::Options stream = options_.stream;
    // Inputs that overlap share the memory of one.
    constexpr std::size_t kSmallest = 32 << 10;
    if (!open_.empty()) stream.chunk_size = std::max(std::min(kSmallest, stream.chunk_size), stream.chunk_size / (open_.size() + 1));
    stream.pool = &pool_;
    stream.parse.bare_readings &= alone_;
    // What one log tells may matter to another, even from outside the window.
    if (files_.size() == 1) stream.parse.window = selector_.window();
    // One with the consumer, one done, and one in each thread's hands.
    stream.ahead = pool_.threads() == 1 ? 1 : open_.empty() ? pool_.threads() + 2 : 2;
    Open open;
    open.index = index;
    open.stream = std::make_unique<InputStream>(path(index), static_cast<std::uint16_t>(index), result_.names, stream);
    open_.push_back(std::move(open));
    advance(open_.back());
    if (open_.back().batch == nullptr) open_.pop_back();
  }

  // To the log's next batch, in this file or the one that goes on where it ends, or to the log's end.
  void advance(Open& open) {
    open.at = 0;
    if (open.over) {
      open.batch = nullptr;
      return;
    }
    for (;;) {
      if (sifting_) open.stream->raise_wanted_above(options_.wanted_above_mb());
      open.batch = open.stream->next();
      if (options_.strict && !open.stream->summary().problems.empty()) throw_malformed(open.stream->summary());
      if (open.batch != nullptr) break;
      const std::size_t next = follower_of(open);
      if (next == files_.size()) {
        open.batch = open.stream->finish();
        open.over = true;
        break;
      }
      keep_summary(open);
      files_[next].formats |= files_[open.index].formats;
      files_[next].platform_time |= files_[open.index].platform_time;
      // What two logs of one program both tell counts once, what one log tells twice counts twice.
      if (files_[next].follows == open.index || files_[next].repeated_lines > 0 || alike(path(open.index), path(next))) log_of_[next] = log_of_[open.index];
      if (files_[next].repeated_lines > 0) result_.inputs[next].repeats = result_.inputs[open.index].path;
      open.index = next;
      open.stream->go_on(path(next), static_cast<std::uint16_t>(next), files_[next].repeated_lines);
    }
    if (open.batch != nullptr) add_sifted(*open.batch, result_.inputs[open.index]);
    if (options_.strict && !open.stream->summary().problems.empty()) throw_malformed(open.stream->summary());
    for (const LateSummary& late : open.stream->take_late()) {
      InputSummary& input = result_.inputs[late.input];
      input.lines.add(late.lines);
      for (const ShownProblem& problem : late.problems) {
        if (input.problems.size() < InputStream::kMaxShownProblems) input.problems.push_back(problem);
      }
    }
    if (open.over) keep_summary(open);
  }

  // The file in which the log goes on, or none. That is the next one of its rotation; or, where nothing else is open,
  // the next one at all, if it is of the same kind.
  std::size_t follower_of(const Open& open) {
    for (std::size_t i = 0; i < files_.size(); ++i) {
      if (files_[i].follows == open.index) return i;
    }
    if (open_.size() != 1 || next_ == files_.size()) return files_.size();
    // The last record of a file may still be held back, for what may follow it.
    const std::int64_t end = std::max(open.clock.now(), open.stream->last_time());
    if (files_[next_].start < end || !goes_on(files_[open.index], files_[next_]) || !same_clock(open.index, next_)) return files_.size();
    // Without times only the names tell.
    if (!(files_[open.index].dated && files_[next_].dated) && !alike(path(open.index), path(next_))) return files_.size();
    const Overlap overlap = overlap_of(path(open.index), path(next_), Search::tail, options_.stream);
    if (overlap.found && overlap.lines == 0) return files_.size();
    files_[next_].repeated_lines = overlap.lines;
    const std::size_t next = next_++;
    pass_followers();
    return next;
  }

  bool same_clock(std::size_t a, std::size_t b) const { return path(a).shift_ns == path(b).shift_ns; }

  // Counts of records go to the result as they come; all else is known at the file's end.
  void keep_summary(Open& open) {
    InputSummary& summary = open.stream->summary();
    InputSummary& kept = result_.inputs[open.index];
    summary.records = kept.records;
    summary.samples = kept.samples;
    summary.repeated += kept.repeated;
    summary.mixed = kept.mixed;
    summary.repeats = kept.repeats;
    summary.format_records = kept.format_records;
    summary.first_time = kept.first_time;
    summary.last_time = kept.last_time;
    kept = std::move(summary);
    if (!kept.error.empty()) result_.failed = true;
  }

  std::size_t earliest() const {
    std::size_t best = open_.size();
    for (std::size_t i = 0; i < open_.size(); ++i) {
      if (best == open_.size() || open_[i].head() < open_[best].head()) best = i;
    }
    return best;
  }

  // How far the stream at `at` may go before another one's turn comes.
  std::int64_t limit_for(std::size_t at) const {
    std::int64_t limit = next_ < files_.size() ? files_[next_].start : kNever;
    for (std::size_t i = 0; i < open_.size(); ++i) {
      if (i == at) continue;
      const std::int64_t head = open_[i].head();
      limit = std::min(limit, i < at ? head - 1 : head);
    }
    return std::max(limit, open_[at].head());
  }

  void deliver(Open& open, std::int64_t until) {
    EventBatch& batch = *open.batch;
    const std::size_t end = std::max(open.clock.run_end(batch.events, open.at, until), open.at + 1);
    const std::size_t begin = open.at;
    std::size_t kept = begin;
    if (!options_.filter.any()) {
      kept = select_all(open, begin, end);
    } else {
      for (std::size_t i = begin; i < end; ++i) {
        Event& event = batch.events[i];
        if (is_copy(event, open) || is_told(event, batch)) continue;
        repeats_.apply(event, batch, log_of_[event.input]);
        count(event, result_.inputs[event.input]);
        if (!selector_.in_time(event)) continue;
        if (selector_.selected(event, result_.names)) event.flags |= flag::kSelected;
        batch.events[kept++] = event;
      }
    }
    if (kept > begin) on_slice_({{batch.events.data() + begin, kept - begin}, batch, result_.names, result_.inputs});
    open.at = end;
    if (end == batch.events.size()) advance(open);
  }

  // All but what another file has told; gives the end of them.
  std::size_t select_all(Open& open, std::size_t begin, std::size_t end) {
    EventBatch& batch = *open.batch;
    std::size_t kept = begin;
    for (std::size_t i = begin; i < end; ++i) {
      Event& event = batch.events[i];
      if (is_copy(event, open) || is_told(event, batch)) continue;
      if (event.kind >= EventKind::snapshot && event.kind <= EventKind::gc) repeats_.apply(event, batch, log_of_[event.input]);
      count(event, result_.inputs[event.input]);
      event.flags |= flag::kSelected;
      if (kept != i) batch.events[kept] = event;
      ++kept;
    }
    return kept;
  }

  // A batch of the only input, its events and bare readings in turn.
  void deliver_whole(Open& open) {
    EventBatch& batch = *open.batch;
    InputSummary& input = result_.inputs[open.index];
    std::size_t from = 0;
    const auto hand_events = [&](std::size_t end) {
      if (from == end) return;
      const std::size_t kept = select_all(open, from, end);
      if (kept > from) on_slice_({{batch.events.data() + from, kept - from}, batch, result_.names, result_.inputs});
      from = end;
    };
    for_each_stretch(batch, [&](std::size_t events, std::size_t begin, std::size_t end) {
      hand_events(events);
      const std::span<const BareReading> readings{batch.readings.data() + begin, end - begin};
      count(readings, input);
      on_slice_({{}, batch, result_.names, result_.inputs, readings});
    });
    hand_events(batch.events.size());
    advance(open);
    if (open.batch == nullptr) open_.pop_back();
  }

  // An event that another input has as well, where several may have it: such inputs overlap, if only in the moment in
  // which one ends and the next one begins.
  bool is_copy(const Event& event, Open& open) {
    if (files_.size() == 1) return false;
    const std::size_t log = log_of_[event.input];
    const std::int64_t before_next = since_start_of_next(event);
    if (open_.size() > 1 || before_next >= -CutRecords::kBlockNs) {
      copies_until_ = std::max(copies_until_, event.time.ns);
    } else if (event.time.ns > copies_until_ || !event.time.known()) {
      if (before_next >= -CutRecords::kSilenceNs) cut_.note(CutRecords::known(event, *open.batch, log));
      return false;
    }
    auto of = copies_.repeats(event, *open.batch, log);
    if (!of) {
      const CutRecords::Known known = CutRecords::known(event, *open.batch, log);
      if (open.over || open.first_events < kCutAtFront) of = whole_of(known);
      ++open.first_events;
      if (!of) cut_.note(known);
    }
    if (!of) return false;
    count_copy(event, result_.inputs[event.input], result_.inputs[*of]);
    return true;
  }

  // Negative before the next file's first record; that of a file without times may come at any time.
  std::int64_t since_start_of_next(const Event& event) const {
    if (next_ == files_.size() || !event.time.known()) return std::numeric_limits<std::int64_t>::min();
    return files_[next_].start == MergeClock::kStart ? 0 : event.time.ns - files_[next_].start;
  }

  // The input that has the whole of an event that its own input may have cut: among those that have been told, or those
  // that come next.
  std::optional<std::uint16_t> whole_of(const CutRecords::Known& part) const {
    if (const auto of = cut_.whole_of(part)) return of;
    for (const Open& other : open_) {
      for (std::size_t i = other.at; other.batch != nullptr && i < other.batch->events.size(); ++i) {
        const Event& event = other.batch->events[i];
        const std::size_t log = log_of_[event.input];
        if (log == part.log || i == other.at + kLookAhead) break;
        if (CutRecords::covers(CutRecords::known(event, *other.batch, log), part)) return event.input;
      }
    }
    return std::nullopt;
  }

  bool is_told(const Event& event, const EventBatch& batch) {
    return files_.size() > 1 && (event.kind == EventKind::oom_kill || event.kind == EventKind::kill) && deaths_.knows(event, batch, log_of_[event.input]);
  }

  // Samples that came as counts only.
  static void add_sifted(const EventBatch& batch, InputSummary& input) {
    for (std::size_t i = 0; i < kMaxFormats; ++i) {
      input.records += batch.sifted[i];
      input.samples += batch.sifted[i];
      input.format_records[i] += batch.sifted[i];
    }
  }

  static void count_copy(const Event& event, InputSummary& input, const InputSummary& of) {
    if (!event.is(flag::kRecord)) return;
    if (input.repeated++ == 0 && input.repeats.empty()) input.repeats = of.path;
    if (input.repeated > 1) input.mixed += input.since_repeated;
    input.since_repeated = 0;
    note_time(event, input);
  }

  static void count(const Event& event, InputSummary& input) {
    if (!event.is(flag::kRecord)) return;
    ++input.records;
    ++input.since_repeated;
    ++input.format_records[event.format];
    if (event.is(flag::kSample)) ++input.samples;
    note_time(event, input);
  }

  static void note_time(const Event& event, InputSummary& input) {
    if (!event.time.known() || event.kind == EventKind::operation) return;
    if (!input.first_time.known()) input.first_time = event.time;
    input.last_time = event.time;
  }

  static void count(std::span<const BareReading> readings, InputSummary& input) {
    input.records += readings.size();
    input.samples += readings.size();
    for (std::size_t i = 0; i < readings.size();) {
      const std::size_t begin = i;
      while (i < readings.size() && readings[i].format == readings[begin].format) ++i;
      input.format_records[readings[begin].format] += i - begin;
    }
    const auto time_of = [](const BareReading& reading) { return event_of(reading).time; };
    if (!input.first_time.known()) input.first_time = time_of(readings.front());
    input.last_time = time_of(readings.back());
  }

  std::vector<InputPath> inputs_;
  const ReadOptions& options_;
  ReadResult& result_;
  const std::function<void(const Slice&)>& on_slice_;
  OrderedPool pool_;
  bool alone_;               // one input, and nothing of it is left out
  bool sifting_;
  Selector selector_;
  CopyFilter copies_;
  CutRecords cut_;
  std::int64_t copies_until_ = std::numeric_limits<std::int64_t>::min();  // events up to here may have been told by an input that is over
  RepeatFilter repeats_;
  ToldDeaths deaths_;
  std::vector<OrderedFile> files_;  // in the order of the timeline
  std::vector<std::size_t> log_of_;  // by file: the first one of its log
  std::size_t next_ = 0;
  std::vector<Open> open_;
};

}  // namespace

TimeBound parse_time_bound(std::string_view text, std::string_view option) {
  TimeBound bound;
  std::string_view s = trim(text);
  if (consume(s, "-")) {
    if (const auto seconds = parse_duration(s)) {
      bound.kind = TimeBound::Kind::before_last;
      bound.ns = static_cast<std::int64_t>(*seconds * 1e9);
      return bound;
    }
  } else if (auto time = take_timestamp(s); time && s.empty()) {
    bound.kind = TimeBound::Kind::absolute;
    bound.ns = time->ns;
    bound.zoned = time->zone_minutes != Timestamp::kNoZone;
    return bound;
  } else if (s = trim(text); const auto days = take_date(s)) {
    if (s.empty()) {
      bound.kind = TimeBound::Kind::absolute;
      bound.ns = *days * kNanosPerDay;
      return bound;
    }
  } else {
    s = trim(text);
    std::uint8_t digits = 0;
    if (const auto ns = take_time_of_day(s, digits); ns && s.empty()) {
      bound.kind = TimeBound::Kind::of_day;
      bound.ns = *ns;
      return bound;
    }
  }
  throw Error("cannot read the time '" + std::string(text) + "' of " + std::string(option),
              "use '2025-11-16 08:30', '2025-11-16T08:30:00', '08:30' for any day, or '-2h' before the last record");
}

std::uint64_t ReadResult::records() const {
  std::uint64_t sum = 0;
  for (const InputSummary& input : inputs) sum += input.records;
  return sum;
}

std::uint64_t ReadResult::samples() const {
  std::uint64_t sum = 0;
  for (const InputSummary& input : inputs) sum += input.samples;
  return sum;
}

void read_events(const InputList& list, const ReadOptions& options, ReadResult& result, const std::function<void(const Slice&)>& on_slice) {
  result.passed_over = list.passed_over;
  if (const auto* user = options.stream.parse.user) {
    for (const UserFormat& format : *user) result.user_formats.push_back(format.name());
  }
  result.failed = !list.errors.empty();
  Merger(list, options, result, on_slice).run();
}

}  // namespace memlog
