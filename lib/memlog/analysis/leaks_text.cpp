#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <optional>

#include "memlog/analysis/leaks.h"
#include "memlog/analysis/record.h"
#include "memlog/base/counted.h"
#include "memlog/base/size.h"

// What `memlog leaks` says in words: the verdict first, then how fast, since when, which task, until when, and what
// speaks against it.
namespace memlog {

namespace {

std::string hours(double value) { return format_duration(value * 3600.0); }

std::string percent(double probability) {
  if (probability > 0.999) return "above 99.9 %";
  if (probability < 0.001) return "below 0.1 %";
  return fmt::format("{:.{}f} %", probability * 100.0, probability > 0.99 || probability < 0.01 ? 1 : 0);
}

// Why something is no leak, as the shape that fits best says it.
std::string_view looks_like(stats::Reason reason) {
  switch (reason) {
    case stats::Reason::flat: return "the floor is level";
    case stats::Reason::shrinking: return "the floor goes down";
    case stats::Reason::saturating: return "it looks like a warm-up or a cache that fills: the growth levels off";
    case stats::Reason::level_shift: return "it looks like single steps (a deploy, a login) on a level floor";
    case stats::Reason::load_rise: return "it looks like one rise to a new level that then holds";
    case stats::Reason::not_significant: return "what growth there is does not stand out from the noise";
    case stats::Reason::too_many_processes: return "too many processes to look at each alone";
    default: return "no lasting growth";
  }
}

// What the floor gained from start to end of each stretch without a restart, together.
double grown_between_restarts(const stats::LeakResult& result) {
  double grown = 0;
  for (std::size_t begin = 0, end = 0; begin < result.floor.size(); begin = end) {
    while (end < result.floor.size() && result.floor[end].stratum == result.floor[begin].stratum) ++end;
    grown += result.floor[end - 1].fitted_mb - result.floor[begin].fitted_mb;
  }
  return grown;
}

std::string classic_text(const stats::ClassicFigures& figures, std::string_view unit) {
  return fmt::format("{:.2f}{}/hour, {:.1f} % of steps rising, {} confidence", figures.growth_rate_mb_per_hour, unit, figures.growing_share * 100.0,
                     stats::name_of(figures.confidence));
}

}  // namespace

std::optional<Figure> Leaks::sparkline(const stats::LeakResult& result) const {
  constexpr std::string_view kBars[] = {"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
  constexpr std::size_t kColumns = 48;
  if (result.floor.size() < 8) return std::nullopt;
  const double from = result.floor.front().t;
  double to = from;
  double low = result.floor.front().floor_mb;
  double high = low;
  for (const auto& point : result.floor) {
    to = std::max(to, point.t);
    low = std::min(low, point.floor_mb);
    high = std::max(high, point.floor_mb);
  }
  if (!(to > from)) return std::nullopt;
  std::vector<double> sum(kColumns);
  std::vector<int> count(kColumns);
  const auto column = [&](double t) { return std::min(kColumns - 1, static_cast<std::size_t>(std::max(0.0, (t - from) / (to - from) * kColumns))); };
  for (const auto& point : result.floor) {
    sum[column(point.t)] += point.floor_mb;
    ++count[column(point.t)];
  }
  std::string out;
  std::string marks;
  for (std::size_t c = 0; c < kColumns; ++c) {
    if (count[c] == 0) {
      out += ' ';
      continue;
    }
    const double share = high > low ? (sum[c] / count[c] - low) / (high - low) : 0.0;
    out += kBars[std::min<std::size_t>(7, static_cast<std::size_t>(share * 8.0))];
  }
  marks.assign(kColumns, ' ');
  std::string legend;
  for (const auto& segment : result.segments) {
    if (!segment.after_restart || segment.start < from) continue;
    marks[column(segment.start)] = 'R';
    legend = "R restart";
  }
  if (is_known(result.onset_t)) {
    marks[column(result.onset_t)] = '^';
    legend += legend.empty() ? "^ onset" : ", ^ onset";
  }
  const std::string label = fmt::format("floor {:.1f} to {:.1f}{}  ", low, high, unit());
  Figure figure{label + out, Tone::dim, 2, label.substr(0, label.size() - 2) + "\n" + out};
  if (legend.empty()) return figure;
  // What the marks mean stands before them, under the label: so the drawing fits in 80 columns.
  const std::size_t margin = std::max(label.size(), legend.size() + 2);
  marks.erase(marks.find_last_not_of(' ') + 1);
  figure.text = fmt::format("{:<{}}{}\n{:<{}}{}", label, margin, out, legend, margin, marks);
  figure.narrow += "\n" + marks + "\n" + legend;
  return figure;
}

void Leaks::tell(Report& report, const stats::LeakResult& result, const ReadResult& read) const {
  using stats::Verdict;
  const std::string name = name_of_series(result, read);
  const auto say = [&](std::string text, Tone tone = Tone::plain, int indent = 2) { report.blocks.emplace_back(Paragraph{std::move(text), tone, indent}); };
  const Limit limit = limit_of(result);
  if (options_.method == stats::Method::classic) {
    if (!result.classic) return;
    if (!result.classic->enough_data) {
      say(fmt::format("NOT ENOUGH DATA: {} has {} over {}; the rule asks for {} and {}", name, counted(result.samples, "sample"), hours(result.duration_hours),
                      options_.min_samples, format_duration(options_.min_duration_s)),
          Tone::dim, 0);
    } else if (result.classic->leak_detected) {
      say(fmt::format("LEAK: {} by the classic rule: {}", name, classic_text(*result.classic, unit())), Tone::bad, 0);
    } else {
      say(fmt::format("NO LEAK: {} by the classic rule: {}", name, classic_text(*result.classic, unit())), Tone::good, 0);
    }
    return;
  }
  switch (result.verdict) {
    case Verdict::insufficient_data:
      if (result.samples >= options_.min_samples && result.duration_hours * 3600.0 >= options_.min_duration_s && result.reason == stats::Reason::none) {
        say(fmt::format("NOT ENOUGH DATA: too few of the {} samples of {} show its floor, memory while no task runs", result.samples, name), Tone::dim, 0);
        return;
      }
      say(fmt::format("NOT ENOUGH DATA: {} {} {} over {}; {} samples and {} are needed", name, result.series ? "has" : "have", counted(result.samples, "sample"), hours(result.duration_hours),
                      options_.min_samples, format_duration(options_.min_duration_s)),
          Tone::dim, 0);
      if (result.reason == stats::Reason::too_many_processes) say(std::string(looks_like(result.reason)), Tone::dim);
      return;
    case Verdict::no_leak:
      say(fmt::format("NO LEAK: {}: {}{}{} (probability of a leak {})", name, looks_like(result.reason),
                      result.troughs ? ", and a sawtooth returns to it" : "", result.daily_cycle ? ", with a daily load cycle" : "",
                      percent(result.leak_probability)),
          Tone::good, 0);
      if (result.leak_probability >= 0.5) say("one of several processes: each has its chance of looking like a leak, so more is asked of one alone", Tone::dim);
      if (is_known(result.floor_start_mb)) say(fmt::format("floor: {:.1f}{} at first, {:.1f}{} now", result.floor_start_mb, unit(), result.floor_end_mb, unit()));
      break;
    case Verdict::below_threshold:
      say(fmt::format("SLOW GROWTH: {} grows by {:.1f}{}/hour, below the threshold of {:.1f}, but it does grow", name, result.slope_mb_per_hour, unit(),
                      options_.threshold_mb_per_hour),
          Tone::warning, 0);
      break;
    case Verdict::leak:
      say(fmt::format("LEAK: {} grows by {:.1f}{}/hour ({} confidence, probability {})", name, result.slope_mb_per_hour, unit(), stats::name_of(result.confidence),
                      percent(result.leak_probability)),
          Tone::bad, 0);
      break;
  }
  const bool grows = result.verdict == Verdict::leak || result.verdict == Verdict::below_threshold;
  if (grows) {
    say(fmt::format("rate: {:.1f}{}/hour, 90 % interval {:.1f} to {:.1f}", result.slope_mb_per_hour, unit(), result.slope_low_mb_per_hour, result.slope_high_mb_per_hour));
    say(is_known(result.onset_t) ? fmt::format("since: {}", format_time(time_at(result.onset_t), ' '))
                                 : fmt::format("since: the first sample, {}", format_time(time_at(result.first_t), ' ')));
    if (is_known(result.floor_start_mb)) {
      const auto restarts = std::count_if(result.segments.begin(), result.segments.end(), [](const auto& segment) { return segment.after_restart; });
      // Where a restart gave memory back, first and last say nothing about what grew in between.
      const std::string change = restarts > 0 ? fmt::format("; it grew by {:.1f}{}, and {} gave memory back", grown_between_restarts(result), unit(), restarts == 1 ? "a restart" : counted(static_cast<std::uint64_t>(restarts), "restart"))
                                              : fmt::format(" ({:+.1f}{}), when no task runs and what can be released has been", result.growth_mb, unit());
      say(fmt::format("floor: {:.1f}{} at first, {:.1f}{} now{}", result.floor_start_mb, unit(), result.floor_end_mb, unit(), change));
    }
    for (const stats::Culprit& culprit : result.culprits) {
      say(fmt::format("{}: {} keeps {:.2f}{} per run; {} kept {:.1f}{}", culprit.certain ? "task" : "perhaps", read.names.names.text(culprit.task),
                      culprit.kept_mb_per_run, unit(), counted(culprit.runs, "run"), culprit.kept_mb, unit()));
    }
    if (result.culprits.empty()) say("task: none stands out; the growth follows the clock");
    std::string together;
    for (const Correlate& correlate : correlates(result)) {
      together += fmt::format("{}{} ({:.4g} to {:.4g}, {:+.3g}/hour, correlation {:.2f})", together.empty() ? "" : ", ", read.names.names.text(correlate.metric),
                              correlate.first, correlate.last, correlate.growth_per_hour, correlate.correlation);
    }
    if (!together.empty()) say("grows together with: " + together + "; a hint, no proof");
    if (is_known(result.hours_to_limit)) {
      std::string when = fmt::format("limit: {} ({}) is reached in {}", format_size(limit.mb), limit.source, hours(result.hours_to_limit));
      if (is_known(result.hours_to_limit_low) && is_known(result.hours_to_limit_high)) {
        when += fmt::format(" ({} to {})", hours(result.hours_to_limit_low), hours(result.hours_to_limit_high));
      }
      when += fmt::format(", at {}", format_time(time_at(result.limit_t), ' '));
      if (is_known(result.hours_to_limit_peaks)) when += fmt::format("; tasks' peaks reach it in {}", hours(std::max(0.0, result.hours_to_limit_peaks)));
      say(std::move(when));
    }
  }
  if (auto figure = sparkline(result)) report.blocks.emplace_back(*std::move(figure));
  if (grows && result.leak_probability < 0.95 && result.verdict == Verdict::leak) {
    say(fmt::format("against it: {} of the weight is on shapes that level off or are level", percent(1.0 - result.leak_probability)), Tone::dim);
  }
  if (result.classic && result.classic->enough_data) say("classic rule: " + classic_text(*result.classic, unit()), Tone::dim);
  if (options_.explain) explain(report, result, read);
}

// How the verdict came about, step by step, with the numbers.
void Leaks::explain(Report& report, const stats::LeakResult& result, const ReadResult& read) const {
  const auto say = [&](std::string text) { report.blocks.emplace_back(Paragraph{std::move(text), Tone::plain, 4}); };
  say(fmt::format("1. {} samples, {} of them carry the floor, in {} segment{} between restarts", result.samples, result.floor_samples,
                  std::max<std::size_t>(1, result.segments.size()), result.segments.size() > 1 ? "s" : ""));
  if (result.series) {
    const stats::LeakSeries& series = book_.series()[*result.series];
    const auto where = [&](const stats::LeakSeries::Named& named) {
      return fmt::format("{:.1f} [{}]", named.mb, source_text(static_cast<std::uint16_t>(named.source >> 48), named.source & 0xffffffffffffULL, read.inputs));
    };
    say(fmt::format("   first {}, last {}, lowest {}, highest {}", where(series.first()), where(series.last()), where(series.lowest()), where(series.highest())));
  }
  if (result.bins == 0) return;
  say(fmt::format("2. the floor is smoothest in {} {} of {}", result.bins, result.troughs ? "troughs" : "bins", hours(result.bin_hours)));
  std::string models;
  for (const auto& model : result.models) models += fmt::format("{}{} {:.1f} %", models.empty() ? "" : ", ", model.model, model.weight * 100.0);
  say("3. shapes by weight: " + models);
  say(fmt::format("4. neighbouring values are correlated by {:.2f}; slope {:.3f}{}/hour, 90 % interval {:.3f} to {:.3f}", result.autocorrelation,
                  result.slope_mb_per_hour, unit(), result.slope_low_mb_per_hour, result.slope_high_mb_per_hour));
  say(fmt::format("5. probability of {:.1f}{}/hour or more: {}; of lasting growth: {}; p of no growth: {:.3g}", options_.threshold_mb_per_hour, unit(),
                  percent(result.leak_probability), percent(result.growth_probability), result.p_value));
  say(fmt::format("6. least squares over all samples: {:.3f}{}/hour; with a level for each segment: {:.3f}", result.line_mb_per_hour, unit(), result.segments_mb_per_hour));
}

}  // namespace memlog
