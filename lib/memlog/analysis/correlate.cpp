#include "memlog/analysis/correlate.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "memlog/analysis/record.h"
#include "memlog/base/size.h"
#include "memlog/base/text.h"
#include "memlog/stats/binomial.h"

namespace memlog {

namespace {

constexpr double kHighShare = 0.70;
constexpr double kHighQuantile = 0.90;
constexpr std::size_t kMostMoments = 2000;
constexpr std::size_t kMostAlerts = 20'000;
constexpr std::size_t kLongest = 400;

// A reading says nothing about what is more than an hour later.
constexpr double kCoveredS = 3600;

std::int64_t to_ns(double seconds) { return std::llround(seconds * 1e9); }

bool is_death(const std::string& verdict) { return verdict == "oom" || verdict == "probable_oom" || verdict == "killed"; }

// Words of lost connections, in any case.
const Regex& disconnects() {
  static const Regex pattern("(?i)disconnect|reconnect|connection (lost|closed|reset|refused|aborted)|connectionclosed|connection(reset|aborted|refused)?error|websocket closed|broken pipe|timed? ?out", "");
  return pattern;
}

}  // namespace

Correlation::Correlation(Options options)
    : options_(std::move(options)), spikes_({options_.over_mb}), crashes_([&] {
        Crash::Options crash;
        crash.limit_mb = options_.limit_mb;
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
  bool any = false;
  for (const stats::Curve& curve : curves_) {
    const auto points = curve.points();
    for (std::size_t i = 0; i < points.size(); ++i) {
      const std::int64_t from = to_ns(points[i].t);
      std::int64_t to = i + 1 < points.size() ? to_ns(std::min(points[i + 1].t, points[i].t + kCoveredS)) : from;
      // What is dead has no memory.
      if (const auto stop = std::upper_bound(breaks_.begin(), breaks_.end(), from); stop != breaks_.end()) to = std::min(to, *stop);
      memory_.from_ns = any ? std::min(memory_.from_ns, from) : from;
      memory_.to_ns = any ? std::max(memory_.to_ns, to) : to;
      any = true;
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
  const Report crashes = crashes_.report(result);
  for (const Value& crash : as_list(crashes.field("crashes"))) {
    const std::string time = as_text(crash["time"]);
    std::string_view rest = time;
    const auto at = take_timestamp(rest);
    if (!at || !is_death(as_text(crash["verdict"]))) continue;
    const Value::List& evidence = as_list(crash["evidence"]);
    const Value::List& flying = as_list(crash["tasks_in_flight"]);
    all.push_back({.time = *at, .kind = "death", .task = flying.empty() ? "" : as_text(flying[0]["task"]), .process = as_text(crash["process"]), .rss_mb = as_number(crash["rss_mb"]), .source = evidence.empty() ? Value() : evidence[0]["source"]});
  }
  // Of what comes at once the gravest comes first and gives its name.
  const auto rank = [](const Moment& m) { return m.kind == "death" ? 0 : m.kind == "critical" ? 1 : m.kind == "spike" ? 2 : 3; };
  std::stable_sort(all.begin(), all.end(), [&](const Moment& a, const Moment& b) { return a.time.ns != b.time.ns ? a.time.ns < b.time.ns : rank(a) < rank(b); });
  const std::int64_t window = to_ns(options_.window_s);
  for (Moment& moment : all) {
    moment.last_ns = moment.time.ns;
    if (!moments_.empty() && moment.kind != "death" && moment.time.ns - moments_.back().last_ns <= window) {
      Moment& before = moments_.back();
      before.last_ns = moment.time.ns;
      ++before.alike;
      if (rank(moment) < rank(before)) before.kind = moment.kind;
      if (moment.rss_mb > before.rss_mb) before.rss_mb = moment.rss_mb;
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

std::vector<bool> Correlation::classify(const Line& line) const {
  std::vector<bool> found{line.level == Level::error || line.level == Level::critical, disconnects().matches(line.message)};
  for (const Counted& counted : options_.counted) found.push_back(counted.pattern.matches(line.text));
  return found;
}

void Correlation::add(const std::string& path, const Line& line, bool of_memory) {
  ++main_lines_;
  if (!line.time.known() || line.time.ns < memory_.from_ns || line.time.ns > memory_.to_ns) {
    ++outside_lines_;
    return;
  }
  if (!any_main_) main_ = {line.time.ns, line.time.ns};
  any_main_ = true;
  main_.from_ns = std::min(main_.from_ns, line.time.ns);
  main_.to_ns = std::max(main_.to_ns, line.time.ns);
  std::vector<bool> kinds = classify(line);
  // An alert is no error of the program, and an operation in a list no lost connection. The monitor's own errors tell
  // that an operation failed.
  const bool failure = line.level == Level::error && line.message.find("ERROR in ") != std::string_view::npos;
  if (of_memory && !failure) std::fill(kinds.begin(), kinds.begin() + 2, false);
  // The further lines of an error, a traceback above all, are that error once more.
  if (line.prefixed) in_error_ = kinds[0] || kinds[1];
  else if (in_error_) std::fill(kinds.begin(), kinds.begin() + 2, false);
  bool telling = false;
  const bool inside = under_pressure(line.time.ns);
  for (std::size_t i = 0; i < kinds.size(); ++i) {
    if (!kinds[i]) continue;
    telling = true;
    ++(inside ? tallies_[i].inside : tallies_[i].outside);
  }
  if (of_memory && !telling) return;
  const std::int64_t window = to_ns(options_.window_s);
  auto moment = std::lower_bound(moments_.begin(), moments_.end(), line.time.ns - window, [](const Moment& m, std::int64_t ns) { return m.last_ns < ns; });
  for (; moment != moments_.end() && moment->time.ns - window <= line.time.ns; ++moment) {
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

Report Correlation::report(const ReadResult& result) {
  Report report;
  report.schema = "memlog.correlate/1";
  report.entries = "events";
  double inside_s = 0;
  for (const Stretch& stretch : stretches_) {
    const std::int64_t from = std::max(stretch.from_ns, main_.from_ns);
    const std::int64_t to = std::min(stretch.to_ns, main_.to_ns);
    if (any_main_ && to > from) inside_s += static_cast<double>(to - from) / 1e9;
  }
  const double all_s = any_main_ ? static_cast<double>(main_.to_ns - main_.from_ns) / 1e9 : 0;
  const double outside_s = std::max(0.0, all_s - inside_s);

  Value::List counts;
  Table table;
  table.columns = {{"WHAT"}, {"WHILE HIGH", true}, {"PER HOUR", true, 2}, {"OTHERWISE", true}, {"PER HOUR", true, 2}, {"TIMES AS OFTEN", true}, {"P", true}};
  for (const Tally& tally : tallies_) {
    const double inside_rate = inside_s > 0 ? static_cast<double>(tally.inside) / inside_s * 3600 : kMissing;
    const double outside_rate = outside_s > 0 ? static_cast<double>(tally.outside) / outside_s * 3600 : kMissing;
    const double ratio = outside_rate > 0 ? inside_rate / outside_rate : kMissing;
    const std::uint64_t n = tally.inside + tally.outside;
    const double p = n > 0 && all_s > 0 ? stats::binomial_tail(tally.inside, n, inside_s / all_s) : kMissing;
    counts.emplace_back(Value::Object{{"what", tally.name},
                                      {"inside", tally.inside},
                                      {"outside", tally.outside},
                                      {"inside_per_hour", rounded(inside_rate, 6)},
                                      {"outside_per_hour", rounded(outside_rate, 6)},
                                      {"ratio", rounded(ratio, 4)},
                                      {"p_value", rounded(p, 10)}});
    table.rows.push_back({{tally.name}, {tally.inside}, {inside_rate}, {tally.outside}, {outside_rate}, {ratio}, {is_known(p) ? Value(fmt::format("{:.3f}", p)) : Value()}});
  }

  Value::List events;
  std::vector<Block> blocks;
  std::size_t without = 0;
  for (const Moment& moment : moments_) {
    Value::List lines;
    for (const Shown& shown : moment.shown) {
      lines.emplace_back(Value::Object{{"time", Value(shown.time)}, {"text", shown.text}, {"source", Value(Value::Object{{"path", shown.path}, {"line", shown.line}})}});
    }
    events.emplace_back(Value::Object{{"kind", moment.kind},
                                      {"time", Value(moment.time)},
                                      {"rss_mb", moment.rss_mb},
                                      {"task", text_or_null(moment.task)},
                                      {"process", text_or_null(moment.process)},
                                      {"also", moment.alike},
                                      {"source", moment.source},
                                      {"lines_in_window", moment.lines},
                                      {"lines", std::move(lines)}});
    without += moment.shown.empty() ? 1 : 0;
    // That nothing was said around a death is worth knowing.
    if (moment.shown.empty() && moment.kind != "death") continue;
    std::string heading = fmt::format("{} {}", format_time(moment.time, ' '), moment.kind);
    if (is_known(moment.rss_mb)) heading += fmt::format(" at {}", format_size(moment.rss_mb));
    if (!moment.task.empty()) heading += ", " + moment.task;
    if (!moment.process.empty()) heading += ", " + moment.process;
    if (moment.alike > 0) heading += fmt::format(", and {} more", moment.alike);
    blocks.emplace_back(Heading{heading});
    std::string text;
    for (const Shown& shown : moment.shown) text += fmt::format("{}{}:{}: {}", text.empty() ? "" : "\n", shown.path, shown.line, shown.text);
    if (text.empty()) blocks.emplace_back(Paragraph{fmt::format("no line of the main log within {}", format_duration(options_.window_s)), Tone::dim, 2});
    else blocks.emplace_back(Figure{text, Tone::plain, 2});
    if (moment.lines > moment.shown.size()) blocks.emplace_back(Paragraph{fmt::format("{} more lines", moment.lines - moment.shown.size()), Tone::dim, 2});
  }
  report.fields = {{"window_s", options_.window_s},
                   {"pressure", Value::Object{{"threshold_mb", rounded(threshold_mb_, 4)}, {"threshold_of", threshold_of_}, {"inside_s", rounded(inside_s, 3)}, {"outside_s", rounded(outside_s, 3)}}},
                   {"main_lines", main_lines_},
                   {"lines_outside", outside_lines_},
                   {"counts", std::move(counts)},
                   {"events", std::move(events)}};
  const std::string of = threshold_of_ == "limit" ? "70 % of the limit" : threshold_of_ == "quantile" ? "where the highest tenth of the samples begins" : "as asked";
  report.blocks.emplace_back(Paragraph{fmt::format("memory is high from {:.1f} MB on, {}: {} of {}", threshold_mb_, of, format_duration(inside_s), format_duration(all_s))});
  report.blocks.emplace_back(std::move(table));
  if (moments_.empty()) report.blocks.emplace_back(Paragraph{"no spike, no alert, no death"});
  else if (without == moments_.size()) report.blocks.emplace_back(Paragraph{fmt::format("{} spikes, alerts and deaths, with no line of the main log within {}", moments_.size(), format_duration(options_.window_s))});
  else if (without > 0) report.blocks.emplace_back(Paragraph{fmt::format("{} of {} spikes, alerts and deaths have no line of the main log within {}", without, moments_.size(), format_duration(options_.window_s))});
  report.blocks.insert(report.blocks.end(), blocks.begin(), blocks.end());
  report.blocks.emplace_back(Paragraph{fmt::format("{}; {} lines of the main log, {} of them outside this time", coverage_text(result), main_lines_, outside_lines_), Tone::dim});
  return report;
}

}  // namespace memlog
