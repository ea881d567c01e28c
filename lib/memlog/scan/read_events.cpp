#include "memlog/scan/read_events.h"

#include <algorithm>
#include <limits>
#include <numeric>

#include "memlog/assemble/repeats.h"
#include "memlog/assemble/timeline.h"
#include "memlog/base/error.h"
#include "memlog/base/text.h"
#include "memlog/envelope/peel.h"
#include "memlog/format/format.h"

namespace memlog {

namespace {

constexpr std::int64_t kNever = std::numeric_limits<std::int64_t>::max();

std::int64_t shift_of(const InputPath& path, const ReadOptions& options) {
  const auto shift = options.clock_shift_s.find(path.path);
  return shift == options.clock_shift_s.end() ? 0 : shift->second * kNanosPerSecond;
}

// When an input begins: the time of its first record, or of its first line with one, within its first chunk.
std::optional<std::int64_t> first_time(const InputPath& path, const ReadOptions& options) {
  constexpr std::size_t kLook = 64 << 10;
  RunNames names;
  InputStream::Options look = options.stream;
  look.chunk_size = kLook;
  look.shift_ns = shift_of(path, options);
  InputStream stream(path, 0, names, look);
  if (const EventBatch* batch = stream.next()) {
    for (const Event& event : batch->events) {
      if (event.time.known() && event.time.dated && event.kind != EventKind::operation) return event.time.ns;
    }
  }
  return std::nullopt;
}

// The last time in an input, for bounds that count back from it.
std::optional<std::int64_t> last_time(const InputPath& path, const ReadOptions& options) {
  RunNames names;
  InputStream stream(path, 0, names, options.stream);
  std::optional<std::int64_t> last;
  while (const EventBatch* batch = stream.next()) {
    for (const Event& event : batch->events) {
      if (event.time.known() && event.time.dated) last = std::max(last.value_or(event.time.ns), event.time.ns);
    }
  }
  return last;
}

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

