#include "memlog/analysis/correlate.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "memlog/analysis/death_marks.h"
#include "memlog/analysis/lost_connections.h"
#include "memlog/analysis/record.h"

namespace memlog {

namespace {

constexpr double kHighShare = 0.70;
constexpr double kHighQuantile = 0.90;
constexpr std::size_t kMostMoments = 2000;
constexpr std::size_t kMostAlerts = 20'000;
constexpr std::size_t kLongest = 400;

// Of tallies_.
constexpr std::size_t kErrors = 0;
constexpr std::size_t kLost = 1;

// A reading says nothing about what is more than an hour later.
constexpr double kCoveredS = 3600;

std::int64_t to_ns(double seconds) { return std::llround(seconds * 1e9); }

}  // namespace

Correlation::Correlation(Options options)
    : options_(std::move(options)), spikes_({options_.over_mb}), crashes_([&] {
        Crash::Options crash;
        crash.limit_mb = options_.limit_mb;
        crash.in_pieces = true;
        return crash;
      }()),
      limit_(options_.limit_mb) {
  tallies_ = {{"errors"}, {"disconnects"}};
  for (const Counted& counted : options_.counted) tallies_.push_back({counted.name});
}

void Correlation::fold(const Slice& slice) {
  spikes_.fold(slice);
  crashes_.fold(slice);
  for (const Event& event : slice.events) {
    limit_.fold(event);
    const bool stops = event.kind == EventKind::restart || is_death(event.kind) || event.is(flag::kBoot);
    if (stops && event.time.known() && breaks_.size() < kMostAlerts) breaks_.push_back(event.time.ns);
    if (!event.is(flag::kSample | flag::kSelected) || !event.time.known() || !is_known(event.rss_mb)) continue;
    rss_.add(event.rss_mb);
    if (!memory_first_.known() || event.time.ns < memory_first_.ns) memory_first_ = event.time;
    if (!memory_last_.known() || event.time.ns > memory_last_.ns) memory_last_ = event.time;
    if (event.process >= curves_.size()) curves_.resize(event.process + 1, stats::Curve(4096));
    curves_[event.process].add(event.time.seconds(), event.rss_mb, 0, 0);
    if ((event.is(flag::kHigh) || event.is(flag::kCritical)) && alerts_.size() < kMostAlerts) {
      alerts_.push_back({event.time, event.is(flag::kCritical) ? "critical" : "high", event.task, event.process, event.rss_mb, event.input, event.line});
    }
  }
}

void Correlation::find_stretches() {
  const Limit limit = limit_.limit();
  if (is_known(options_.pressure_mb)) {
    threshold_mb_ = options_.pressure_mb;
    threshold_of_ = "option";
  } else if (is_known(limit.mb) && limit.source != "system") {
    threshold_mb_ = kHighShare * limit.mb;
    threshold_of_ = "limit";
  } else {
    threshold_mb_ = rss_.quantile(kHighQuantile);
    threshold_of_ = "quantile";
  }
  std::sort(breaks_.begin(), breaks_.end());
  if (memory_first_.known()) memory_ = {memory_first_.ns, memory_last_.ns};
  for (const stats::Curve& curve : curves_) {
    const auto points = curve.points();
    for (std::size_t i = 0; i < points.size(); ++i) {
      const std::int64_t from = to_ns(points[i].t);
      std::int64_t to = i + 1 < points.size() ? to_ns(std::min(points[i + 1].t, points[i].t + kCoveredS)) : from;
      // What is dead has no memory.
      if (const auto stop = std::upper_bound(breaks_.begin(), breaks_.end(), from); stop != breaks_.end()) to = std::min(to, *stop);
      if (points[i].mb >= threshold_mb_ && to > from) stretches_.push_back({from, to});
    }
  }
  std::sort(stretches_.begin(), stretches_.end(), [](const Stretch& a, const Stretch& b) { return a.from_ns < b.from_ns; });
  std::vector<Stretch> joined;
  for (const Stretch& stretch : stretches_) {
    if (!joined.empty() && stretch.from_ns <= joined.back().to_ns) joined.back().to_ns = std::max(joined.back().to_ns, stretch.to_ns);
    else joined.push_back(stretch);
  }
  stretches_ = std::move(joined);
}

bool Correlation::under_pressure(std::int64_t ns) const {
  const auto after = std::upper_bound(stretches_.begin(), stretches_.end(), ns, [](std::int64_t t, const Stretch& stretch) { return t < stretch.from_ns; });
  return after != stretches_.begin() && ns < std::prev(after)->to_ns;
}

void Correlation::find_moments(const ReadResult& result) {
  std::vector<Moment> all;
  for (const Spike& spike : spikes_.finish()) {
    if (!spike.time.known()) continue;
    all.push_back({.time = spike.time, .kind = "spike", .task = std::string(result.names.names.text(spike.task)), .process = result.names.processes.display(spike.process), .rss_mb = spike.to_mb, .source = source_of(spike.input, spike.line, result.inputs)});
  }
  for (const Alerted& alert : alerts_) {
    all.push_back({.time = alert.time, .kind = std::string(alert.kind), .task = std::string(result.names.names.text(alert.task)), .process = result.names.processes.display(alert.process), .rss_mb = alert.rss_mb, .source = source_of(alert.input, alert.line, result.inputs)});
  }
  for (const DeathMark& death : death_marks(crashes_.report(result).field("crashes"))) {
    all.push_back({.time = death.time, .kind = "death", .task = as_text(death.task), .process = as_text(death.process), .rss_mb = death.rss_mb, .source = death.source});
  }
  // Of what comes at once the gravest comes first and gives its name.
  const auto rank = [](const Moment& m) { return m.kind == "death" ? 0 : m.kind == "critical" ? 1 : m.kind == "spike" ? 2 : 3; };
  std::stable_sort(all.begin(), all.end(), [&](const Moment& a, const Moment& b) { return a.time.ns != b.time.ns ? a.time.ns < b.time.ns : rank(a) < rank(b); });
  const std::int64_t window = to_ns(options_.window_s);
  for (Moment& moment : all) {
    moment.first_ns = moment.last_ns = moment.time.ns;
    if (!moments_.empty() && moment.kind != "death" && moment.time.ns - moments_.back().last_ns <= window) {
      Moment& before = moments_.back();
      moment.first_ns = before.first_ns;
      moment.alike = ++before.alike;
      before.last_ns = moment.last_ns;
      // All that is told is of one event: the gravest, and of those the highest.
      if (rank(moment) < rank(before) || (rank(moment) == rank(before) && moment.rss_mb > before.rss_mb)) before = std::move(moment);
      continue;
    }
    if (moments_.size() == kMostMoments) break;
    moments_.push_back(std::move(moment));
  }
}

void Correlation::ready(const ReadResult& result) {
  find_stretches();
  find_moments(result);
}

// A time of the main log by the clock of the memory log. Where only one of them states a zone, the other is taken to be
// of the same host and to show the same clock.
std::int64_t Correlation::placed(const Timestamp& time) const {
  constexpr std::int64_t kMinute = 60 * kNanosPerSecond;
  std::int64_t ns = time.ns;
  if (time.yearless) {
    const CivilDate date = civil_from_days(ns / kNanosPerDay);
    const std::int64_t year = civil_from_days(memory_.from_ns / kNanosPerDay).year;
    const auto in_year = [&](std::int64_t y) { return days_from_civil(y, date.month, date.day) * kNanosPerDay + ns % kNanosPerDay; };
    // A log of the turn of the year is of two.
    const bool next = in_year(year) < memory_.from_ns - kNanosPerDay && in_year(year + 1) <= memory_.to_ns + kNanosPerDay;
    ns = in_year(next ? year + 1 : year);
  }
  const bool zoned = time.zone_minutes != Timestamp::kNoZone;
  const bool memory_zoned = memory_first_.zone_minutes != Timestamp::kNoZone;
  if (zoned && !memory_zoned) ns += time.zone_minutes * kMinute;
  if (!zoned && memory_zoned) ns -= memory_first_.zone_minutes * kMinute;
  return ns;
}

// What a line counts as. An alert is no error of the program, and an operation in a list no lost connection; the
// monitor's own errors tell that an operation failed.
std::vector<bool> Correlation::classify(const Line& line, bool of_memory) {
  std::vector<bool> kinds{line.level == Level::error || line.level == Level::critical, tells_lost_connection(line.message)};
  for (const Counted& counted : options_.counted) kinds.push_back(counted.pattern.matches(line.text));
  const bool failure = line.level == Level::error && line.message.find("ERROR in ") != std::string_view::npos;
  if (!line.prefixed && record_.open) {
    // An error's further lines are that error once more; why it failed often stands only there.
    kinds[kErrors] = false;
    if (record_.lost || (of_memory && !record_.failed)) kinds[kLost] = false;
    record_.lost = record_.lost || kinds[kLost];
    return kinds;
  }
  if (of_memory && !failure) kinds[kErrors] = kinds[kLost] = false;
  if (line.prefixed) record_ = {.open = kinds[kErrors] || kinds[kLost] || (line.level == Level::warning && !of_memory), .failed = failure, .lost = kinds[kLost]};
  return kinds;
}

void Correlation::count(const std::vector<bool>& kinds, std::int64_t ns) {
  const bool inside = under_pressure(ns);
  for (std::size_t i = 0; i < kinds.size(); ++i) {
    if (kinds[i]) ++(inside ? tallies_[i].inside : tallies_[i].outside);
  }
}

Correlation::MainLog& Correlation::log_of(const std::string& path) {
  if (main_logs_.empty() || main_logs_.back().path != path) {
    main_logs_.emplace_back().path = path;
    record_ = {};
  }
  return main_logs_.back();
}

void Correlation::add(const std::string& path, const Line& line, bool of_memory) {
  MainLog& log = log_of(path);
  ++log.lines;
  const bool timed = line.time.known() && (line.time.dated || line.time.yearless);
  const std::int64_t ns = timed ? placed(line.time) : 0;
  if (timed) {
    if (!log.first.known()) log.first = line.time;
    log.last = line.time;
  }
  if (!timed || !memory_first_.known() || ns < memory_.from_ns || ns > memory_.to_ns) {
    ++log.outside;
    return;
  }
  main_.from_ns = any_main_ ? std::min(main_.from_ns, ns) : ns;
  main_.to_ns = any_main_ ? std::max(main_.to_ns, ns) : ns;
  any_main_ = true;
  const std::vector<bool> kinds = classify(line, of_memory);
  count(kinds, ns);
  const bool telling = std::find(kinds.begin(), kinds.end(), true) != kinds.end();
  if (telling || !of_memory) show(path, line, ns, telling);
}

// Keeps the line for the events that it is near to, what tells something before what does not.
void Correlation::show(const std::string& path, const Line& line, std::int64_t ns, bool telling) {
  const std::int64_t window = to_ns(options_.window_s);
  auto moment = std::lower_bound(moments_.begin(), moments_.end(), ns - window, [](const Moment& m, std::int64_t at) { return m.last_ns < at; });
  for (; moment != moments_.end() && moment->first_ns - window <= ns; ++moment) {
    ++moment->lines;
    if (line.text.empty() || options_.lines == 0) continue;
    const bool full = moment->shown.size() == options_.lines;
    if (full && !telling) continue;
    if (full) {
      const auto plain = std::find_if(moment->shown.begin(), moment->shown.end(), [](const Shown& shown) { return !shown.telling; });
      if (plain == moment->shown.end()) continue;
      moment->shown.erase(plain);
    }
    moment->shown.push_back({line.time, path, line.number, std::string(line.text.substr(0, kLongest)), telling});
  }
}

std::vector<std::pair<std::string, std::string>> Correlation::warnings() const {
  std::vector<std::pair<std::string, std::string>> found;
  if (!memory_first_.known()) {
    found.emplace_back("the memory log has no times: no line of another log can be put beside it", "");
    return found;
  }
  for (const MainLog& log : main_logs_) {
    if (log.lines > log.outside) continue;
    if (log.lines == 0) {
      found.emplace_back(log.path + ": it has no lines", "");
    } else if (!log.first.known()) {
      found.emplace_back(log.path + ": no line has a date and a time, so none can be put beside the memory log", "let the program log them, or give what its platform kept: 'docker logs -t', 'journalctl -o short-iso'");
    } else {
      found.emplace_back(fmt::format("{}: {} to {} does not overlap with the memory log, {} to {}", log.path, format_time(log.first, ' '), format_time(log.last, ' '), format_time(memory_first_, ' '), format_time(memory_last_, ' ')),
                         "is it of another day, or its clock in another zone?");
    }
  }
  return found;
}

}  // namespace memlog
