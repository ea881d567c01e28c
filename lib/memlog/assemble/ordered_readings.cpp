#include "memlog/assemble/ordered_readings.h"

#include <algorithm>
#include <utility>

namespace memlog::assemble {

void OrderedReadings::set_output(EventBatch* batch, std::vector<Event>* out) {
  batch_ = batch;
  out_ = out;
}

void OrderedReadings::take(const Event& reading) {
  Held held{reading, std::string(batch_->texts[reading.raw]), std::string(batch_->texts[reading.own_name])};
  // Most are in order. Of equal times the line that came first stays first.
  const auto behind = std::upper_bound(held_.begin(), held_.end(), reading.time.ns, [](std::int64_t ns, const Held& other) { return ns < other.event.time.ns; });
  held_.insert(behind, std::move(held));
  if (held_.size() == kMostHeld) emit(kMostHeld / 2);
}

void OrderedReadings::flush() { emit(held_.size()); }

void OrderedReadings::emit(std::size_t n) {
  for (std::size_t i = 0; i < n; ++i) {
    Event& event = held_[i].event;
    event.own_name = batch_->add_text(batch_->arena.add(held_[i].own_name));
    if (event.raw != kNoText) event.raw = batch_->add_text(batch_->arena.add(held_[i].raw));
    out_->push_back(event);
  }
  held_.erase(held_.begin(), held_.begin() + static_cast<std::ptrdiff_t>(n));
}

}  // namespace memlog::assemble
