#pragma once

#include <string_view>

#include "memlog/envelope/line.h"
#include "memlog/event/text_arena.h"

// One layer each: takes it off `line.message` and returns true, or leaves the line as it is.
namespace memlog::envelope {

// ANSI colour and cursor sequences. Those in front go; those inside make a copy of the message in `arena`.
bool strip_ansi(Line& line, TextArena& arena);

// `celery-worker-1  | …`, what docker compose puts before a container's output, with `-t` a time as well.
bool docker_compose(Line& line);

// `[2025-11-16 08:30:00,123: INFO/ForkPoolWorker-2] …`, and a task's `task.name[id]: ` behind it.
bool celery(Line& line);

// The styles of Python's logging module, and a bare time in front of a message.
bool python_logging(Line& line);

// A level's name in upper case at the front of `s`; removed. Level::none without one.
Level take_level(std::string_view& s);

// The application's clock wins over the platform's, whatever order they stand in.
void set_time(Line& line, const Timestamp& time, bool platform);

}  // namespace memlog::envelope
