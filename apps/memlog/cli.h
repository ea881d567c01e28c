#pragma once

#include <string>
#include <vector>

#include "command.h"

namespace memlog::app {

// What a command line asks for.
struct Request {
  enum class Kind { run, help, usage, version, generate };  // usage: help that nobody asked for
  Kind kind = Kind::run;
  const Command* command = nullptr;   // null: help about memlog itself
  std::vector<std::string> paths;
  std::string generate;               // `man`, `bash`, `zsh`, `fish`
};

// Reads the arguments (without the program's name); option values go to where the options point. Throws Error for what
// it cannot read, with the nearest known word.
Request parse_arguments(const std::vector<std::string>& arguments, const std::vector<Command>& commands, const std::vector<Option>& common);

}  // namespace memlog::app
