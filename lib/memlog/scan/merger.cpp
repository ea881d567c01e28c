#include "memlog/scan/merger.h"

#include <algorithm>
#include <limits>
#include <memory>
#include <numeric>
#include <span>
#include <string>
#include <utility>

#include "memlog/base/error.h"
#include "memlog/scan/file_years.h"
#include "memlog/scan/input_counts.h"
#include "memlog/scan/overlap.h"

namespace memlog {

namespace {

constexpr std::int64_t kNever = std::numeric_limits<std::int64_t>::max();

[[noreturn]] void throw_malformed(const InputSummary& input) {
  const ShownProblem& problem = input.problems.front();
  const std::string number = std::to_string(problem.line);
  throw Error(input.path + ":" + number + ": expected " + problem.expected + "\n  " + number + " | " + problem.text + "\n  " +
                  std::string(number.size(), ' ') + " | " + std::string(problem.column, ' ') + "^",
              "without --strict such lines are skipped and counted");
}

}  // namespace

Merger::Merger(const InputList& list, const ReadOptions& options, ReadResult& result, const std::function<void(const Slice&)>& on_slice)
    : inputs_(settle_years(list.inputs, options.stream)),
      options_(options),
      result_(result),
      on_slice_(on_slice),
      pool_(std::max<std::size_t>(options.threads, 1)),
      alone_(list.inputs.size() == 1 && !options.filter.any()),
      sifting_(alone_ && options.wanted_above_mb),
      selector_(options.filter, last_of_all()),
      retold_(merge_, result.inputs, result.names) {}

void Merger::run() {
  order();
  std::vector<OpenInput>& open = merge_.open;
  if (alone_) {
    for (open_next(); !open.empty();) deliver_whole(open.back());
    return;
  }
  while (!heads_.empty() || merge_.next < merge_.files.size()) {
    const Head head = heads_.empty() ? Head{kNever, 0} : heads_.back();
    const std::int64_t next_start = merge_.next < merge_.files.size() ? merge_.files[merge_.next].start : kNever;
    // The last record of a log may have been cut: the one that begins with it has the whole.
    const bool shared = head.ns != kNever && next_start == head.ns && opened(head.number)->over;
    if (merge_.next < merge_.files.size() && (head.ns == kNever || next_start < head.ns || shared)) {
      open_next();
      continue;
    }
    heads_.pop_back();
    const auto first = opened(head.number);
    deliver(*first, limit_for(head));
    if (first->batch != nullptr) {
      add_head(*first);
      continue;
    }
    merge_.told_until = std::max(merge_.told_until, end_of(*first));
    open.erase(first);
  }
}

std::optional<std::int64_t> Merger::last_of_all() const {
  const bool asked = options_.filter.since.kind == TimeBound::Kind::before_last || options_.filter.until.kind == TimeBound::Kind::before_last;
  std::optional<std::int64_t> last;
  if (!asked) return last;
  for (const InputPath& path : inputs_) {
    if (path.once) throw Error("a time before the last record needs a file: standard input or a pipe can be read only once", "save it first, or give a date and time");
    if (const auto of_input = last_time(path, options_.stream)) last = std::max(last.value_or(*of_input), *of_input);
  }
  return last;
}

void Merger::order() {
  merge_.files = order_files(inputs_, options_.stream);
  result_.inputs.resize(merge_.files.size());
  merge_.log_of.resize(merge_.files.size());
  std::iota(merge_.log_of.begin(), merge_.log_of.end(), std::size_t{0});
  for (std::size_t i = 0; i < merge_.files.size(); ++i) {
    result_.inputs[i].path = path(i).path;
    result_.inputs[i].log = static_cast<std::uint16_t>(i);
  }
  for (std::size_t i = 0; i < merge_.files.size(); ++i) {
    OrderedFile& file = merge_.files[i];
    if (file.follows && !same_clock(i, *file.follows)) file.follows.reset();
  }
  begun_.resize(merge_.files.size());
  merge_.pass_followers();
}

// The times of a file that become events; the others are only counted. All of them where the file shares a stretch of time
// with another one: what one log tells matters to the other, be it outside the window. `told_until` is where the files
// before it end.
TimeWindow Merger::window_for(std::size_t index, std::int64_t told_until) const {
  TimeWindow window = selector_.window();
  if (!window.is_set()) return {};
  if (several()) {
    const OrderedFile& file = merge_.files[index];
    if (!file.dated || file.start <= told_until || file.repeated_lines > 0) return {};
    std::int64_t others = kNever;
    for (std::size_t i = 0; i < merge_.files.size(); ++i) {
      if (i == index || begun_[i]) continue;
      if (!merge_.files[i].dated) return {};
      others = std::min(others, merge_.files[i].start);
    }
    if (others != kNever) {
      const auto end = end_time(path(index), options_.stream);
      if (!end || *end >= others) return {};
    }
  }
  // Lines are read before the clock of their file is corrected.
  const std::int64_t shift = path(index).shift_ns;
  if (window.from_ns != TimeWindow{}.from_ns) window.from_ns -= shift;
  if (window.to_ns != TimeWindow{}.to_ns) window.to_ns -= shift;
  return window;
}

// How many logs are open beside the one that begins with a file, or will be before that file ends.
std::size_t Merger::sharing(std::size_t index) const {
  const std::size_t others = merge_.open.size();
  const auto rest = merge_.files.begin() + static_cast<std::ptrdiff_t>(merge_.next);
  if (rest == merge_.files.end() || path(index).once) return others;
  const auto end = end_time(path(index), options_.stream);
  if (!end) return others;
  const auto begins_within = [&](const OrderedFile& file) { return !file.follows && file.start < *end; };
  return others + static_cast<std::size_t>(std::count_if(rest, merge_.files.end(), begins_within));
}

void Merger::open_next() {
  const std::size_t index = merge_.next++;
  merge_.pass_followers();
  InputStream::Options stream = options_.stream;
  // Logs that overlap share the memory of one. Of few there are two pieces each, as one is read ahead; of many one, which is
  // as large as memory allows: a smaller one costs more to get than to read.
  constexpr std::size_t kSmallest = 1024;
  constexpr std::size_t kMany = 12;
  constexpr std::size_t kMostDescriptors = 40;
  const std::size_t shared = sharing(index);
  const bool many = shared >= kMany;
  if (shared > 0) {
    const std::size_t all = many ? 2 * stream.chunk_size : stream.chunk_size / 2;
    stream.chunk_size = std::max(std::min(kSmallest, stream.chunk_size), all / (shared + 1));
  }
  stream.pool = &pool_;
  stream.memories = &memories_;
  stream.parks = merge_.open.size() >= kMostDescriptors;
  stream.parse.bare_readings &= alone_;
  stream.parse.reading_columns &= alone_;
  stream.parse.window = window_for(index, merge_.open.empty() ? merge_.told_until : kNever);
  begun_[index] = true;
  // One with the consumer, one done, and one in each thread's hands.
  stream.ahead = pool_.threads() == 1 || many ? 1 : shared == 0 && !options_.slow_caller ? pool_.threads() + 2 : 2;
  OpenInput open;
  open.index = index;
  open.number = opened_++;
  if (several()) {
    open.tasks = std::make_unique<RunNames>();
    open.tasks->most_tasks = RunNames::kMaxOfLog;
    stream.tasks = open.tasks.get();
  }
  open.stream = std::make_unique<InputStream>(path(index), static_cast<std::uint16_t>(index), result_.names, stream);
  merge_.open.push_back(std::move(open));
  advance(merge_.open.back());
  if (merge_.open.back().batch == nullptr) merge_.open.pop_back();
  else if (!alone_) add_head(merge_.open.back());
}

// To the log's next batch, in this file or the one that goes on where it ends, or to the log's end.
void Merger::advance(OpenInput& open) {
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
    if (next == merge_.files.size()) {
      open.batch = open.stream->finish();
      open.over = true;
      break;
    }
    go_on_in(open, next);
  }
  if (open.batch != nullptr) input_counts::add_sifted(*open.batch, result_.inputs[open.index]);
  if (options_.strict && !open.stream->summary().problems.empty()) throw_malformed(open.stream->summary());
  input_counts::add_late(open.stream->take_late(), result_.inputs);
  if (open.over) keep_summary(open);
}

