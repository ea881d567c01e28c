#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <memory>
#include <thread>
#include <vector>

#include "memlog/event/batch.h"
#include "memlog/input/chunk_reader.h"
#include "memlog/scan/ordered_pool.h"
#include "memlog/scan/parse_chunk.h"
#include "memlog/scan/quick_memories.h"

namespace memlog {

// One input's chunks, read and parsed ahead by the pool's threads and handed out in order.
class ChunkQueue : private OrderedPool::Lane {
 public:
  struct Options {
    OrderedPool* pool = nullptr;        // without one all is done in next()
    std::size_t ahead = 1;              // chunks that may be in memory at once
    QuickMemories* memories = nullptr;  // shared with other inputs; null: its own
    bool parks = false;                 // with `ahead` of 1: the file's descriptor is given back after each chunk
  };

  ChunkQueue(ChunkReader& reader, const ParseOptions& parse, const Options& options);
  ~ChunkQueue() override;

  // The next parsed chunk, null at the end. Belongs to the queue and is good until the next call. Lines are numbered
  // from 1 within the chunk. Throws what reading threw, in its place.
  EventBatch* next();

  // From now on every line is tried for a wrong encoding; chunks that were parsed without are parsed again where that
  // may matter.
  void start_repairing() { repairing_.store(true, std::memory_order_relaxed); }

  // Readings not above this need not become events any more: it must only rise.
  void raise_wanted_above(double mb) { wanted_above_mb_.store(mb, std::memory_order_relaxed); }

 private:
  // What a thread reads a chunk into. A thread goes on with its own, which is in its core's cache.
  struct Desk {
    EventBatch batch;
    std::thread::id user;           // the last one
  };
  struct Slot {
    Desk* desk = nullptr;           // while the piece is under way
    std::uint64_t region = 0;
    bool has_text = false;          // something to hand out
    bool last = false;              // the input ends with it
    bool done = false;
    std::exception_ptr error;
  };

  bool ready() const override;
  int claim() override;
  void run(int piece) override;
  void finish(int piece) override;
  Desk* take_desk();
  void read(Slot& slot);
  template <typename Change>
  void update(Change change);

  ChunkReader& reader_;
  ParseOptions parse_;
  OrderedPool* pool_;
  QuickMemories own_memories_;
  QuickMemories& memories_;
  bool parks_;
  std::atomic<bool> repairing_{false};
  std::atomic<double> wanted_above_mb_{-1};

  // Guarded by the pool's lock. Slots are used in turn: piece n lives in slot n % size.
  std::vector<Slot> slots_;
  std::vector<Desk> desks_;         // as many
  std::vector<Desk*> free_desks_;   // the last one left is the last of them
  std::uint64_t claimed_ = 0;       // pieces given out
  std::uint64_t taken_ = 0;         // of them, handed to the consumer
  std::uint64_t free_ = 0;          // of them, given back by it
  bool reading_ = false;            // in order: somebody reads
  bool ended_ = false;              // nothing more to claim

  bool holding_ = false;            // the consumer has a batch
  bool over_ = false;               // and had the last one
};

}  // namespace memlog
