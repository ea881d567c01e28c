#pragma once

#include "memlog/format/celery_tails.h"
#include "memlog/format/quick_labels.h"

namespace memlog {

// What quick readers remember from chunk to chunk. Forgetting it changes nothing but the speed; two chunks that are read
// at once must not share it.
struct QuickMemory {
  QuickLabels labels;             // of the daily log
  celery_quick::Memory celery;

  void begin_chunk() {
    labels.begin_chunk();
    celery.names.begin_chunk();
  }
};

}  // namespace memlog
