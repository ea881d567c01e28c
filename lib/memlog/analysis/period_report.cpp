#include "memlog/analysis/period_report.h"

#include <algorithm>
#include <cmath>

#include "memlog/analysis/record.h"
#include "memlog/analysis/window.h"
#include "memlog/base/counted.h"
#include "memlog/format/format.h"

namespace memlog {

using window::edge;
using window::floor_div;
using window::local_ns;

namespace {

// Nothing comes later than this for the window before: from then on there is one window less to hold.
constexpr std::int64_t kLatestNs = 3600 * kNanosPerSecond;

// What the tasks' readings may take in memory: of a window, and of the whole, which gets them from the windows.
constexpr std::size_t kStepsOfWindow = 1 << 19;
constexpr std::size_t kStepsOfWhole = 1 << 19;

Leaks::Options leak_options(const PeriodReport::Options& options) {
  Leaks::Options leaks;
  leaks.limit_mb = options.limit_mb;
  return leaks;
}

Crash::Options crash_options(const PeriodReport::Options& options) {
  Crash::Options crash;
  crash.limit_mb = options.limit_mb;
  crash.in_pieces = true;
  return crash;
}

}  // namespace

// Tasks are made one by one, when a window is put aside or the whole is written.
PeriodReport::Part::Part(const Options& options, std::size_t steps_bytes)
    : usage(!options.preset.empty()), tasks({.in_pieces = true, .samples = false, .steps_bytes = steps_bytes}), leaks(leak_options(options)), limit(options.limit_mb) {}

void PeriodReport::Part::fold(const Slice& slice) {
  static const int celery_format = find_format("celery");
  usage.fold(slice);
  tasks.fold(slice);
  leaks.fold(slice);
  counters.fold(slice);
  stated.fold(slice);
  for (const Event& event : slice.events) {
    limit.fold(event);
    if (!event.is(flag::kSample | flag::kSelected) || !is_known(event.rss_mb)) continue;
    celery |= event.format == celery_format;
    if (event.process >= peaks.size()) peaks.resize(event.process + 1, kMissing);
    if (!(peaks[event.process] >= event.rss_mb)) peaks[event.process] = event.rss_mb;
    if (event.kind == EventKind::task_end) run_ends.add(event.rss_mb);
  }
}

PeriodReport::PeriodReport(const Options& options, const ReadResult& result)
    : options_(options), result_(result), whole_(options, options.window_s > 0 ? kStepsOfWhole : ByTask::kStepsBytes), spikes_({options.spikes_over_mb}), crashes_(crash_options(options)), limit_(options.limit_mb) {
  if (!options_.preset.empty()) zones_ = preset_zones(options_.preset);
}

Zones PeriodReport::zones_for(const Limit& limit) const { return options_.preset.empty() ? limit_zones(limit) : zones_; }

// The limit of a window that has `own`: one that the log states somewhere outranks the total memory of the machine.
Limit PeriodReport::limit_for(const Limit& own) const {
  const Limit whole = limit_.limit();
  return !is_known(own.mb) || (own.source == "system" && whole.source != "system") ? whole : own;
}

// The window of an event. One that came late, by an hour at most, belongs to the window before; times that jump back
// farther stay here.
PeriodReport::Part* PeriodReport::part_of(std::int64_t window) {
  if (!placed_ || window > now_) {
    if (open_.size() == 2) close_front();
    if (!open_.empty()) open_.back()->tasks.rest();
    open_.push_back(std::make_unique<Part>(options_, kStepsOfWindow));
    open_.back()->window = window;
    open_.back()->tasks.give_steps_to(whole_.tasks);
    now_ = window;
    placed_ = true;
  }
  for (const auto& part : open_) {
    if (part->window == window) return part.get();
  }
  return open_.back().get();
}

// What comes before the first time has no window. Behind it, all that has readings is in one, and windows tell the whole
// what their tasks' readings were. Gives how many events have no window.
std::size_t PeriodReport::fold_whole(const Slice& slice) {
  std::size_t timeless = 0;
  if (!(options_.window_s > 0)) timeless = slice.events.size();
  while (!placed_ && timeless < slice.events.size() && !(slice.events[timeless].time.known() && slice.events[timeless].time.dated)) ++timeless;
  const auto fold = [&](std::span<const Event> events) {
    if (!events.empty()) whole_.fold({events, slice.batch, slice.names, slice.inputs});
  };
  whole_.tasks.leave_steps(false);
  fold(slice.events.first(timeless));
  whole_.tasks.leave_steps(true);
  fold(slice.events.subspan(timeless));
  return timeless;
}

void PeriodReport::fold(const Slice& slice) {
  const std::size_t timeless = fold_whole(slice);
  spikes_.fold(slice);
  crashes_.fold(slice);
  held_.clear();
  for (const Event& event : slice.events) {
    limit_.fold(event);
    if (const auto held = readings_.fold(event)) {
      whole_.usage.hold(*held);
      held_.push_back(*held);
    }
  }
  if (!(options_.window_s > 0)) return;
  const auto length = static_cast<std::int64_t>(options_.window_s * 1e9);
  // Runs of events of one window go on together.
  for (std::size_t begin = timeless; begin < slice.events.size();) {
    const auto window_of = [&](const Event& event) { return event.time.known() && event.time.dated ? floor_div(local_ns(event.time), length) : placed_ ? now_ : 0; };
    const Event& first = slice.events[begin];
    const std::int64_t window = window_of(first);
    if (open_.size() == 2 && window == now_ && first.time.known() && local_ns(first.time) - now_ * length >= kLatestNs) close_front();
    std::size_t end = begin + 1;
    while (end < slice.events.size() && window_of(slice.events[end]) == window) ++end;
    part_of(window)->fold({slice.events.subspan(begin, end - begin), slice.batch, slice.names, slice.inputs});
    begin = end;
  }
  for (const Held& held : held_) hold(held);
}

// Divides the time that a reading held among the windows. One without a reading is not told: its time stays with the
// window before, so that the windows always sum to the whole.
void PeriodReport::hold(const Held& held) {
  const auto length = static_cast<std::int64_t>(options_.window_s * 1e9);
  if (!held.from.dated || length <= 0) return hold_in(now_, held);
  std::int64_t at = local_ns(held.from);
  const std::int64_t end = at + held.ns;
  std::int64_t window = floor_div(at, length);
  while (at < end) {
    const auto next = next_read(window + 1);
    const std::int64_t to = next && *next * length < end ? *next * length : end;
    Held part = held;
    part.ns = to - at;
    hold_in(window, part);
    at = to;
    if (next) window = *next;
  }
}

// The first window from `window` on that has readings.
std::optional<std::int64_t> PeriodReport::next_read(std::int64_t window) const {
  std::optional<std::int64_t> found;
  for (const auto& part : open_) {
    if (part->usage.samples() > 0 && part->window >= window && (!found || part->window < *found)) found = part->window;
  }
  const auto length = static_cast<std::int64_t>(options_.window_s * 1e9);
  const std::size_t told = told_.first_from(window * length);
  if (told < told_.size() && (!found || told_.from_ns(told) / length < *found)) found = told_.from_ns(told) / length;
  return found;
}

void PeriodReport::hold_in(std::int64_t window, const Held& held) {
  // Times that jump back far are counted where their readings were.
  if (next_read(window) != window) {
    for (const auto& part : open_) {
      if (part->usage.samples() > 0) window = part->window;
    }
  }
  for (const auto& part : open_) {
    if (part->window == window) return part->usage.hold(held);
  }
  const std::int64_t from = window * static_cast<std::int64_t>(options_.window_s * 1e9);
  const std::size_t told = told_.first_from(from);
  if (told < told_.size() && told_.from_ns(told) == from) told_.hold(told, held);
}

void PeriodReport::close_front() {
  close(*open_.front());
  open_.erase(open_.begin());
}

void PeriodReport::close(Part& part) {
  if (part.usage.samples() > 0) told_.add(tell(part, true));
  else part.tasks.hand_over();
}

// All that is said of a window: where it was told before the log stated a limit, with that limit.
PeriodReport::Finished PeriodReport::finish_window(std::size_t i) const {
  ToldWindow told = told_.window(i);
  if (const Limit limit = limit_.limit(); told.early && limit.source == "log") told.set_limit(limit, zones_for(limit));
  const std::string from = format_time(edge(told.from_ns), ' ');
  // A day needs no times.
  const bool day = options_.window_s == 86'400 && from.ends_with(" 00:00:00");
  const std::string heading = day ? from.substr(0, from.find(' ')) : from + " TO " + format_time(edge(told.to_ns), ' ');
  return finish(std::move(told), heading);
}

Report PeriodReport::report(const ReadResult& result) {
  for (const auto& part : open_) close(*part);
  open_.clear();
  Report report;
  report.schema = "memlog.report/1";
  report.entries = "windows";
  crashes_value_ = crashes_.report(result).field("crashes");
  gaps_ = whole_.usage.gaps();
  std::vector<Timestamp> times;
  const FoundSpikes& spikes = spikes_.finish();
  for (std::size_t i = 0; i < spikes.size(); ++i) times.push_back(spikes[i].time);
  spike_times_ = TimeIndex(times);
  times.clear();
  for_each_element(crashes_value_, [&](const Value& crash) {
    const std::string time = as_text(crash["time"]);
    std::string_view rest = time;
    times.push_back(take_timestamp(rest).value_or(Timestamp{}));
  });
  crash_times_ = TimeIndex(times);
  ToldWindow total = tell(whole_, false);
  zones_ = zones_for(limit_.limit());

  // One window says what the total says; people read it once.
  const bool several = told_.size() > 1;
  const std::size_t left_out = told_.size() > options_.told_windows ? told_.size() - options_.told_windows : 0;
  if (left_out > 0) report.blocks.emplace_back(Paragraph{counted(left_out, "earlier window is", "earlier windows are") + " part of the whole period only", Tone::dim});
  if (several) {
    report.blocks.emplace_back(MadeParts{told_.size() - left_out, [this, left_out](std::size_t i) {
                                           auto part = std::make_unique<MadePart>();
                                           part->blocks = finish_window(left_out + i).blocks;
                                           return part;
                                         }});
  }
  Value windows(told_.size(), [this](std::size_t i) { return Value(finish_window(i).fields); });
  const Timestamp first = first_time_of(result);
  std::string heading = several ? "WHOLE PERIOD" : "MEMORY REPORT";
  if (first.known()) heading += ": " + format_time(first, ' ') + " TO " + format_time(last_time_of(result), ' ');
  Finished whole = finish(std::move(total), heading);
  report.fields = {{"window_s", options_.window_s}, {"preset", text_or_null(options_.preset)}, {"spikes_over_mb", options_.spikes_over_mb}, {"windows", std::move(windows)}, {"total", std::move(whole.fields)}};
  for (Block& block : whole.blocks) report.blocks.push_back(std::move(block));
  report.blocks.emplace_back(Paragraph{coverage_text(result), Tone::dim});
  if (!options_.in_pieces) report.hold();
  return report;
}

}  // namespace memlog
