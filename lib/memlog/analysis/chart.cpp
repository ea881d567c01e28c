#include "memlog/analysis/chart.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <string>

#include "memlog/analysis/death_marks.h"

namespace memlog {

namespace {

// Names by the order in which the chart needs them; 0 is none.
class Names {
 public:
  explicit Names(const NameTable& table) : table_(table) { list_.emplace_back(""); }
  std::int64_t number(NameId name) { return number(table_.text(name)); }
  std::int64_t number(std::string_view text) {
    if (text.empty()) return 0;
    const auto [at, added] = numbers_.emplace(text, static_cast<std::int64_t>(list_.size()));
    if (added) list_.emplace_back(text);
    return at->second;
  }
  Value::List take() { return std::move(list_); }

 private:
  const NameTable& table_;
  std::map<std::string, std::int64_t, std::less<>> numbers_;
  Value::List list_;
};

// Milliseconds of the clock that the log shows.
std::int64_t shown_ms(std::int64_t ns, std::int16_t zone_minutes) {
  const std::int64_t zone = zone_minutes == Timestamp::kNoZone ? 0 : zone_minutes * std::int64_t{60'000};
  return ns / 1'000'000 + zone;
}

Value whole(std::int64_t n) { return Value(n); }
Value input_of(std::uint64_t source) { return Value(static_cast<std::int64_t>(source >> 48)); }
Value line_of(std::uint64_t source) { return Value(static_cast<std::int64_t>(source & 0xffffffffffffULL)); }

// A page holds so many readings in all, whatever the number of processes: it stays below a megabyte.
constexpr std::size_t kMostPoints = 12'000;

std::vector<stats::Curve::Point> thinned(const stats::Curve& curve, std::size_t most) {
  auto points = curve.points();
  if (points.size() <= most) return points;
  stats::Curve fewer(most / 2);
  for (const auto& point : points) fewer.add(point.t, point.mb, point.label, point.source);
  return fewer.points();
}

std::string_view name_of(Curves::Mark::Kind kind) {
  switch (kind) {
    case Curves::Mark::Kind::restart: return "restart";
    case Curves::Mark::Kind::death: return "death";
    case Curves::Mark::Kind::spike: return "spike";
    case Curves::Mark::Kind::high: return "high";
    case Curves::Mark::Kind::critical: return "critical";
  }
  return "restart";
}

}  // namespace

Value chart_value(const Curves& curves, const Zones& zones, const Value& crashes, const ReadResult& result) {
  Names names(result.names.names);
  const std::int16_t zone = curves.time_at(0).zone_minutes;
  Value::List series;
  for (const Curves::Series& one : curves.processes()) {
    std::vector<stats::Curve::Point> points = thinned(one.curve, kMostPoints / curves.processes().size());
    // The chart's own numbers of the tasks.
    for (auto& point : points) point.label = static_cast<std::uint32_t>(names.number(point.label));
    points.shrink_to_fit();
    const std::size_t count = points.size();
    Value made(count, [points = std::move(points), zone](std::size_t i) {
      const stats::Curve::Point& point = points[i];
      return Value(Value::List{whole(shown_ms(std::llround(point.t * 1e3) * 1'000'000, zone)), Value(point.mb), whole(point.label), input_of(point.source), line_of(point.source)});
    });
    const std::string process = result.names.processes.display(one.id);
    // Names of series tell them apart, so each needs one of its own.
    std::string name = process.empty() ? "RSS" : process;
    for (const Value& other : series) {
      if (as_text(other["name"]) == name) name += " (" + std::to_string(series.size() + 1) + ")";
    }
    series.emplace_back(Value::Object{{"name", name}, {"points", std::move(made)}});
  }
  // Readings of processes without a curve of their own are part of the last.
  const auto series_of = [&](ProcessId process) {
    const auto& list = curves.processes();
    const auto at = std::find_if(list.begin(), list.end(), [&](const Curves::Series& one) { return one.id == process; });
    return whole(at != list.end() ? at - list.begin() : std::max<std::int64_t>(0, static_cast<std::int64_t>(list.size()) - 1));
  };
  Value::List bands;
  for (const Run& run : curves.bands()) {
    bands.emplace_back(Value::List{whole(shown_ms(run.start.ns, zone)), whole(shown_ms(run.end.ns, zone)), whole(names.number(run.task)), series_of(run.process)});
  }
  Value::List marks;
  for (const Curves::Mark& mark : curves.marks()) {
    if (mark.kind == Curves::Mark::Kind::death) continue;
    marks.emplace_back(Value::List{whole(shown_ms(mark.time.ns, zone)), name_of(mark.kind), Value(mark.rss_mb), whole(names.number(mark.task)), input_of(mark.source), line_of(mark.source), series_of(mark.process)});
  }
  for (const DeathMark& death : death_marks(crashes)) {
    std::int64_t input = 0;
    for (std::size_t i = 0; i < result.inputs.size(); ++i) {
      if (result.inputs[i].path == as_text(death.source["path"])) input = static_cast<std::int64_t>(i);
    }
    marks.emplace_back(Value::List{whole(shown_ms(death.time.ns, death.time.zone_minutes)), "death", Value(death.rss_mb), whole(names.number(as_text(death.task))), whole(input), death.source["line"], Value()});
  }
  Value::List limits;
  const Limit limit = curves.limit();
  if (is_known(limit.mb)) limits.emplace_back(Value::Object{{"name", limit.source == "system" ? "the machine's memory" : "limit"}, {"mb", rounded(limit.mb, 1)}, {"limit", true}});
  for (const Zone& one : zones.zones) {
    if (one.from_mb > 0) limits.emplace_back(Value::Object{{"name", one.name}, {"mb", rounded(one.from_mb, 1)}, {"limit", false}});
  }
  Value::List inputs;
  for (const InputSummary& input : result.inputs) inputs.emplace_back(input.path);
  return Value::Object{{"series", std::move(series)}, {"bands", std::move(bands)}, {"marks", std::move(marks)}, {"limits", std::move(limits)}, {"names", names.take()}, {"inputs", std::move(inputs)}};
}

}  // namespace memlog
