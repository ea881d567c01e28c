#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "memlog/report/render.h"

namespace memlog::app {

// Writes `text` to `path` as a whole or not at all: an interrupted run leaves the old baseline. Throws Error.
void save_file(const std::string& path, std::string_view text);
// The same of what `write` writes, piece by piece.
void save_file(const std::string& path, const std::function<void(const Sink&)>& write);

}  // namespace memlog::app
