#include "memlog/scan/chunk_queue.h"

#include <algorithm>
#include <iterator>

namespace memlog {

ChunkQueue::ChunkQueue(ChunkReader& reader, const ParseOptions& parse, const Options& options)
    : reader_(reader),
      parse_(parse),
      pool_(options.pool),
      memories_(options.memories != nullptr ? *options.memories : own_memories_),
      parks_(options.parks && options.ahead <= 1),
      slots_(pool_ == nullptr ? 1 : std::max<std::size_t>(options.ahead, 1)),
      desks_(slots_.size()) {
  for (Desk& desk : desks_) free_desks_.push_back(&desk);
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

// For the calling thread: the one that it has left last, else one that nobody else has used lately.
ChunkQueue::Desk* ChunkQueue::take_desk() {
  const std::thread::id user = std::this_thread::get_id();
  const auto own = std::find_if(free_desks_.rbegin(), free_desks_.rend(), [&](const Desk* desk) { return desk->user == user; });
  const auto taken = own != free_desks_.rend() ? std::prev(own.base()) : free_desks_.begin();
  Desk* const desk = *taken;
  free_desks_.erase(taken);
  desk->user = user;
  return desk;
}

int ChunkQueue::claim() {
  if (ended_ || claimed_ - free_ == slots_.size()) return -1;
  if (!reader_.by_region()) {
    if (reading_) return -1;
    reading_ = true;
  }
  const std::size_t at = claimed_ % slots_.size();
  Slot& slot = slots_[at];
  slot.desk = take_desk();
  slot.region = claimed_++;
  slot.done = false;
  return static_cast<int>(at);
}

void ChunkQueue::read(Slot& slot) {
  slot.desk->batch.clear();
  slot.error = nullptr;
  Chunk& chunk = slot.desk->batch.chunk;
  chunk.first_line = 1;
  if (parks_) reader_.resume();
  if (reader_.by_region()) {
    slot.last = !reader_.load(slot.region, chunk);
    slot.has_text = true;
  } else {
    slot.last = !reader_.next(chunk);
    slot.has_text = !slot.last;
  }
  if (parks_) reader_.park();
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
    EventBatch& batch = slot.desk->batch;
    batch.repair_all = repairing_.load(std::memory_order_relaxed);
    batch.wanted_above_mb = wanted_above_mb_.load(std::memory_order_relaxed);
    parse_chunk(batch, parse_, memories_.own());
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
    update([&] {
      free_desks_.push_back(slots_[free_ % slots_.size()].desk);
      ++free_;
    });
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
  EventBatch& batch = slot.desk->batch;
  if (batch.repair_doubtful && !batch.repair_all && repairing_.load(std::memory_order_relaxed)) {
    batch.clear();
    batch.repair_all = true;
    parse_chunk(batch, parse_, memories_.own());
  }
  return &batch;
}

}  // namespace memlog
