#include "memlog/analysis/period_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "memlog/analysis/record.h"
#include "memlog/base/size.h"
#include "memlog/format/format.h"

namespace memlog {

namespace {

// People read the largest; data has all.
constexpr std::size_t kMostSpikes = 50;

// Times are as the log shows them, and so are the windows' edges.
std::int64_t local_ns(const Timestamp& time) {
  return time.zone_minutes == Timestamp::kNoZone ? time.ns : time.ns + time.zone_minutes * 60 * kNanosPerSecond;
}

Timestamp edge(std::int64_t ns) {
  Timestamp time;
  time.ns = ns;
  return time;
}

std::int64_t floor_div(std::int64_t a, std::int64_t b) { return a / b - (a % b < 0 ? 1 : 0); }

// Readings for tests of significance are no figures of a report.
Value without_samples(const Value& tasks) {
  Value::List list;
  for (const Value& task : as_list(tasks)) {
    Value::Object object;
    for (const auto& [key, value] : std::get<Value::Object>(task.data())) {
      if (key == "samples_mb") continue;
      if (const auto* runs = std::get_if<Value::Object>(&value.data()); key == "runs" && runs != nullptr) {
        Value::Object kept = *runs;
        std::erase_if(kept, [](const auto& member) { return member.first == "peaks_mb"; });
        object.emplace_back(key, std::move(kept));
      } else {
        object.emplace_back(key, value);
      }
    }
    list.emplace_back(std::move(object));
  }
  return list;
}

std::string joined(const Value::List& tasks) {
  std::string out;
  for (const Value& task : tasks) out += (out.empty() ? "" : ", ") + as_text(task["task"]);
  return out;
}

Leaks::Options leak_options(const PeriodReport::Options& options) {
  Leaks::Options leaks;
  leaks.limit_mb = options.limit_mb;
  return leaks;
}

Crash::Options crash_options(const PeriodReport::Options& options) {
  Crash::Options crash;
  crash.limit_mb = options.limit_mb;
  return crash;
}

}  // namespace

PeriodReport::Part::Part(const Options& options) : tasks(ByTask::Options{}), leaks(leak_options(options)), limit(options.limit_mb) {}

void PeriodReport::Part::fold(const Slice& slice) {
  static const int celery_format = find_format("celery");
  usage.fold(slice);
  tasks.fold(slice);
  leaks.fold(slice);
  counters.fold(slice);
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
    : options_(options), result_(result), whole_(options), spikes_({options.spikes_over_mb}), crashes_(crash_options(options)), limit_(options.limit_mb) {
  if (!options_.preset.empty()) zones_ = preset_zones(options_.preset);
}

Zones PeriodReport::zones_for(const Limit& limit) const { return options_.preset.empty() ? limit_zones(limit) : zones_; }

// The window of an event. One that came late belongs to the window before; times that jump back farther stay here.
PeriodReport::Part* PeriodReport::part_of(std::int64_t window) {
  if (!placed_ || window > now_) {
    if (open_.size() == 2) {
      close(*open_.front());
      open_.erase(open_.begin());
    }
    open_.push_back(std::make_unique<Part>(options_));
    open_.back()->window = window;
    now_ = window;
    placed_ = true;
  }
  for (const auto& part : open_) {
    if (part->window == window) return part.get();
  }
  return open_.back().get();
}

void PeriodReport::fold(const Slice& slice) {
  whole_.fold(slice);
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
  for (std::size_t begin = 0; begin < slice.events.size();) {
    const auto window_of = [&](const Event& event) { return event.time.known() && event.time.dated ? floor_div(local_ns(event.time), length) : placed_ ? now_ : 0; };
    const Event& first = slice.events[begin];
    if (!placed_ && !(first.time.known() && first.time.dated)) {
      ++begin;
      continue;
    }
    const std::int64_t window = window_of(first);
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
  const auto told = std::lower_bound(told_.begin(), told_.end(), window * length, [](const Told& one, std::int64_t ns) { return one.from_ns < ns; });
  if (told != told_.end() && (!found || told->from_ns / length < *found)) found = told->from_ns / length;
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
  const auto told = std::lower_bound(told_.begin(), told_.end(), from, [](const Told& one, std::int64_t ns) { return one.from_ns < ns; });
  if (told != told_.end() && told->from_ns == from) told->times.hold(held);
}

void PeriodReport::close(Part& part) {
  if (part.usage.samples() > 0) told_.push_back(tell(part, true));
}

PeriodReport::Told PeriodReport::tell(Part& part, bool windowed) const {
  Told told;
  told.windowed = windowed;
  const auto length = static_cast<std::int64_t>(options_.window_s * 1e9);
  told.from_ns = part.window * length;
  told.to_ns = (part.window + 1) * length;
  const Limit limit = part.limit.limit();
  const Zones zones = zones_for(limit);
  const Report tasks = part.tasks.report(result_);
  const Report leaks = part.leaks.report(result_);
  std::vector<CounterLimits::Counter> counters = part.counters.counters(result_.names, false);

  told.usage = {part.usage.usage_table()};
  told.times = part.usage.zone_times(zones);
  told.zoned = !zones.zones.empty() && part.usage.samples() > 0;
  if (!as_list(tasks.field("tasks")).empty()) told.tasks = {tasks.blocks.front()};
  told.leaks.assign(leaks.blocks.begin(), leaks.blocks.end() - 1);
  if (!counters.empty()) {
    std::vector<CounterLimits::Counter> shown;
    std::size_t deques = 0;
    std::size_t within = 0;
    for (const auto& counter : counters) {
      deques += counter.deque ? 1 : 0;
      const bool fine = counter.deque && counter.state == CounterLimits::State::ok;
      within += fine ? 1 : 0;
      if (!fine) shown.push_back(counter);
    }
    if (deques > 0) told.counters.emplace_back(Paragraph{fmt::format("{} of {} deques within their limits", within, deques), within == deques ? Tone::good : Tone::warning});
    if (!shown.empty()) told.counters.emplace_back(CounterLimits::table_of(shown, result_));
  }
  told.gc = part.usage.gc_text();

  Value::List counter_values;
  for (const auto& counter : counters) counter_values.push_back(CounterLimits::value_of(counter, result_));
  told.fields = {{"start", windowed ? Value(edge(told.from_ns)) : Value()},
                 {"end", windowed ? Value(edge(told.to_ns)) : Value()},
                 {"usage", part.usage.usage_value()},
                 {"limit_mb", rounded(limit.mb, 1)},
                 {"limit_source", text_or_null(limit.source)},
                 {"zones_of", text_or_null(zones.source)},
                 {"zones", Value()},
                 {"tasks", without_samples(tasks.field("tasks"))},
                 {"leaks", leaks.field("series")},
                 {"gc", part.usage.gc_value()},
                 {"counters", std::move(counter_values)}};

  AdviceInput& advice = told.advice;
  advice.limit = limit;
  advice.samples = part.usage.samples();
  advice.p99_mb = part.usage.quantile(0.99);
  advice.max_mb = part.usage.maximum();
  for (const double peak : part.peaks) {
    if (!is_known(peak)) continue;
    ++advice.processes;
    if (!(advice.process_peak_mb >= peak)) advice.process_peak_mb = peak;
  }
  advice.celery = part.celery;
  advice.run_end_p95_mb = part.run_ends.quantile(0.95);
  advice.run_ends = part.run_ends.count();
  advice.tasks = tasks.field("tasks");
  advice.leaks = leaks.field("series");
  advice.counters = std::move(counters);
  advice.collections = part.usage.collections();
  advice.freed_mb = part.usage.freed_mb();
  return told;
}

// Adds what belongs to the period, in data and in words.
void PeriodReport::finish(Report& report, Told told, const Value& crashes, const std::vector<Usage::Gap>& gaps, const std::string& heading, Value::List* windows) const {
  const auto inside = [&](std::int64_t ns) { return !told.windowed || (ns >= told.from_ns && ns < told.to_ns); };
  std::vector<Block>& blocks = report.blocks;
  const auto section = [&](const char* title) { blocks.emplace_back(Heading{title}); };
  blocks.emplace_back(Heading{heading, true});
  blocks.insert(blocks.end(), told.usage.begin(), told.usage.end());
  if (told.zoned) blocks.emplace_back(told.times.table());
  for (auto& [key, value] : told.fields) {
    if (key == "zones") value = told.times.value();
  }
  if (!told.tasks.empty()) {
    section("TASKS");
    blocks.insert(blocks.end(), told.tasks.begin(), told.tasks.end());
  }

  Value::List spike_values;
  std::vector<const Spike*> spikes;
  for (const Spike& spike : spikes_.found()) {
    if (told.windowed && (!spike.time.known() || !inside(local_ns(spike.time)))) continue;
    spikes.push_back(&spike);
    spike_values.push_back(Spikes::value_of(spike, result_));
    told.advice.spike_tasks.emplace_back(result_.names.names.text(spike.task));
    told.advice.spikes_returned += spike.returned ? 1 : 0;
  }
  section("SPIKES");
  std::vector<const Spike*> shown = spikes;
  if (shown.size() > kMostSpikes) {
    std::stable_sort(shown.begin(), shown.end(), [](const Spike* a, const Spike* b) { return a->increase_mb > b->increase_mb; });
    shown.resize(kMostSpikes);
    // They were found in order, and lie in one list.
    std::sort(shown.begin(), shown.end());
  }
  Table spike_table = Spikes::table_of(shown, result_);
  spike_table.empty = fmt::format("no jump of {} or more", format_size(options_.spikes_over_mb));
  blocks.emplace_back(std::move(spike_table));
  if (shown.size() < spikes.size()) blocks.emplace_back(Paragraph{fmt::format("and {} smaller one{}", spikes.size() - shown.size(), spikes.size() - shown.size() == 1 ? "" : "s"), Tone::dim});
  if (!spikes.empty()) blocks.emplace_back(Paragraph{fmt::format("{} jump{}; the memory of {} came back", spikes.size(), spikes.size() == 1 ? "" : "s", told.advice.spikes_returned)});

  section("LEAKS");
  blocks.insert(blocks.end(), told.leaks.begin(), told.leaks.end());

  Value::List crash_values;
  Table crash_table;
  crash_table.columns = {{"TIME"}, {"VERDICT"}, {.heading = "CONFIDENCE", .drop = 1}, {"RSS MB", true}, {.heading = "IN FLIGHT", .flexible = true, .name = true}, {"CAUSE"}};
  crash_table.empty = "no crash, no kill, no restart without a reason";
  for (const Value& crash : as_list(crashes)) {
    std::string time = as_text(crash["time"]);
    std::string_view rest = time;
    const auto at = take_timestamp(rest);
    if (told.windowed && (!at || !inside(local_ns(*at)))) continue;
    crash_values.push_back(crash);
    const std::string verdict = as_text(crash["verdict"]);
    if (verdict == "oom" || verdict == "probable_oom") ++told.advice.deaths;
    const Value::List& causes = as_list(crash["causes"]);
    if (const auto t = time.find('T'); t != std::string::npos) time[t] = ' ';
    crash_table.rows.push_back({{text_or_null(time)},
                                {verdict, verdict == "oom" || verdict == "probable_oom" ? Tone::bad : Tone::warning},
                                {crash["confidence"]},
                                {crash["rss_mb"]},
                                {text_or_null(joined(as_list(crash["tasks_in_flight"])))},
                                {causes.empty() ? Value("unknown") : causes[0]["cause"]}});
  }
  section("CRASHES");
  blocks.emplace_back(std::move(crash_table));

  if (!told.gc.empty()) {
    section("GARBAGE COLLECTION");
    blocks.emplace_back(Paragraph{told.gc});
  }
  if (!told.counters.empty()) {
    section("COUNTERS");
    blocks.insert(blocks.end(), told.counters.begin(), told.counters.end());
  }

  Value::List gap_values;
  Table gap_table;
  gap_table.columns = {{"FROM"}, {"TO"}, {"LENGTH", true}, {.heading = "LAST LINE", .flexible = true, .keep_end = true}};
  for (const Usage::Gap& gap : gaps) {
    if (!inside(local_ns(gap.from))) continue;
    gap_values.emplace_back(Value::Object{{"from", Value(gap.from)}, {"to", Value(gap.to)}, {"seconds", rounded(gap.seconds, 3)}, {"source", source_of(gap.input, gap.line, result_.inputs)}});
    gap_table.rows.push_back({{format_time(gap.from, ' ')}, {format_time(gap.to, ' ')}, {format_duration(gap.seconds)}, {source_text(gap.input, gap.line, result_.inputs)}});
  }
  if (!gap_table.rows.empty()) {
    section("GAPS IN THE LOG");
    blocks.emplace_back(std::move(gap_table));
  }

  Value::List advice_values;
  const std::vector<Advice> advice = advise(told.advice);
  if (!advice.empty()) section("RECOMMENDATIONS");
  for (const Advice& one : advice) {
    advice_values.emplace_back(Value::Object{{"kind", one.kind}, {"text", one.text}, {"figures", one.figures}});
    blocks.emplace_back(Paragraph{one.text, Tone::plain, 2});
  }
  told.fields.emplace_back("spikes", std::move(spike_values));
  told.fields.emplace_back("crashes", std::move(crash_values));
  told.fields.emplace_back("gaps", std::move(gap_values));
  told.fields.emplace_back("recommendations", std::move(advice_values));
  if (windows != nullptr) windows->emplace_back(std::move(told.fields));
  else report.fields.emplace_back("total", std::move(told.fields));
}

Report PeriodReport::report(const ReadResult& result) {
  for (const auto& part : open_) close(*part);
  open_.clear();
  Report report;
  report.schema = "memlog.report/1";
  report.entries = "windows";
  const Value crashes = crashes_.report(result).field("crashes");
  const std::vector<Usage::Gap> gaps = whole_.usage.gaps();
  spikes_.finish();
  Told total = tell(whole_, false);
  zones_ = zones_for(limit_.limit());

  Value::List windows;
  const bool several = told_.size() > 1;
  // One window says what the total says; people read it once.
  Report aside;
  const std::size_t left_out = told_.size() > options_.told_windows ? told_.size() - options_.told_windows : 0;
  if (left_out > 0) report.blocks.emplace_back(Paragraph{fmt::format("{} earlier windows are part of the whole period only", left_out), Tone::dim});
  for (std::size_t i = 0; i < told_.size(); ++i) {
    Told& told = told_[i];
    const std::string from = format_time(edge(told.from_ns), ' ');
    // A day needs no times.
    const bool day = options_.window_s == 86'400 && from.ends_with(" 00:00:00");
    const std::string heading = day ? from.substr(0, from.find(' ')) : from + " TO " + format_time(edge(told.to_ns), ' ');
    finish(several && i >= left_out ? report : aside, std::move(told), crashes, gaps, heading, &windows);
  }
  report.fields = {{"window_s", options_.window_s}, {"preset", text_or_null(options_.preset)}, {"spikes_over_mb", options_.spikes_over_mb}, {"windows", std::move(windows)}};
  const Timestamp first = first_time_of(result);
  std::string heading = several ? "WHOLE PERIOD" : "MEMORY REPORT";
  if (first.known()) heading += ": " + format_time(first, ' ') + " TO " + format_time(last_time_of(result), ' ');
  finish(report, std::move(total), crashes, gaps, heading, nullptr);
  report.blocks.emplace_back(Paragraph{coverage_text(result), Tone::dim});
  return report;
}

}  // namespace memlog