// The file in which the log goes on, or none. That is the next one of its rotation; or, where nothing else is open,
// the next one at all, if it is of the same kind.
std::size_t Merger::follower_of(const OpenInput& open) {
  std::vector<OrderedFile>& files = merge_.files;
  for (std::size_t i = 0; i < files.size(); ++i) {
    if (files[i].follows != open.index) continue;
    // Where the older one ends was not known before it was read: it is compressed.
    const std::int64_t end = end_of(open);
    const bool goes_back = files[i].dated && files[i].start <= end && files[i].repeated_lines == 0;
    if (goes_back && !path(open.index).once && !end_time(path(open.index), options_.stream)) {
      files[i].repeated_lines = repeated_lines_of(path(open.index), path(i), options_.stream);
    }
    return i;
  }
  if (merge_.open.size() != 1 || merge_.next == files.size()) return files.size();
  OrderedFile& next = files[merge_.next];
  // The last record of a file may still be held back, for what may follow it.
  const std::int64_t end = std::max(open.clock.now(), open.stream->last_time());
  if (next.start < end || !goes_on(files[open.index], next) || !same_clock(open.index, merge_.next)) return files.size();
  // Without times only the names tell.
  if (!(files[open.index].dated && next.dated) && !alike(path(open.index), path(merge_.next))) return files.size();
  const Overlap overlap = overlap_of(path(open.index), path(merge_.next), Search::tail, options_.stream);
  if (overlap.found && overlap.lines == 0) return files.size();
  next.repeated_lines = overlap.lines;
  const std::size_t follower = merge_.next++;
  merge_.pass_followers();
  return follower;
}

