#pragma once

#include <string>
#include <string_view>

#include "memlog/envelope/line.h"
#include "memlog/event/text_arena.h"

namespace memlog {

// Takes every envelope off `line.message` and keeps its facts in `line`. Remembers nothing: the line alone tells.
// `arena` takes text that has to be unescaped.
void peel(Line& line, TextArena& arena);

// The stack of Line::layers in words, the outermost first: `docker compose, celery`; empty for none.
std::string layers_text(std::uint64_t layers);

}  // namespace memlog
