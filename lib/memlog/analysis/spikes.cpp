#include "memlog/analysis/spikes.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "memlog/analysis/record.h"
#include "memlog/base/counted.h"
#include "memlog/base/size.h"
#include "memlog/format/format.h"

namespace memlog {

namespace {

// Readings farther apart than this show no sudden change.
constexpr double kSuddenS = 3600;

// What the bot's own monitor calls a spike. Its debug log leaves most readings out, so an unmarked step of this much
// there is several smaller ones.
constexpr double kMonitorsOwnMb = 50;

// Back within this share of the jump is back.
constexpr double kBack = 0.1;

// Readings have one decimal, two at most; a difference of two has their noise.
constexpr double kRounding = 0.005;

bool ends_life(const Event& event) {
  switch (event.kind) {
    case EventKind::restart:
    case EventKind::worker_started:
    case EventKind::worker_exited: return true;
    default: return is_death(event.kind) || event.is(flag::kBoot);
  }
}

}  // namespace

Spikes::Spikes(const Options& options) : options_(options), debug_log_(find_format("memory_debug")) {}

Spikes::Life& Spikes::life(ProcessId process) {
  if (process >= lives_.size()) lives_.resize(process + 1);
  return lives_[process];
}

void Spikes::fold(const Slice& slice) {
  for (const Event& event : slice.events) {
    if (ends_life(event)) end(life(event.process));
    // A compact writer tells of a jump without the total.
    const bool told_only = event.is(flag::kRecord | flag::kSpike) && is_known(event.delta_mb);
    if ((event.is(flag::kSample) && is_known(event.rss_mb)) || told_only) read(event, slice);
  }
}

void Spikes::read(const Event& event, const Slice& slice) {
  Life& life = this->life(event.process);
  look_for_returns(life, event);
  Spike spike;
  spike.to_mb = event.rss_mb;
  if (event.time.known() && life.time.known()) spike.interval_s = static_cast<double>(event.time.ns - life.time.ns) / 1e9;
  const bool told = event.is(flag::kSpike) && is_known(event.delta_mb);
  if (told) {
    spike.increase_mb = event.delta_mb;
    spike.from_mb = event.rss_mb - event.delta_mb;
    if (!(std::fabs(spike.from_mb - life.rss_mb) < 0.15)) spike.interval_s = kMissing;
  } else if (is_known(life.rss_mb) && !(spike.interval_s > kSuddenS)) {
    spike.increase_mb = event.rss_mb - life.rss_mb;
    spike.from_mb = life.rss_mb;
  }
  const bool first = event.is(flag::kFirstAfterStart);
  const bool several = event.format == debug_log_ && !told && spike.increase_mb >= kMonitorsOwnMb;
  const bool jump = spike.increase_mb >= options_.over_mb - kRounding && !first && !several;
  if (jump && event.is(flag::kSelected)) {
    if (spikes_.size() == kMostKept) {
      ++not_kept_;
    } else {
      spike.time = event.time;
      spike.process = event.process;
      spike.task = event.task;
      spike.previous_task = life.task;
      spike.context = std::string(slice.batch.context_of(event));
      spike.input = event.input;
      spike.line = event.line;
      if (is_known(spike.from_mb)) {
        life.open.push({spike.from_mb + kBack * spike.increase_mb, spikes_.size()});
        life.lows.push_back({spikes_.size()});
      }
      spikes_.add(spike);
    }
  }
  if (!is_known(event.rss_mb)) return;
  life.time = event.time;
  life.rss_mb = event.rss_mb;
  life.task = event.task;
}

void Spikes::look_for_returns(Life& life, const Event& event) {
  if (life.lows.empty() || !is_known(event.rss_mb)) return;
  if (!(life.lows.back().mb <= event.rss_mb)) life.lows.back().mb = event.rss_mb;
  while (!life.open.empty() && event.rss_mb <= life.open.top().return_mb) {
    const std::size_t place = life.open.top().spike;
    Spike spike = spikes_[place];
    life.open.pop();
    spike.returned = true;
    spike.kept_mb = std::max(0.0, event.rss_mb - spike.from_mb);
    if (event.time.known() && spike.time.known()) spike.returned_after_s = static_cast<double>(event.time.ns - spike.time.ns) / 1e9;
    spikes_.change(place, spike);
  }
  if (life.open.empty()) life.lows.clear();
}

// What has not come back by the end of the life stays kept: what the lowest reading after the jump had.
void Spikes::end(Life& life) {
  double lowest = kMissing;
  for (std::size_t i = life.lows.size(); i-- > 0;) {
    if (!(life.lows[i].mb >= lowest)) lowest = is_known(life.lows[i].mb) ? life.lows[i].mb : lowest;
    if (!is_known(lowest)) continue;
    Spike spike = spikes_[life.lows[i].spike];
    if (spike.returned) continue;
    spike.kept_mb = std::max(0.0, lowest - spike.from_mb);
    spikes_.change(life.lows[i].spike, spike);
  }
  life = Life{};
}

const FoundSpikes& Spikes::finish() {
  for (Life& life : lives_) end(life);
  return spikes_;
}

Value Spikes::value_of(const Spike& spike, const ReadResult& result) {
  return Value::Object{
      {"time", Value(spike.time)},
      {"process", text_or_null(result.names.processes.display(spike.process))},
      {"increase_mb", rounded(spike.increase_mb, 4)},
      {"from_mb", rounded(spike.from_mb, 4)},
      {"to_mb", spike.to_mb},
      {"task", text_or_null(result.names.names.text(spike.task))},
      {"previous_task", text_or_null(result.names.names.text(spike.previous_task))},
      {"context", text_or_null(spike.context)},
      {"interval_s", rounded(spike.interval_s, 3)},
      {"returned", spike.returned},
      {"returned_after_s", rounded(spike.returned_after_s, 3)},
      {"kept_mb", rounded(spike.kept_mb, 4)},
      {"source", source_of(spike.input, spike.line, result.inputs)},
  };
}

Table Spikes::table_of(const FoundSpikes& found, std::vector<std::uint32_t> spikes, const ReadResult& result) {
  bool processes = false;
  bool contexts = false;
  for (const std::uint32_t place : spikes) {
    const Spike spike = found[place];
    processes |= !result.names.processes.display(spike.process).empty();
    contexts |= !spike.context.empty();
  }
  Table table;
  table.columns = {{"TIME"}, {"INCREASE MB", true}, {.heading = "FROM MB", .right = true, .drop = 5}, {.heading = "TO MB", .right = true, .drop = 3}, {.heading = "TASK", .flexible = true, .name = true}};
  if (processes) table.columns.push_back({.heading = "PROCESS", .flexible = true, .name = true, .drop = 2});
  if (contexts) table.columns.push_back({.heading = "CONTEXT", .flexible = true, .drop = 6});
  table.columns.push_back({"CAME BACK"});
  table.columns.push_back({.heading = "KEPT MB", .right = true, .drop = 4});
  table.columns.push_back({.heading = "SOURCE", .flexible = true, .keep_end = true, .drop = 1});
  table.made_rows = spikes.size();
  table.make_row = [&found, spikes = std::move(spikes), processes, contexts, &result](std::size_t i) {
    const Spike spike = found[spikes[i]];
    std::vector<Cell> row{{spike.time.known() ? Value(format_time(spike.time, ' ')) : Value()},
                          {spike.increase_mb},
                          {spike.from_mb},
                          {spike.to_mb},
                          {text_or_null(result.names.names.text(spike.task))}};
    if (processes) row.push_back({text_or_null(result.names.processes.display(spike.process))});
    if (contexts) row.push_back({text_or_null(spike.context)});
    const std::string after = !is_known(spike.returned_after_s) ? "yes"
                              : spike.returned_after_s < 1      ? "within 1s"
                                                                 : "after " + format_duration(spike.returned_after_s);
    row.push_back({spike.returned ? after : is_known(spike.kept_mb) ? "no" : "not seen", spike.returned ? Tone::good : Tone::warning});
    row.push_back({spike.kept_mb});
    row.push_back({source_text(spike.input, spike.line, result.inputs)});
    return row;
  };
  return table;
}

std::string Spikes::returned_text(std::size_t spikes, std::size_t returned) {
  if (spikes == 1) return returned == 1 ? "; its memory came back" : "; its memory did not come back";
  return fmt::format("; the memory of {} came back", returned);
}

Report Spikes::report(const ReadResult& result) {
  finish();
  Report report;
  report.schema = "memlog.spikes/1";
  report.entries = "spikes";
  std::vector<std::uint32_t> all;
  std::size_t returned = 0;
  for (std::size_t i = 0; i < spikes_.size(); ++i) {
    all.push_back(static_cast<std::uint32_t>(i));
    returned += spikes_[i].returned ? 1 : 0;
  }
  Value list(spikes_.size(), [this, &result](std::size_t i) { return value_of(spikes_[i], result); });
  report.fields = {{"over_mb", options_.over_mb}, {"count", spikes_.size() + not_kept_}, {"returned", returned}, {"spikes", std::move(list)}};
  Table table = table_of(spikes_, std::move(all), result);
  table.empty = fmt::format("no jump of {} or more", format_size(options_.over_mb));
  report.blocks.emplace_back(std::move(table));
  if (!spikes_.empty()) {
    const std::size_t n = spikes_.size() + not_kept_;
    report.blocks.emplace_back(Paragraph{fmt::format("{} of {} or more{}", counted(n, "jump"), format_size(options_.over_mb), returned_text(n, returned))});
  }
  if (not_kept_ > 0) report.blocks.emplace_back(Paragraph{counted(not_kept_, "more is", "more are") + " counted but not listed", Tone::dim});
  report.blocks.emplace_back(Paragraph{coverage_text(result), Tone::dim});
  if (!options_.in_pieces) report.hold();
  return report;
}

}  // namespace memlog
