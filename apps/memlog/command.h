#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "memlog/analysis/analysis.h"
#include "memlog/report/render.h"
#include "memlog/scan/read_events.h"

namespace memlog::app {

// One option: the parser, the help, the man page and the completions read this.
struct Option {
  std::string names;                              // `-n,--top`
  std::string metavar;                            // what follows it; empty: nothing does
  std::string help;
  std::function<void(const std::string&)> set;    // takes the value (empty for a flag); throws Error for a bad one
  std::vector<std::string> choices = {};          // the values there are, for completions and errors
  bool optional_value = false;                    // the value may be left out

  std::string long_name() const;                  // `--top`
  std::string short_name() const;                 // `-n`, or empty
};

// Options that every command has.
struct Common {
  Output output = Output::text;
  bool output_given = false;
  bool strict = false;
  bool quiet = false;
  bool verbose = false;
  bool no_expansion_limit = false;
  bool wide = false;
  std::string color = "auto";
  std::string input_format;
  std::vector<std::string> definitions;           // --define NAME=PATTERN
  std::string formats_file;
  std::string since;
  std::string until;
  std::string task;
  std::string not_task;
  std::string process;
  double limit_mb = kMissing;
  std::size_t threads = 0;
};

// What a command works on, and where its words go.
struct Context {
  const Common& common;
  std::vector<std::string> paths;
  Style style;
  std::function<void(std::string_view)> out;      // the answer
  std::function<std::span<char>()> room;          // where its next piece may be written, if anywhere
  std::function<void(const std::string&)> warn;   // `memlog: warning: …` on stderr
  std::function<void(const std::string&)> note;   // `memlog: note: …`
  std::function<void(const std::string&, const std::string&)> error;  // message, help
  bool lists_problems = false;                    // the answer itself shows malformed lines
  bool tells_clocks = false;                      // and clocks that differ
  bool tells_each_name = false;                   // and each task's name, however many there are
  Survey* survey = nullptr;                       // is told of every line
  bool takes_rows = false;                        // Slice::row, with all figures, instead of events
  bool slow = false;                              // what is asked takes far longer than reading
  std::map<std::string, std::int64_t> clock_shift_s = {};  // of inputs whose clocks differ
};

inline constexpr int kDone = 0;
inline constexpr int kGateFailed = 1;
inline constexpr int kFailed = 2;

// One command: constant data and what it does. To add one, write its file and add it to the list in commands.cpp.
struct Command {
  std::string name;
  std::string summary;                            // one line
  std::string description;                        // paragraphs
  std::vector<Option> options;
  std::vector<std::pair<std::string, std::string>> examples;  // command line, what it shows
  std::function<int(Context&)> run;               // the exit status
  std::string operands = "[FILE|DIRECTORY|-]...";
};

// All commands, in the order of the help.
std::vector<Command> commands();

// The threads that may work: those that --threads gives, or one for each core.
std::size_t threads_of(const Common& common);

// Options that every command has, writing to `common`.
std::vector<Option> common_options(Common& common);

// The formats that the user defines with --define and --formats. Throws Error.
std::vector<UserFormat> user_formats(const Common& common);

// Makers for Option::set.
std::function<void(const std::string&)> set_flag(bool& target);
std::function<void(const std::string&)> set_text(std::string& target);
std::function<void(const std::string&)> set_count(std::size_t& target, std::string option);
std::function<void(const std::string&)> set_number(double& target, std::string option);
std::function<void(const std::string&)> set_size(double& target, std::string option);
std::function<void(const std::string&)> set_duration(double& target, std::string option);

// The choices' texts and values in one list, for options that name one of a few things.
template <typename T>
struct Choice {
  std::string_view text;
  T value;
};
[[noreturn]] void throw_bad_choice(const std::string& value, const std::string& option, const std::vector<std::string>& choices);

template <typename T, std::size_t N>
Option choice_option(std::string names, std::string metavar, std::string help, T& target, const Choice<T> (&choices)[N]) {
  std::vector<std::string> texts;
  std::vector<T> values;
  for (const auto& choice : choices) {
    texts.emplace_back(choice.text);
    values.push_back(choice.value);
  }
  const std::string option = names;
  return {std::move(names), std::move(metavar), std::move(help),
          [&target, texts, values, option](const std::string& value) {
            for (std::size_t i = 0; i < texts.size(); ++i) {
              if (texts[i] == value) {
                target = values[i];
                return;
              }
            }
            throw_bad_choice(value, option, texts);
          },
          texts};
}

// Reads the inputs with the common options and hands the records to `on_slice`. Reports what could not be read. False
// when there was no memory record in any input (which is reported too). `analysis` tells what need not be read.
bool read_inputs(Context& context, ReadResult& result, const std::function<void(const Slice&)>& on_slice, bool keep_raw = false,
                 const Analysis* analysis = nullptr);

// Reads, folds, and writes the answer; the exit status without gates.
// `finish` sees the answer before it is written.
int answer(Context& context, Analysis& analysis, bool keep_raw = false, const std::function<void(Report&)>& finish = {});

// Writes a report as the user asked for it.
void write_report(Context& context, const Report& report);

}  // namespace memlog::app
