#include "memlog/event/names.h"

#include <cstring>

namespace memlog {

namespace {

constexpr std::string_view kWellKnown[] = {
    "",           "sessions",      "queue", "active_dls",   "cache",       "threads",      "open_files",  "ad_sessions",
    "gc_objects", "page_cache_mb", "pid",   "gc_collected", "gc_freed_mb", "gc_before_mb", "gc_after_mb",  "/memory-debug",
};
static_assert(std::size(kWellKnown) == name::kFirstFree);

constexpr NameId kEmptySlot = 0xffffffff;

// Eight bytes at a time, each folded in by a multiplication with an odd constant of mixed bits.
std::uint32_t hash_of(std::string_view text) {
  std::uint64_t h = text.size() * 0x9E3779B97F4A7C15ULL;
  const char* p = text.data();
  std::size_t n = text.size();
  while (n >= 8) {
    std::uint64_t word;
    std::memcpy(&word, p, 8);
    h = (h ^ word) * 0xD6E8FEB86659FD93ULL;
    h ^= h >> 32;
    p += 8;
    n -= 8;
  }
  std::uint64_t word = 0;
  if (n > 0) std::memcpy(&word, p, n);
  h = (h ^ word) * 0xD6E8FEB86659FD93ULL;
  h ^= h >> 32;
  return static_cast<std::uint32_t>(h);
}

}  // namespace

std::span<const std::string_view> well_known_names() { return kWellKnown; }

NameTable::NameTable(Keep keep) : keep_(keep), slots_(64, kEmptySlot) { clear(); }

void NameTable::clear() {
  texts_.assign(std::begin(kWellKnown), std::end(kWellKnown));
  hashes_.clear();
  for (const auto text : texts_) hashes_.push_back(hash_of(text));
  arena_.clear();
  std::fill(slots_.begin(), slots_.end(), kEmptySlot);
  for (NameId id = 1; id < texts_.size(); ++id) insert_slot(id);
}

std::size_t NameTable::slot_of(std::string_view text, std::uint32_t hash) const {
  const std::size_t mask = slots_.size() - 1;
  std::size_t at = hash & mask;
  while (slots_[at] != kEmptySlot) {
    const NameId id = slots_[at];
    if (hashes_[id] == hash && texts_[id] == text) break;
    at = (at + 1) & mask;
  }
  return at;
}

void NameTable::insert_slot(NameId id) { slots_[slot_of(texts_[id], hashes_[id])] = id; }

void NameTable::grow() {
  slots_.assign(slots_.size() * 2, kEmptySlot);
  for (NameId id = 1; id < texts_.size(); ++id) insert_slot(id);
}

NameId NameTable::intern(std::string_view text) {
  if (text.empty()) return kNoName;
  const std::uint32_t hash = hash_of(text);
  const std::size_t at = slot_of(text, hash);
  if (slots_[at] != kEmptySlot) return slots_[at];
  const auto id = static_cast<NameId>(texts_.size());
  texts_.push_back(keep_ == Keep::copy ? arena_.add(text) : text);
  hashes_.push_back(hash);
  slots_[at] = id;
  if (texts_.size() * 2 > slots_.size()) grow();
  return id;
}

NameId NameTable::find(std::string_view text) const {
  if (text.empty()) return kNoName;
  const NameId id = slots_[slot_of(text, hash_of(text))];
  return id == kEmptySlot ? kNoName : id;
}

}  // namespace memlog