// The last time of what has been read: of a record that was told, or of one that is still open. The clock of the merge
// stands still where there is nothing to merge with.
std::int64_t Merger::end_of(const OpenInput& open) const {
  const Timestamp& told = result_.inputs[open.index].last_time;
  return std::max({told.known() ? told.ns : MergeClock::kStart, open.clock.now(), open.stream->last_time()});
}

void Merger::go_on_in(OpenInput& open, std::size_t next) {
  keep_summary(open);
  OrderedFile& file = merge_.files[next];
  file.formats |= merge_.files[open.index].formats;
  file.platform_time |= merge_.files[open.index].platform_time;
  // What two logs of one program both tell counts once, what one log tells twice counts twice.
  if (file.follows == open.index || file.repeated_lines > 0 || alike(path(open.index), path(next))) merge_.log_of[next] = merge_.log_of[open.index];
  const bool one_clock = file.follows == open.index || file.repeated_lines > 0 || numbered(path(open.index), path(next));
  if (one_clock) result_.inputs[next].log = result_.inputs[open.index].log;
  if (file.repeated_lines > 0) result_.inputs[next].repeats = result_.inputs[open.index].path;
  const bool alone = merge_.open.size() == 1;
  const std::int64_t told_until = std::max(merge_.told_until, end_of(open));
  const TimeWindow window = window_for(next, alone ? told_until : kNever);
  begun_[next] = true;
  open.index = next;
  open.stream->go_on(path(next), static_cast<std::uint16_t>(next), file.repeated_lines, window);
}

void Merger::keep_summary(OpenInput& open) {
  input_counts::keep(open.stream->summary(), result_.inputs[open.index]);
  if (!result_.inputs[open.index].error.empty()) result_.failed = true;
}

void Merger::add_head(const OpenInput& open) {
  const Head head{open.head(), open.number};
  heads_.insert(std::partition_point(heads_.begin(), heads_.end(), [&](const Head& other) { return head < other; }), head);
}

std::vector<OpenInput>::iterator Merger::opened(std::size_t number) {
  return std::partition_point(merge_.open.begin(), merge_.open.end(), [&](const OpenInput& open) { return open.number < number; });
}

// How far the log of this head, which is not among the others, may go before another one's turn comes.
std::int64_t Merger::limit_for(const Head& head) const {
  std::int64_t limit = merge_.next < merge_.files.size() ? merge_.files[merge_.next].start : kNever;
  if (!heads_.empty()) {
    const Head& next = heads_.back();
    limit = std::min(limit, next.number < head.number ? next.ns - 1 : next.ns);
  }
  return std::max(limit, head.ns);
}

