#include "memlog/analysis/found_spikes.h"

#include <algorithm>
#include <cstring>
#include <type_traits>

namespace memlog {

namespace {

template <typename Row>
std::string_view bytes_of(const Row& row) {
  static_assert(std::is_trivially_copyable_v<Row>);
  return {reinterpret_cast<const char*>(&row), sizeof row};
}

}  // namespace

void FoundSpikes::add(const Spike& spike) {
  Row row{.figures = spike};
  if (!spike.context.empty()) row.context_at = contexts_.append(spike.context);
  row.context_size = spike.context.size();
  rows_.append(bytes_of(row));
  ++size_;
}

void FoundSpikes::change(std::size_t i, const Spike& spike) {
  Row changed = row(i);
  changed.figures = spike;
  rows_.overwrite(i * sizeof changed, bytes_of(changed));
  block_.clear();
}

Spike FoundSpikes::operator[](std::size_t i) const {
  const Row found = row(i);
  Spike spike;
  static_cast<SpikeFigures&>(spike) = found.figures;
  if (found.context_size > 0) spike.context = contexts_.read(found.context_at, found.context_size);
  return spike;
}

FoundSpikes::Row FoundSpikes::row(std::size_t i) const {
  if (i < block_begin_ || i >= block_begin_ + block_.size() / sizeof(Row)) {
    block_ = rows_.read(i * sizeof(Row), std::min(kBlock, size_ - i) * sizeof(Row));
    block_begin_ = i;
  }
  Row row;
  std::memcpy(&row, block_.data() + (i - block_begin_) * sizeof row, sizeof row);
  return row;
}

}  // namespace memlog
