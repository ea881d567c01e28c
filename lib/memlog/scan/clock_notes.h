#pragma once

#include "memlog/envelope/line.h"
#include "memlog/event/batch.h"

namespace memlog {

// Of a line that carries the application's time and the platform's: adds how far they are apart to EventBatch::clock_notes.
void note_clocks(const Line& line, EventBatch& batch);

}  // namespace memlog
