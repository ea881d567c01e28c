#pragma once

#include <string>
#include <vector>

#include "command.h"

// Everything that tells what the command line is, from the data that the parser uses.
namespace memlog::app {

std::string help_text(const std::vector<Command>& commands, const std::vector<Option>& common);
std::string command_help(const Command& command, const std::vector<Option>& common);
std::string man_page(const std::vector<Command>& commands, const std::vector<Option>& common);
std::string bash_completion(const std::vector<Command>& commands, const std::vector<Option>& common);
std::string zsh_completion(const std::vector<Command>& commands, const std::vector<Option>& common);
std::string fish_completion(const std::vector<Command>& commands, const std::vector<Option>& common);

}  // namespace memlog::app
