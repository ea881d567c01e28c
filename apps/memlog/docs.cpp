#include "docs.h"

#include <fmt/format.h>

#include <algorithm>

#include "memlog/base/text.h"
#include "memlog/version.h"

namespace memlog::app {

namespace {

constexpr int kHelpWidth = 100;

std::string usage_of(const Option& option) {
  std::string text = option.short_name().empty() ? "    " : option.short_name() + ", ";
  text += option.long_name();
  if (option.metavar.empty()) return text;
  return text + (option.optional_value ? " [" + option.metavar + "]" : " " + option.metavar);
}

std::string wrapped(std::string_view text, int indent) {
  std::string out;
  std::string line;
  const std::string margin(static_cast<std::size_t>(indent), ' ');
  while (!text.empty()) {
    const std::string_view word = take_until(text, " ");
    if (!line.empty() && static_cast<int>(line.size() + 1 + word.size()) + indent > kHelpWidth) {
      out += (out.empty() ? "" : margin) + line + "\n";
      line.clear();
    }
    line += (line.empty() ? "" : " ") + std::string(word);
  }
  return out + (out.empty() ? "" : margin) + line + "\n";
}

std::string option_lines(const std::vector<Option>& options) {
  std::size_t width = 0;
  for (const Option& option : options) width = std::max(width, usage_of(option).size());
  std::string out;
  for (const Option& option : options) {
    out += fmt::format("  {:<{}}  ", usage_of(option), width);
    out += wrapped(option.help, static_cast<int>(width) + 4);
  }
  return out;
}

// ---- man page ------------------------------------------------------------------------------------------------------

std::string roff(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '\\') out += "\\e";
    else if (c == '-') out += "\\-";
    else if ((c == '.' || c == '\'') && out.empty()) out += std::string("\\&") + c;
    else out += c;
  }
  return out;
}

std::string man_options(const std::vector<Option>& options) {
  std::string out;
  for (const Option& option : options) {
    out += ".TP\n";
    std::string names;
    if (!option.short_name().empty()) names += "\\fB" + roff(option.short_name()) + "\\fR, ";
    names += "\\fB" + roff(option.long_name()) + "\\fR";
    if (!option.metavar.empty()) names += option.optional_value ? " [\\fI" + roff(option.metavar) + "\\fR]" : " \\fI" + roff(option.metavar) + "\\fR";
    out += names + "\n" + roff(option.help) + ".\n";
  }
  return out;
}

// ---- completions ---------------------------------------------------------------------------------------------------

std::vector<std::string> option_words(const std::vector<Option>& options) {
  std::vector<std::string> words;
  for (const Option& option : options) {
    words.push_back(option.long_name());
    if (!option.short_name().empty()) words.push_back(option.short_name());
  }
  return words;
}

std::string joined(const std::vector<std::string>& words) {
  std::string out;
  for (const std::string& word : words) out += (out.empty() ? "" : " ") + word;
  return out;
}

bool takes_file(const Option& option) { return option.metavar == "FILE"; }

std::string quoted(std::string_view text) {
  std::string out = "'";
  for (const char c : text) out += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return out + "'";
}

std::string zsh_description(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '[' || c == ']' || c == ':' || c == '\\') out += '\\';
    if (c == '\'') out += "'\\'";
    out += c;
  }
  return out;
}

std::string zsh_option(const Option& option) {
  std::string value;
  if (!option.metavar.empty()) {
    value = option.optional_value ? "::" : ":";
    value += zsh_description(option.metavar) + ":";
    if (!option.choices.empty()) value += "(" + joined(option.choices) + ")";
    else if (takes_file(option)) value += "_files";
  }
  const std::string help = "[" + zsh_description(option.help) + "]";
  const std::string equals = option.metavar.empty() ? "" : "=";
  std::string out = "'" + option.long_name() + equals + help + value + "'";
  if (!option.short_name().empty()) out += " '" + option.short_name() + help + value + "'";
  return out;
}

// With the two that the parser answers itself.
std::vector<Option> with_help(std::vector<Option> common) {
  common.push_back({"-h,--help", "", "help on memlog or on a command", {}});
  common.push_back({"-V,--version", "", "the version", {}});
  return common;
}

}  // namespace

