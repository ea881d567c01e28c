#include "cli.h"

#include <CLI/CLI.hpp>

#include <filesystem>

#include "memlog/base/decimal.h"
#include "memlog/base/error.h"
#include "memlog/base/suggest.h"
#include "memlog/base/text.h"
#include "memlog/base/time.h"

namespace memlog::app {

namespace {

const Option* find_option(const std::vector<const Option*>& options, std::string_view word) {
  const std::string_view name = word.substr(0, word.find('='));
  for (const Option* option : options) {
    if (name == option->long_name() || (!option->short_name().empty() && word.substr(0, 2) == option->short_name() && !word.starts_with("--"))) return option;
  }
  return nullptr;
}

bool is_number(std::string_view word) {
  const auto n = take_decimal(word);
  return n && word.empty();
}

const Command* find_command(const std::vector<Command>& commands, std::string_view name) {
  for (const Command& command : commands) {
    if (command.name == name) return &command;
  }
  return nullptr;
}

[[noreturn]] void throw_unknown_command(const std::string& word, const std::vector<Command>& commands) {
  std::vector<std::string_view> names;
  for (const Command& command : commands) names.push_back(command.name);
  const std::string_view near = suggest(word, names);
  if (!near.empty()) throw Error("unknown command '" + word + "'; did you mean '" + std::string(near) + "'?", "'memlog --help' lists the commands");
  std::error_code ignored;
  if (std::filesystem::exists(word, ignored)) throw Error("no command before '" + word + "'", "try 'memlog peak " + word + "'");
  throw Error("unknown command '" + word + "'", "'memlog --help' lists the commands");
}

[[noreturn]] void throw_unknown_option(const std::string& word, const std::vector<const Option*>& options, const std::string& command) {
  std::vector<std::string> names{"--help", "--version"};
  for (const Option* option : options) names.push_back(option->long_name());
  std::vector<std::string_view> known(names.begin(), names.end());
  const std::string name = word.substr(0, word.find('='));
  const std::string_view near = suggest(name, known);
  throw Error("unknown option '" + name + "'" + (near.empty() ? "" : "; did you mean '" + std::string(near) + "'?"),
              "'memlog " + (command.empty() ? "" : command + " ") + "--help' lists the options");
}

// The words of a command line, sorted into options and positional arguments. A value that follows its option is joined
// to it, so that `--since -2h` is no option of its own.
struct Sorted {
  std::vector<std::string> options;
  std::vector<std::string> positional;
};

Sorted sort_words(const std::vector<std::string>& words, const std::vector<const Option*>& options, const std::string& command, bool known_only) {
  Sorted sorted;
  bool only_positional = false;
  for (std::size_t i = 0; i < words.size(); ++i) {
    const std::string& word = words[i];
    if (only_positional || word == "-" || !word.starts_with('-')) {
      sorted.positional.push_back(word);
      continue;
    }
    if (word == "--") {
      only_positional = true;
      continue;
    }
    const Option* option = find_option(options, word);
    if (option == nullptr) {
      if (known_only) throw_unknown_option(word, options, command);
      continue;
    }
    const std::string name = option->long_name();
    const bool joined_long = word.starts_with("--") && word.find('=') != std::string::npos;
    const bool joined_short = !word.starts_with("--") && word.size() > 2;
    if (option->metavar.empty()) {
      if (joined_long) throw Error("option " + name + " takes no value");
      if (joined_short) {  // `-qv`: several flags
        for (const char c : word.substr(1)) {
          const Option* flag = find_option(options, std::string{'-', c});
          if (flag == nullptr || !flag->metavar.empty()) throw_unknown_option(std::string{'-', c}, options, command);
          sorted.options.push_back(flag->long_name());
        }
        continue;
      }
      sorted.options.push_back(name);
    } else if (joined_long) {
      sorted.options.push_back(word);
    } else if (joined_short) {
      const std::size_t value = word[2] == '=' ? 3 : 2;
      sorted.options.push_back(name + "=" + word.substr(value));
    } else if (option->optional_value) {
      const bool follows = i + 1 < words.size() && parse_duration(words[i + 1]).has_value();
      if (!follows && i + 1 < words.size() && is_number(words[i + 1]) && !std::filesystem::exists(words[i + 1])) {
        throw Error("the value '" + words[i + 1] + "' of " + name + " has no unit", "give a duration such as '" + words[i + 1] + "m' or '" + words[i + 1] + "s'");
      }
      sorted.options.push_back(name + "=" + (follows ? words[++i] : ""));
    } else {
      if (i + 1 == words.size()) throw Error("option " + name + " needs a value: " + name + " " + option->metavar);
      sorted.options.push_back(name + "=" + words[++i]);
    }
  }
  return sorted;
}

}  // namespace

Request parse_arguments(const std::vector<std::string>& arguments, const std::vector<Command>& commands, const std::vector<Option>& common) {
  Request request;
  std::vector<const Option*> all;
  for (const Option& option : common) all.push_back(&option);

  // Help and version win over everything before the first bare `--`.
  bool help = false;
  std::vector<std::string> words;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const std::string& word = arguments[i];
    if (word == "--") {
      words.insert(words.end(), arguments.begin() + static_cast<std::ptrdiff_t>(i), arguments.end());
      break;
    }
    if (word == "--help" || word == "-h") help = true;
    else if (word == "--version" || word == "-V") {
      request.kind = Request::Kind::version;
      return request;
    } else if (word.starts_with("--generate=")) {
      request.kind = Request::Kind::generate;
      request.generate = word.substr(11);
      return request;
    } else words.push_back(word);
  }

  // The command is the first positional word; options of any command may stand before it.
  std::vector<const Option*> any_option = all;
  for (const Command& command : commands) {
    for (const Option& option : command.options) any_option.push_back(&option);
  }
  const Sorted first = sort_words(words, any_option, {}, false);
  if (!first.positional.empty() && first.positional.front() == "help") {
    help = true;
    const std::string topic = first.positional.size() > 1 ? first.positional[1] : std::string();
    request.command = find_command(commands, topic);
    if (request.command == nullptr && !topic.empty()) throw_unknown_command(topic, commands);
  } else if (!first.positional.empty()) {
    request.command = find_command(commands, first.positional.front());
    if (request.command == nullptr) throw_unknown_command(first.positional.front(), commands);
  }
  if (help) {
    request.kind = Request::Kind::help;
    return request;
  }
  if (request.command == nullptr) {
    sort_words(words, all, {}, true);
    if (!words.empty()) throw Error("no command given", "'memlog --help' lists the commands");
    request.kind = Request::Kind::usage;
    return request;
  }

  for (const Option& option : request.command->options) all.push_back(&option);
  Sorted sorted = sort_words(words, all, request.command->name, true);
  request.paths.assign(sorted.positional.begin() + 1, sorted.positional.end());

  CLI::App parser;
  parser.set_help_flag();
  std::vector<std::vector<std::string>> values(all.size());
  std::vector<int> flags(all.size());
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (all[i]->metavar.empty()) parser.add_flag(all[i]->long_name(), flags[i])->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
    else parser.add_option(all[i]->long_name(), values[i])->expected(0, 1)->take_all();
  }
  try {
    std::reverse(sorted.options.begin(), sorted.options.end());
    parser.parse(sorted.options);
  } catch (const CLI::ParseError& error) {
    throw Error(error.what());
  }
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (flags[i] != 0) all[i]->set({});
    for (const std::string& value : values[i]) all[i]->set(value);
  }
  return request;
}

}  // namespace memlog::app
