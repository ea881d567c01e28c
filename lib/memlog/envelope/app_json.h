#pragma once

#include "memlog/envelope/line.h"
#include "memlog/event/text_arena.h"

namespace memlog::envelope {

// An application's own record as one JSON object a line, as python-json-logger, structlog, Loguru, ECS, pino or zap write it:
//
//   {"asctime": "2025-11-16 08:30:00,123", "levelname": "ERROR", "message": "upload failed", "exc_info": "Traceback …"}
//
// Time, level and message come out; what the record says of an exception stands behind the message on lines of its own.
// False, and the line as it was, where the object has no message, or neither a time nor a level.
//
// Collectors that export JSON write it too: what the message begins with may be one more prefix.
bool app_json(Line& line, TextArena& arena);

}  // namespace memlog::envelope
