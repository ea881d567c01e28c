#include "memlog/scan/chunk_queue.h"

#include <algorithm>

namespace memlog {

ChunkQueue::ChunkQueue(ChunkReader& reader, const ParseOptions& parse, OrderedPool* pool, std::size_t ahead)
    : reader_(reader), parse_(parse), pool_(pool), slots_(pool == nullptr ? 1 : std::max<std::size_t>(ahead, 1)) {
  if (pool_ != nullptr) pool_->add(*this);
}

ChunkQueue::~ChunkQueue() {
  if (pool_ != nullptr) pool_->remove(*this);
}

template <typename Change>
void ChunkQueue::update(Change change) {
  if (pool_ != nullptr) pool_->update(change);
  else change();
}

bool ChunkQueue::ready() const { return taken_ < claimed_ && slots_[taken_ % slots_.size()].done; }

int ChunkQueue::claim() {
  if (ended_ || claimed_ - free_ == slots_.size()) return -1;
  if (!reader_.by_region()) {
    if (reading_) return -1;
    reading_ = true;
  }
  const std::size_t at = claimed_ % slots_.size();
  Slot& slot = slots_[at];
  slot.region = claimed_++;
  slot.done = false;
  return static_cast<int>(at);
}

void ChunkQueue::read(Slot& slot) {
  slot.batch.clear();
  slot.error = nullptr;
  Chunk& chunk = slot.batch.chunk;
  chunk.first_line = 1;
  if (reader_.by_region()) {
    slot.last = !reader_.load(slot.region, chunk);
    slot.has_text = true;
  } else {
    slot.last = !reader_.next(chunk);
    slot.has_text = !slot.last;
  }
}

void ChunkQueue::run(int piece) {
  Slot& slot = slots_[static_cast<std::size_t>(piece)];
  try {
    read(slot);
  } catch (...) {
    slot.error = std::current_exception();
    slot.last = true;
    slot.has_text = false;
  }
  update([&] {
    reading_ = false;
    ended_ |= slot.last;
  });
  if (!slot.has_text) return;
  try {
    slot.batch.repair_all = repairing_.load(std::memory_order_relaxed);
    slot.batch.wanted_above_mb = wanted_above_mb_.load(std::memory_order_relaxed);
    parse_chunk(slot.batch, parse_, slot.memory);
  } catch (...) {
    slot.error = std::current_exception();
    slot.last = true;
    slot.has_text = false;
  }
}

void ChunkQueue::finish(int piece) {
  Slot& slot = slots_[static_cast<std::size_t>(piece)];
  slot.done = true;
  ended_ |= slot.last;
}

EventBatch* ChunkQueue::next() {
  if (over_) return nullptr;
  if (holding_) {
    holding_ = false;
    update([&] { ++free_; });
  }
  if (pool_ != nullptr) {
    pool_->wait(*this);
  } else {
    const int piece = claim();
    run(piece);
    finish(piece);
  }
  Slot& slot = slots_[taken_ % slots_.size()];
  update([&] { ++taken_; });
  holding_ = true;
  over_ = slot.last;
  if (slot.error) std::rethrow_exception(slot.error);
  if (!slot.has_text) return nullptr;
  if (slot.batch.repair_doubtful && !slot.batch.repair_all && repairing_.load(std::memory_order_relaxed)) {
    slot.batch.clear();
    slot.batch.repair_all = true;
    parse_chunk(slot.batch, parse_, slot.memory);
  }
  return &slot.batch;
}

}  // namespace memlog
