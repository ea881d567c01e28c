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

// There may be twenty thousand of each kind, of which few are told: those are made what they are told as.
void Correlation::find_moments(const ReadResult& result) {
  const FoundSpikes& spikes = spikes_.finish();
  const auto deaths = death_marks(crashes_.report(result).field("crashes"));
  // Of what comes at once the gravest comes first and gives its name.
  enum class Rank : std::uint8_t { death, critical, spike, high };
  struct Candidate {
    std::int64_t ns = 0;
    double rss_mb = kMissing;
    std::uint32_t at = 0;          // in its list
    Rank rank = Rank::spike;
  };
  std::vector<Candidate> all;
  all.reserve(spikes.size() + alerts_.size() + deaths.size());
  const auto add = [&](const auto& list, auto rank_of, auto mb_of) {
    for (std::size_t i = 0; i < list.size(); ++i) {
      if (list[i].time.known()) all.push_back({list[i].time.ns, mb_of(list[i]), static_cast<std::uint32_t>(i), rank_of(list[i])});
    }
  };
  add(spikes, [](const auto&) { return Rank::spike; }, [](const auto& spike) { return spike.to_mb; });
  add(alerts_, [](const Alerted& alert) { return alert.kind == "critical" ? Rank::critical : Rank::high; }, [](const Alerted& alert) { return alert.rss_mb; });
  add(deaths, [](const auto&) { return Rank::death; }, [](const DeathMark& death) { return death.rss_mb; });
  const auto told = [&](const auto& of, std::string_view kind, double mb) {
    return Moment{.time = of.time, .kind = std::string(kind), .task = std::string(result.names.names.text(of.task)), .process = result.names.processes.display(of.process), .rss_mb = mb, .source = source_of(of.input, of.line, result.inputs)};
  };
  const auto moment_of = [&](const Candidate& candidate) {
    if (candidate.rank == Rank::spike) return told(spikes[candidate.at], "spike", candidate.rss_mb);
    if (candidate.rank != Rank::death) return told(alerts_[candidate.at], alerts_[candidate.at].kind, candidate.rss_mb);
    const DeathMark& death = deaths[candidate.at];
    return Moment{.time = death.time, .kind = "death", .task = as_text(death.task), .process = as_text(death.process), .rss_mb = death.rss_mb, .source = death.source};
  };

  std::stable_sort(all.begin(), all.end(), [](const Candidate& a, const Candidate& b) { return a.ns != b.ns ? a.ns < b.ns : a.rank < b.rank; });
  const std::int64_t window = to_ns(options_.window_s);
  Rank rank_before = Rank::high;
  for (const Candidate& candidate : all) {
    if (!moments_.empty() && candidate.rank != Rank::death && candidate.ns - moments_.back().last_ns <= window) {
      Moment& before = moments_.back();
      ++before.alike;
      before.last_ns = candidate.ns;
      // All that is told is of one event: the gravest, and of those the highest.
      if (candidate.rank > rank_before || (candidate.rank == rank_before && !(candidate.rss_mb > before.rss_mb))) continue;
      Moment moment = moment_of(candidate);
      moment.first_ns = before.first_ns;
      moment.last_ns = before.last_ns;
      moment.alike = before.alike;
      before = std::move(moment);
      rank_before = candidate.rank;
      continue;
    }
    if (moments_.size() == kMostMoments) break;
    moments_.push_back(moment_of(candidate));
    moments_.back().first_ns = moments_.back().last_ns = candidate.ns;
    rank_before = candidate.rank;
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