  // Outside the time window events do not exist for an answer at all.
  bool in_time(const Event& event) const {
    if (filter_.since.kind == TimeBound::Kind::none && filter_.until.kind == TimeBound::Kind::none) return true;
    if (!event.time.known()) return false;
    const bool utc = event.time.zone_minutes != Timestamp::kNoZone;
    const std::int64_t ns = local(event.time);
    const std::int64_t for_since = filter_.since.zoned && utc ? event.time.ns : ns;
    const std::int64_t for_until = filter_.until.zoned && utc ? event.time.ns : ns;
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
  std::size_t index = 0;

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
      : list_(list),
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
      if (next_ < order_.size() && (head == kNever || starts_[order_[next_]] <= head)) {
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
    for (const InputPath& path : list_.inputs) {
      if (path.once) throw Error("a time before the last record needs a file: standard input or a pipe can be read only once", "save it first, or give a date and time");
      if (const auto of_input = last_time(path, options_)) last = std::max(last.value_or(*of_input), *of_input);
    }
    return last;
  }

  // By the time of the first record; an input without one stays behind the one before it.
  void order() {
    const std::size_t n = list_.inputs.size();
    order_.resize(n);
    std::iota(order_.begin(), order_.end(), std::size_t{0});
    starts_.assign(n, MergeClock::kStart);
    if (n > 1) {
      std::int64_t before = MergeClock::kStart;
      for (std::size_t i = 0; i < n; ++i) {
        if (!list_.inputs[i].once) before = first_time(list_.inputs[i], options_).value_or(before);
        starts_[i] = before;
      }
    }
    std::stable_sort(order_.begin(), order_.end(), [&](std::size_t a, std::size_t b) { return starts_[a] < starts_[b]; });
    result_.inputs.resize(n);
  }

  void open_next() {
    const std::size_t index = next_++;
    const InputPath& path = list_.inputs[order_[index]];
    InputStream::Options stream = options_.stream;
    // Inputs that overlap share the memory of one.
    constexpr std::size_t kSmallest = 32 << 10;
    if (!open_.empty()) stream.chunk_size = std::max(std::min(kSmallest, stream.chunk_size), stream.chunk_size / (open_.size() + 1));
    stream.pool = &pool_;
    stream.shift_ns = shift_of(path, options_);
    stream.parse.bare_readings &= alone_;
    // One with the consumer, one done, and one in each thread's hands.
    stream.ahead = pool_.threads() == 1 ? 1 : open_.empty() ? pool_.threads() + 2 : 2;
    Open open;
    open.index = index;
    open.stream = std::make_unique<InputStream>(path, static_cast<std::uint16_t>(index), result_.names, stream);
    result_.inputs[index].path = path.path;
    open_.push_back(std::move(open));
    advance(open_.back());
    if (open_.back().batch == nullptr) open_.pop_back();
  }

  // To the input's next batch, or to its end.
  void advance(Open& open) {
    if (sifting_) open.stream->raise_wanted_above(options_.wanted_above_mb());
    open.batch = open.stream->next();
    open.at = 0;
    if (sifting_ && open.batch != nullptr) add_sifted(*open.batch, result_.inputs[open.index]);
    InputSummary& summary = open.stream->summary();
    if (options_.strict && !summary.problems.empty()) throw_malformed(summary);
    if (open.batch != nullptr) return;
    InputSummary& kept = result_.inputs[open.index];
    summary.records = kept.records;
    summary.samples = kept.samples;
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
    std::int64_t limit = next_ < order_.size() ? starts_[order_[next_]] - 1 : kNever;
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
    InputSummary& input = result_.inputs[open.index];
    if (!options_.filter.any()) {
      select_all(batch, begin, end, input);
      kept = end;
    } else {
      for (std::size_t i = begin; i < end; ++i) {
        Event& event = batch.events[i];
        repeats_.apply(event, batch);
        count(event, input);
        if (!selector_.in_time(event)) continue;
        if (selector_.selected(event, result_.names)) event.flags |= flag::kSelected;
        batch.events[kept++] = event;
      }
    }
    if (kept > begin) on_slice_({{batch.events.data() + begin, kept - begin}, batch, result_.names, result_.inputs});
    open.at = end;
    if (end == batch.events.size()) advance(open);
  }

  void select_all(EventBatch& batch, std::size_t begin, std::size_t end, InputSummary& input) {
    for (std::size_t i = begin; i < end; ++i) {
      Event& event = batch.events[i];
      if (event.kind >= EventKind::snapshot && event.kind <= EventKind::gc) repeats_.apply(event, batch);
      count(event, input);
      event.flags |= flag::kSelected;
    }
  }

  // A batch of the only input, its events and bare readings in turn.
  void deliver_whole(Open& open) {
    EventBatch& batch = *open.batch;
    InputSummary& input = result_.inputs[open.index];
    std::size_t from = 0;
    const auto hand_events = [&](std::size_t end) {
      if (from == end) return;
      select_all(batch, from, end, input);
      on_slice_({{batch.events.data() + from, end - from}, batch, result_.names, result_.inputs});
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

  // Samples that came as counts only.
  static void add_sifted(const EventBatch& batch, InputSummary& input) {
    for (std::size_t i = 0; i < kMaxFormats; ++i) {
      input.records += batch.sifted[i];
      input.samples += batch.sifted[i];
      input.format_records[i] += batch.sifted[i];
    }
  }

  static void count(const Event& event, InputSummary& input) {
    if (!event.is(flag::kRecord)) return;
    ++input.records;
    ++input.format_records[event.format];
    if (event.is(flag::kSample)) ++input.samples;
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

  const InputList& list_;
  const ReadOptions& options_;
  ReadResult& result_;
  const std::function<void(const Slice&)>& on_slice_;
  OrderedPool pool_;
  bool alone_;               // one input, and nothing of it is left out
  bool sifting_;
  Selector selector_;
  RepeatFilter repeats_;
  std::vector<std::size_t> order_;
  std::vector<std::int64_t> starts_;
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
