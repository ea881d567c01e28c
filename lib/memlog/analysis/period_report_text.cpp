#include <fmt/format.h>

#include <algorithm>

#include "memlog/analysis/period_report.h"
#include "memlog/analysis/record.h"
#include "memlog/analysis/window.h"
#include "memlog/base/counted.h"
#include "memlog/base/size.h"

// The sections of a window, in data and in words.
namespace memlog {

using window::local_ns;

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

bool PeriodReport::Told::holds(const Timestamp& time) const {
  const std::int64_t ns = local_ns(time);
  return !windowed || (time.known() && ns >= from_ns && ns < to_ns);
}

Value PeriodReport::tell_spikes(Told& told, std::vector<Block>& blocks) const {
  Value::List values;
  std::vector<const Spike*> spikes;
  for (const Spike& spike : spikes_.found()) {
    if (!told.holds(spike.time)) continue;
    spikes.push_back(&spike);
    values.push_back(Spikes::value_of(spike, result_));
    told.advice.spike_tasks.emplace_back(result_.names.names.text(spike.task));
    told.advice.spikes_returned += spike.returned ? 1 : 0;
  }
  std::vector<const Spike*> shown = spikes;
  if (shown.size() > kMostSpikes) {
    std::stable_sort(shown.begin(), shown.end(), [](const Spike* a, const Spike* b) { return a->increase_mb > b->increase_mb; });
    shown.resize(kMostSpikes);
    // They were found in order, and lie in one list.
    std::sort(shown.begin(), shown.end());
  }
  add_section(blocks, "SPIKES");
  Table table = Spikes::table_of(shown, result_);
  table.empty = fmt::format("no jump of {} or more", format_size(options_.spikes_over_mb));
  blocks.emplace_back(std::move(table));
  if (shown.size() < spikes.size()) blocks.emplace_back(Paragraph{"and " + counted(spikes.size() - shown.size(), "smaller one"), Tone::dim});
  if (!spikes.empty()) blocks.emplace_back(Paragraph{counted(spikes.size(), "jump") + Spikes::returned_text(spikes.size(), told.advice.spikes_returned)});
  return values;
}

Value PeriodReport::tell_crashes(Told& told, const Value& crashes, std::vector<Block>& blocks) const {
  Value::List values;
  Table table;
  table.columns = {{"TIME"}, {.heading = "VERDICT", .flexible = true}, {.heading = "CONFIDENCE", .drop = 2}, {"RSS MB", true}, {.heading = "IN FLIGHT", .flexible = true, .name = true, .drop = 1}, {.heading = "CAUSE", .flexible = true}};
  table.empty = "no crash, no kill, no restart without a reason";
  for (const Value& crash : as_list(crashes)) {
    std::string time = as_text(crash["time"]);
    std::string_view rest = time;
    const auto at = take_timestamp(rest);
    if (!told.holds(at.value_or(Timestamp{}))) continue;
    values.push_back(crash);
    const std::string verdict = as_text(crash["verdict"]);
    const bool of_memory = verdict == "oom" || verdict == "probable_oom";
    if (of_memory) ++told.advice.deaths;
    const Value::List& causes = as_list(crash["causes"]);
    if (const auto t = time.find('T'); t != std::string::npos) time[t] = ' ';
    table.rows.push_back({{text_or_null(time)},
                          {verdict, of_memory ? Tone::bad : Tone::warning},
                          {crash["confidence"]},
                          {crash["rss_mb"]},
                          {text_or_null(joined(as_list(crash["tasks_in_flight"])))},
                          {causes.empty() ? Value("unknown") : causes[0]["cause"]}});
  }
  add_section(blocks, "CRASHES");
  blocks.emplace_back(std::move(table));
  return values;
}

Value PeriodReport::tell_gaps(const Told& told, const std::vector<Usage::Gap>& gaps, std::vector<Block>& blocks) const {
  Value::List values;
  Table table;
  table.columns = {{"FROM"}, {"TO"}, {"LENGTH", true}, {.heading = "LAST LINE", .flexible = true, .keep_end = true, .drop = 1}};
  for (const Usage::Gap& gap : gaps) {
    if (!told.holds(gap.from)) continue;
    values.emplace_back(Value::Object{{"from", Value(gap.from)}, {"to", Value(gap.to)}, {"seconds", rounded(gap.seconds, 3)}, {"source", source_of(gap.input, gap.line, result_.inputs)}});
    table.rows.push_back({{format_time(gap.from, ' ')}, {format_time(gap.to, ' ')}, {format_duration(gap.seconds)}, {source_text(gap.input, gap.line, result_.inputs)}});
  }
  if (table.rows.empty()) return values;
  add_section(blocks, "GAPS IN THE LOG");
  blocks.emplace_back(std::move(table));
  return values;
}

Value PeriodReport::tell_advice(const Told& told, std::vector<Block>& blocks) {
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
void PeriodReport::finish(Report& report, Told told, const Value& crashes, const std::vector<Usage::Gap>& gaps, const std::string& heading, Value::List* windows) const {
  std::vector<Block>& blocks = report.blocks;
  const auto append = [&](const std::vector<Block>& more) { blocks.insert(blocks.end(), more.begin(), more.end()); };
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
  Value deaths = tell_crashes(told, crashes, blocks);
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
  Value silences = tell_gaps(told, gaps, blocks);
  Value advice = tell_advice(told, blocks);
  told.fields.emplace_back("spikes", std::move(spikes));
  told.fields.emplace_back("crashes", std::move(deaths));
  told.fields.emplace_back("gaps", std::move(silences));
  told.fields.emplace_back("recommendations", std::move(advice));
  if (windows != nullptr) windows->emplace_back(std::move(told.fields));
  else report.fields.emplace_back("total", std::move(told.fields));
}

}  // namespace memlog