std::string help_text(const std::vector<Command>& commands, const std::vector<Option>& common) {
  std::string out = "memlog answers from memory logs: when memory was highest and what ran, what each task costs, whether it\n"
                    "leaks, and what happened before each out-of-memory death.\n\n"
                    "Usage: memlog COMMAND [OPTION...] [FILE|DIRECTORY|-]...\n\nCommands:\n";
  for (const Command& command : commands) out += fmt::format("  {:<10} {}", command.name, wrapped(command.summary, 13));
  out += "\nOptions of every command:\n" + option_lines(with_help(common));
  out += "\nExit status: 0 done, 1 a gate did not hold, 2 usage error, unreadable input or no memory record.\n";
  out += "\nExample: memlog peak logs/memory_20251116.log\n";
  return out;
}

std::string command_help(const Command& command, const std::vector<Option>& common) {
  std::string out = fmt::format("memlog {}: {}\n\n{}\nUsage: memlog {} [OPTION...] {}\n", command.name, command.summary,
                                wrapped(command.description, 0), command.name, command.operands);
  if (!command.options.empty()) out += "\nOptions:\n" + option_lines(command.options);
  out += "\nOptions of every command:\n" + option_lines(with_help(common)) + "\nExamples:\n";
  for (const auto& [line, what] : command.examples) out += fmt::format("  {}\n      {}\n", line, what);
  return out;
}

std::string man_page(const std::vector<Command>& commands, const std::vector<Option>& common) {
  std::string out = fmt::format(".TH MEMLOG 1 \"\" \"memlog {}\" \"User Commands\"\n", kVersion);
  out += ".SH NAME\nmemlog \\- answers from memory logs\n";
  out += ".SH SYNOPSIS\n.B memlog\n\\fICOMMAND\\fR [\\fIOPTION\\fR...] [\\fIFILE\\fR|\\fIDIRECTORY\\fR|\\fB\\-\\fR]...\n";
  out += ".SH DESCRIPTION\n"
         "memlog reads the memory logs that monitors of bots, Celery workers and small services write, and answers: when was memory highest and what\n"
         "ran; what does each task cost and keep; is it leaking; what happened before each out\\-of\\-memory death.\n"
         ".PP\nSeveral inputs are read as one timeline, ordered by the time of their first record. A directory stands for every log in it.\n"
         "Without an input, standard input is read. Compressed files are read as they are, and the format is found line by line.\n"
         ".PP\nSizes are as in the logs: 1 MB is 1024 * 1024 bytes.\n";
  out += ".SH COMMANDS\n";
  for (const Command& command : commands) {
    out += ".SS " + roff(command.name) + "\n" + roff(command.summary) + ".\n.PP\n" + roff(command.description) + "\n" + man_options(command.options);
  }
  out += ".SH OPTIONS OF EVERY COMMAND\n" + man_options(common);
  out += ".TP\n\\fB\\-h\\fR, \\fB\\-\\-help\\fR\nHelp on memlog or on a command.\n.TP\n\\fB\\-V\\fR, \\fB\\-\\-version\\fR\nThe version.\n";
  out += ".SH EXIT STATUS\n.TP\n0\nDone. A leak or a crash that was found is an answer, not a failure; so is a reader that closes the pipe.\n"
         ".TP\n1\nA gate did not hold: an option \\fB\\-\\-fail\\fR... was given and what it watches happened.\n"
         ".TP\n2\nUsage error, an input that cannot be read (the others are answered), or no memory record in any input.\n";
  out += ".SH EXAMPLES\n";
  for (const Command& command : commands) {
    for (const auto& [line, what] : command.examples) out += ".TP\n" + roff(line) + "\n" + roff(what) + ".\n";
  }
  out += ".SH ENVIRONMENT\n.TP\nNO_COLOR\nNo colour unless \\fB\\-\\-color=always\\fR.\n.TP\nCOLUMNS\nThe width of the terminal.\n";
  return out;
}

