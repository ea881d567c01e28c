#pragma once

#include <cstdlib>
#include <string>

#include "memlog/event/batch.h"

namespace memlog::bench {

// Some 256 KiB of well-formed lines of a format.
inline std::string sample_log(const std::string& kind) {
  std::string out;
  for (int i = 0; out.size() < (256 << 10); ++i) {
    const std::string mb = std::to_string(200 + i * 7919 % 700) + "." + std::to_string(i % 10);
    const std::string time = "2025-11-16 08:" + std::to_string(10 + i / 60 % 50) + ":" + std::to_string(10 + i % 50);
    if (kind == "daily") {
      out += time + " --- [Nations Dump Processing] | RSS:  " + mb + " MB | VMS:  812.7 MB | System Available:  725.3 MB (35.6% free)\n";
    } else if (kind == "celery") {
      out += "[" + time + ",123: INFO/ForkPoolWorker-" + std::to_string(i % 4) + "] Memory [app.tasks.documents.process] checkpoint:after_chunking: RSS=" + mb +
             "MB (peak=" + mb + "MB), Process%=6.1%, System=45.2%, GC objects=127,453\n";
    } else {
      out += "[" + time + "] 📊 MEMORY SNAPSHOT | Operation: Download Started\n├─ RAM Usage: " + mb +
             " MB (Virtual: 1024.3 MB)\n├─ System: 56.2% used (223.8 MB available)\n├─ Sessions: 2 | Queue: 0 | Active DLs: 1\n"
             "├─ Cache: 5 items | Threads: 8 | Open files: 12\n└─ Context: User 12345 | Active: 1\n\n";
    }
  }
  return out;
}

inline void fill(EventBatch& batch, const std::string& text) {
  batch.clear();
  Chunk& chunk = batch.chunk;
  if (chunk.capacity < text.size()) {
    chunk.buffer.reset(static_cast<char*>(std::malloc(text.size())));
    chunk.capacity = text.size();
  }
  text.copy(chunk.buffer.get(), text.size());
  chunk.begin = 0;
  chunk.end = text.size();
}

}  // namespace memlog::bench