void Merger::deliver(OpenInput& open, std::int64_t until) {
  const EventBatch& batch = *open.batch;
  const std::size_t end = std::max(open.clock.run_end(batch.events, open.at, until), open.at + 1);
  const std::size_t begin = open.at;
  if (open.tasks != nullptr) name_tasks(open, begin, end);
  hand_out(open, begin, options_.filter.any() ? select_some(open, begin, end) : select_all(open, begin, end));
  open.at = end;
  if (end == batch.events.size()) advance(open);
}

// From the numbers of the log's own tasks to the run's.
void Merger::name_tasks(OpenInput& open, std::size_t begin, std::size_t end) {
  EventBatch& batch = *open.batch;
  RunNames& names = result_.names;
  open.run_task.resize(open.tasks->names.size(), OpenInput::kUnknownTask);
  for (std::size_t i = begin; i < end; ++i) {
    Event& event = batch.events[i];
    if (event.task == kNoName) continue;
    const std::string_view text = task_name(event, batch, *open.tasks);
    NameId& known = open.run_task[event.task];
    if (event.own_name != kNoText) event.task = names.intern(text);
    else event.task = known != OpenInput::kUnknownTask ? known : known = names.intern(text);
    const bool merged = names.is_merged(event.task);
    if (!merged) event.own_name = kNoText;
    else if (event.own_name == kNoText) event.own_name = batch.add_text(text);
    event.own_hash = merged ? name_hash(text) : 0;
  }
}

void Merger::hand_out(const OpenInput& open, std::size_t begin, std::size_t end) {
  if (end > begin) on_slice_({{open.batch->events.data() + begin, end - begin}, *open.batch, result_.names, result_.inputs});
}

// All but what another file has told; gives the end of them.
std::size_t Merger::select_all(OpenInput& open, std::size_t begin, std::size_t end) {
  EventBatch& batch = *open.batch;
  std::size_t kept = begin;
  for (std::size_t i = begin; i < end; ++i) {
    Event& event = batch.events[i];
    if (several() && retold_.is_told(event, open)) continue;
    if (event.kind >= EventKind::snapshot && event.kind <= EventKind::gc) repeats_.apply(event, batch, merge_.log_of[event.input]);
    input_counts::count(event, result_.inputs[event.input]);
    event.flags |= flag::kSelected;
    if (kept != i) batch.events[kept] = event;
    ++kept;
  }
  return kept;
}

// The same where filters were given: what lies outside the window is left out, the rest is marked.
std::size_t Merger::select_some(OpenInput& open, std::size_t begin, std::size_t end) {
  EventBatch& batch = *open.batch;
  std::size_t kept = begin;
  for (std::size_t i = begin; i < end; ++i) {
    Event& event = batch.events[i];
    if (several() && retold_.is_told(event, open)) continue;
    repeats_.apply(event, batch, merge_.log_of[event.input]);
    input_counts::count(event, result_.inputs[event.input]);
    if (!selector_.in_time(event)) continue;
    if (selector_.selected(event, batch, result_.names)) event.flags |= flag::kSelected;
    else if (selector_.is_evidence(event, result_.names)) event.flags |= flag::kEvidence;
    batch.events[kept++] = event;
  }
  return kept;
}

// A batch of the only input, its events and bare readings in turn.
void Merger::deliver_whole(OpenInput& open) {
  const EventBatch& batch = *open.batch;
  InputSummary& input = result_.inputs[open.index];
  std::size_t from = 0;
  const auto hand_events = [&](std::size_t end) {
    if (from < end) hand_out(open, from, select_all(open, from, end));
    from = end;
  };
  for_each_stretch(
      batch,
      [&](std::size_t events, std::size_t begin, std::size_t end) {
        hand_events(events);
        const std::span<const BareReading> readings{batch.readings.data() + begin, end - begin};
        input_counts::count(readings, batch, input);
        on_slice_({{}, batch, result_.names, result_.inputs, readings});
      },
      [&](std::size_t events, const ReadingRow& row) {
        hand_events(events);
        input_counts::count(row, input);
        on_slice_({{}, batch, result_.names, result_.inputs, {}, &row});
      });
  hand_events(batch.events.size());
  advance(open);
  if (open.batch == nullptr) merge_.open.pop_back();
}

}  // namespace memlog
