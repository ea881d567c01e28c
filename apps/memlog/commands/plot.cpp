#include "memlog/analysis/plot.h"

#include <cstdlib>
#include <memory>
#include <string_view>

#include "command.h"
#include "memlog/base/error.h"
#include "memlog/base/text.h"

namespace memlog::app {

namespace {

// What the terminal can: without UTF-8 only ASCII, and the Linux console has block characters but no braille.
Plot::Ink best_ink() {
  std::string locale;
  for (const char* name : {"LC_ALL", "LC_CTYPE", "LANG"}) {
    if (const char* value = std::getenv(name); value != nullptr && *value != '\0') {
      locale = value;
      break;
    }
  }
  for (char& c : locale) c = to_lower(c);
  if (locale.find("utf-8") == std::string::npos && locale.find("utf8") == std::string::npos) return Plot::Ink::ascii;
  const char* term = std::getenv("TERM");
  return term != nullptr && std::string_view(term) == "linux" ? Plot::Ink::blocks : Plot::Ink::braille;
}

}  // namespace

Command plot() {
  struct Options {
    Plot::Options analysis;
    bool ink_given = false;
    std::size_t width = 0;
    std::size_t height = 0;
  };
  auto options = std::make_shared<Options>();
  static constexpr Choice<Plot::Ink> kInks[] = {{"braille", Plot::Ink::braille}, {"blocks", Plot::Ink::blocks}, {"ascii", Plot::Ink::ascii}};
  static constexpr Choice<Plot::Lines> kLines[] = {{"process", Plot::Lines::process}, {"task", Plot::Lines::task}};
  Option ink = choice_option("--ink", "NAME", "braille, blocks or ascii; default: what the terminal can", options->analysis.ink, kInks);
  ink.set = [set = ink.set, options](const std::string& value) {
    set(value);
    options->ink_given = true;
  };
  return {
      .name = "plot",
      .summary = "the memory curve in the terminal",
      .description = "Each column shows the lowest and the highest reading of its time, so no peak is lost. Digits are the highest peaks, R a start, X a "
                     "death; the table below tells what ran, or what the process did last. With --process or --task, one line for each that matches.",
      .options = {std::move(ink),
                  {"--ascii", "", "like --ink ascii", [options](const std::string&) {
                     options->analysis.ink = Plot::Ink::ascii;
                     options->ink_given = true;
                   }},
                  choice_option("--lines", "WHAT", "one line for each process or task", options->analysis.lines, kLines),
                  {"--width", "N", "columns (default: the terminal's, else 100)", set_count(options->width, "--width")},
                  {"--height", "N", "rows of the chart (16)", set_count(options->height, "--height")},
                  {"-n,--peaks", "N", "peaks to label, at most 9 (5)", [options](const std::string& value) {
                     set_count(options->analysis.peaks, "--peaks")(value);
                     if (options->analysis.peaks > 9) throw Error("cannot label " + value + " peaks", "each has one digit: at most 9; 'memlog peak -n " + value + "' lists more");
                   }}},
      .examples = {{"memlog plot logs/", "a week at a glance"},
                   {"memlog plot --limit 512MB --since 08:00 --until 10:00 memory.log", "the two hours before a crash, with the limit"},
                   {"memlog plot --process ForkPoolWorker worker.log", "one line for each worker"}},
      .run =
          [options](Context& context) {
            Plot::Options& plot = options->analysis;
            if (!options->ink_given) plot.ink = best_ink();
            constexpr int kDefaultWidth = 100;
            constexpr std::size_t kMost = 2000;
            plot.width = options->width > 0 ? static_cast<int>(std::min(options->width, kMost)) : context.style.width > 0 ? context.style.width : kDefaultWidth;
            if (options->height > 0) plot.height = static_cast<int>(std::min<std::size_t>(options->height, 200));
            if (plot.lines == Plot::Lines::none && !context.common.task.empty()) plot.lines = Plot::Lines::task;
            if (plot.lines == Plot::Lines::none && !context.common.process.empty()) plot.lines = Plot::Lines::process;
            plot.limit_mb = context.common.limit_mb;
            Plot analysis(plot);
            return answer(context, analysis);
          },
  };
}

}  // namespace memlog::app
