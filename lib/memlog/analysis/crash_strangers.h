#pragma once

#include <string_view>

namespace memlog::crash {

// A program of the machine that is nobody's bot and nobody's worker: a server that is installed beside it, a job of the
// system, a user's session. By its unit's name, its process' name or the description of its unit.
bool is_of_machine(std::string_view name);

// A program that does one thing and ends: `bot-migrate-1`. Its end, as planned, is no end of what it was started for.
bool is_one_shot(std::string_view name);

}  // namespace memlog::crash
