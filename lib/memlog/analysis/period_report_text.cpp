#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "memlog/analysis/period_report.h"
#include "memlog/analysis/record.h"
#include "memlog/base/counted.h"
#include "memlog/base/size.h"

// The sections of a window, in data and in words.
namespace memlog {

namespace {

// People read the largest; data has all.
constexpr std::size_t kMostSpikes = 50;

std::string joined(const Value::List& tasks) {
  std::string out;
  for (const Value& task : tasks) out += (out.empty() ? "" : ", ") + as_text(task["task"]);
  return out;
}

void add_section(std::vector<Block>& blocks, const char* title) { blocks.emplace_back(Heading{title}); }

}  // namespace

Value PeriodReport::tell_spikes(ToldWindow& told, std::vector<Block>& blocks) const {
  const FoundSpikes& found = spikes_.found();
  struct Jump {
    double increase_mb = 0;
    std::uint32_t place = 0;
  };
  std::vector<Jump> jumps;
  const auto add = [&](std::size_t i) {
    const Spike spike = found[i];
    jumps.push_back({spike.increase_mb, static_cast<std::uint32_t>(i)});
    ++told.advice.spike_tasks[std::string(result_.names.names.text(spike.task))];
    ++told.advice.spikes;
    told.advice.spikes_returned += spike.returned ? 1 : 0;
  };
  if (told.windowed) {
    for (const std::size_t i : spike_times_.within(told.from_ns, told.to_ns)) add(i);
  } else {
    for (std::size_t i = 0; i < spike_times_.size(); ++i) add(i);
  }
  const auto places_of = [](const std::vector<Jump>& list) {
    std::vector<std::uint32_t> places;
    for (const Jump& jump : list) places.push_back(jump.place);
    return places;
  };
  std::vector<std::uint32_t> places = places_of(jumps);
  const std::size_t count = jumps.size();
  if (count > kMostSpikes) {
    std::stable_sort(jumps.begin(), jumps.end(), [](const Jump& a, const Jump& b) { return a.increase_mb > b.increase_mb; });
    jumps.resize(kMostSpikes);
    // They were found in order.
    std::sort(jumps.begin(), jumps.end(), [](const Jump& a, const Jump& b) { return a.place < b.place; });
  }
  add_section(blocks, "SPIKES");
  Table table = Spikes::table_of(found, places_of(jumps), result_);
  table.empty = fmt::format("no jump of {} or more", format_size(options_.spikes_over_mb));
  blocks.emplace_back(std::move(table));
  if (count > jumps.size()) blocks.emplace_back(Paragraph{"and " + counted(count - jumps.size(), "smaller one"), Tone::dim});
  if (count > 0) blocks.emplace_back(Paragraph{counted(count, "jump") + Spikes::returned_text(count, told.advice.spikes_returned)});
  return {count, [this, places = std::move(places)](std::size_t i) { return Spikes::value_of(spikes_.found()[places[i]], result_); }};
}

Value PeriodReport::tell_crashes(ToldWindow& told, std::vector<Block>& blocks) const {
  const Value& crashes = crashes_value_;
  std::vector<std::size_t> here;
  if (told.windowed) {
    here = crash_times_.within(told.from_ns, told.to_ns);
  } else {
    for (std::size_t i = 0; i < size_of(crashes); ++i) here.push_back(i);
  }
  for (const std::size_t i : here) {
    const std::string verdict = as_text(element_of(crashes, i)["verdict"]);
    if (verdict == "oom" || verdict == "probable_oom") ++told.advice.deaths;
  }
  Table table;
  table.columns = {{"TIME"}, {.heading = "VERDICT", .flexible = true}, {.heading = "CONFIDENCE", .drop = 2}, {"RSS MB", true}, {.heading = "IN FLIGHT", .flexible = true, .name = true, .drop = 1}, {.heading = "CAUSE", .flexible = true}};
  table.empty = "no crash, no kill, no restart without a reason";
  table.made_rows = here.size();
  table.make_row = [&crashes, here](std::size_t i) {
    const Value crash = element_of(crashes, here[i]);
    std::string time = as_text(crash["time"]);
    const std::string verdict = as_text(crash["verdict"]);
    const bool of_memory = verdict == "oom" || verdict == "probable_oom";
    const Value::List& causes = as_list(crash["causes"]);
    if (const auto t = time.find('T'); t != std::string::npos) time[t] = ' ';
    return std::vector<Cell>{{text_or_null(time)},
                             {verdict, of_memory ? Tone::bad : Tone::warning},
                             {crash["confidence"]},
                             {crash["rss_mb"]},
                             {text_or_null(joined(as_list(crash["tasks_in_flight"])))},
                             {causes.empty() ? Value("unknown") : causes[0]["cause"]}};
  };
  add_section(blocks, "CRASHES");
  blocks.emplace_back(std::move(table));
  const std::size_t count = here.size();
  return {count, [&crashes, here = std::move(here)](std::size_t i) { return element_of(crashes, here[i]); }};
}

Value PeriodReport::tell_gaps(const ToldWindow& told, std::vector<Block>& blocks) const {
  Value::List values;
  Table table;
  table.columns = {{"FROM"}, {"TO"}, {"LENGTH", true}, {.heading = "LAST LINE", .flexible = true, .keep_end = true, .drop = 1}};
  for (const Usage::Gap& gap : gaps_) {
    if (!told.holds(gap.from)) continue;
    values.emplace_back(Value::Object{{"from", Value(gap.from)}, {"to", Value(gap.to)}, {"seconds", rounded(gap.seconds, 3)}, {"source", source_of(gap.input, gap.line, result_.inputs)}});
    table.rows.push_back({{format_time(gap.from, ' ')}, {format_time(gap.to, ' ')}, {format_duration(gap.seconds)}, {source_text(gap.input, gap.line, result_.inputs)}});
  }
  if (table.rows.empty()) return values;
  add_section(blocks, "GAPS IN THE LOG");
  blocks.emplace_back(std::move(table));
  return values;
}

Value PeriodReport::tell_advice(const ToldWindow& told, std::vector<Block>& blocks) {
  Value::List values;
  const std::vector<Advice> advice = advise(told.advice);
  if (!advice.empty()) add_section(blocks, "RECOMMENDATIONS");
  for (const Advice& one : advice) {
    values.emplace_back(Value::Object{{"kind", one.kind}, {"text", one.text}, {"figures", one.figures}});
    blocks.emplace_back(Paragraph{one.text, Tone::plain, 2});
  }
  return values;
}

// Adds what belongs to the period, in data and in words.
PeriodReport::Finished PeriodReport::finish(ToldWindow told, const std::string& heading) const {
  std::vector<Block> blocks;
  const auto append = [&](std::vector<Block>& more) { blocks.insert(blocks.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end())); };
  blocks.emplace_back(Heading{heading, true});
  append(told.usage);
  if (told.zoned) blocks.emplace_back(told.times.table());
  for (auto& [key, value] : told.fields) {
    if (key == "zones") value = told.times.value();
  }
  if (!told.tasks.empty()) {
    add_section(blocks, "TASKS");
    append(told.tasks);
  }
  Value spikes = tell_spikes(told, blocks);
  add_section(blocks, "LEAKS");
  append(told.leaks);
  Value deaths = tell_crashes(told, blocks);
  if (!told.gc.empty()) {
    add_section(blocks, "GARBAGE COLLECTION");
    blocks.emplace_back(Paragraph{told.gc});
  }
  if (!told.counters.empty()) {
    add_section(blocks, "COUNTERS");
    append(told.counters);
  }
  if (!told.stated.empty()) {
    add_section(blocks, "THE LOG'S OWN REPORT");
    append(told.stated);
  }
  Value silences = tell_gaps(told, blocks);
  Value advice = tell_advice(told, blocks);
  told.fields.emplace_back("spikes", std::move(spikes));
  told.fields.emplace_back("crashes", std::move(deaths));
  told.fields.emplace_back("gaps", std::move(silences));
  told.fields.emplace_back("recommendations", std::move(advice));
  return {std::move(told.fields), std::move(blocks)};
}

}  // namespace memlog
