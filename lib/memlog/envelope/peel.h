#pragma once

#include <string>
#include <string_view>

#include "memlog/envelope/line.h"
#include "memlog/event/text_arena.h"

namespace memlog {

// Takes every envelope off `line.message` and keeps its facts in `line`. Remembers nothing: the line alone tells.
// `arena` takes text that has to be unescaped.
void peel(Line& line, TextArena& arena);

// Takes off what may be the name that a collector of several logs puts before a line: `my_app | `, `[web] `, `web-5d8c7 app `.
// To be believed only for what stands behind it.
bool peel_name(Line& line);

// Is it one of the stack of Line::layers?
bool has_layer(std::uint64_t layers, Layer layer);

// The stack of Line::layers in words, the outermost first: `docker compose, celery`; empty for none.
std::string layers_text(std::uint64_t layers);

}  // namespace memlog