std::string bash_completion(const std::vector<Command>& commands, const std::vector<Option>& common) {
  std::vector<std::string> names;
  for (const Command& command : commands) names.push_back(command.name);
  std::string out = "# bash completion for memlog, generated by memlog --generate=bash\n"
                    "_memlog() {\n"
                    "  local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]} command= word\n"
                    "  for word in \"${COMP_WORDS[@]:1:COMP_CWORD-1}\"; do\n"
                    "    case $word in\n      " + [&] {
    std::string pattern;
    for (const std::string& name : names) pattern += (pattern.empty() ? "" : "|") + name;
    return pattern;
  }() + ") command=$word; break ;;\n    esac\n  done\n";
  // Options of one name differ from command to command.
  out += "  case $command:$prev in\n";
  const auto values = [&](const std::string& command, const std::vector<Option>& options) {
    for (const Option& option : options) {
      if (option.metavar.empty() || option.optional_value) continue;
      std::string pattern = command + ":" + option.long_name();
      if (!option.short_name().empty()) pattern = command + ":" + option.short_name() + "|" + pattern;
      if (!option.choices.empty()) {
        // What ends in `=` goes on.
        const std::string_view stay = option.choices.front().ends_with('=') ? "compopt -o nospace; " : "";
        out.append("    ").append(pattern).append(") ").append(stay).append("COMPREPLY=($(compgen -W ").append(quoted(joined(option.choices))).append(" -- \"$cur\")); return ;;\n");
      }
      else if (takes_file(option)) out += "    " + pattern + ") COMPREPLY=($(compgen -f -- \"$cur\")); return ;;\n";
      else out += "    " + pattern + ") return ;;\n";
    }
  };
  for (const Command& command : commands) values(command.name, command.options);
  values("*", common);
  out += "  esac\n  if [[ $cur == -* ]]; then\n    local options=" + quoted(joined(option_words(common)) + " --help --version") + "\n    case $command in\n";
  for (const Command& command : commands) {
    if (!command.options.empty()) out += "      " + command.name + ") options+=\" " + joined(option_words(command.options)) + "\" ;;\n";
  }
  out += "    esac\n    COMPREPLY=($(compgen -W \"$options\" -- \"$cur\"))\n"
         "  elif [[ -z $command ]]; then\n    COMPREPLY=($(compgen -W " + quoted(joined(names)) + " -- \"$cur\"))\n"
         "  else\n    COMPREPLY=($(compgen -f -- \"$cur\"))\n  fi\n}\ncomplete -o filenames -F _memlog memlog\n";
  return out;
}

std::string zsh_completion(const std::vector<Command>& commands, const std::vector<Option>& common) {
  std::string out = "#compdef memlog\n# zsh completion for memlog, generated by memlog --generate=zsh\n\n_memlog() {\n  local context state line\n  local -a common\n  common=(\n";
  for (const Option& option : common) out += "    " + zsh_option(option) + "\n";
  out += "    '--help[help on memlog or a command]'\n    '--version[the version]'\n  )\n"
         "  _arguments -C $common '1:command:->command' '*::argument:->argument'\n  case $state in\n    command)\n      local -a commands\n      commands=(\n";
  for (const Command& command : commands) out += "        '" + zsh_description(command.name) + ":" + zsh_description(command.summary) + "'\n";
  out += "      )\n      _describe command commands ;;\n    argument)\n      case $line[1] in\n";
  for (const Command& command : commands) {
    out += "        " + command.name + ") _arguments $common";
    for (const Option& option : command.options) out += " \\\n          " + zsh_option(option);
    out += " \\\n          '*:log:_files' ;;\n";
  }
  out += "      esac ;;\n  esac\n}\n\n_memlog \"$@\"\n";
  return out;
}

std::string fish_completion(const std::vector<Command>& commands, const std::vector<Option>& common) {
  std::vector<std::string> names;
  for (const Command& command : commands) names.push_back(command.name);
  std::string out = "# fish completion for memlog, generated by memlog --generate=fish\n";
  const auto line = [&](const std::string& condition, const Option& option) {
    out += "complete -c memlog";
    if (!condition.empty()) out += " -n " + quoted(condition);
    if (!option.short_name().empty()) out += " -s " + option.short_name().substr(1);
    out += " -l " + option.long_name().substr(2);
    if (!option.metavar.empty() && !option.optional_value) out += takes_file(option) ? " -r" : " -x";
    if (!option.choices.empty()) out += " -a " + quoted(joined(option.choices));
    out += " -d " + quoted(option.help) + "\n";
  };
  for (const Command& command : commands) {
    out += "complete -c memlog -n " + quoted("not __fish_seen_subcommand_from " + joined(names)) + " -f -a " + command.name + " -d " + quoted(command.summary) + "\n";
    for (const Option& option : command.options) line("__fish_seen_subcommand_from " + command.name, option);
  }
  for (const Option& option : common) line({}, option);
  out += "complete -c memlog -s h -l help -d 'help on memlog or a command'\ncomplete -c memlog -s V -l version -d 'the version'\n";
  return out;
}

}  // namespace memlog::app
