#include "memlog/event/bare_reading.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "memlog/event/batch.h"

namespace memlog {

void expand_readings(EventBatch& batch) {
  if (batch.readings.empty()) return;
  std::vector<Event> all;
  all.reserve(batch.events.size() + batch.readings.size());
  std::size_t from = 0;
  for_each_stretch(batch, [&](std::size_t events, std::size_t begin, std::size_t end) {
    all.insert(all.end(), batch.events.begin() + static_cast<std::ptrdiff_t>(from), batch.events.begin() + static_cast<std::ptrdiff_t>(events));
    from = events;
    std::transform(batch.readings.begin() + static_cast<std::ptrdiff_t>(begin), batch.readings.begin() + static_cast<std::ptrdiff_t>(end),
                   std::back_inserter(all), event_of);
  });
  all.insert(all.end(), batch.events.begin() + static_cast<std::ptrdiff_t>(from), batch.events.end());
  batch.events = std::move(all);
  batch.readings.clear();
  batch.stretches.clear();
}

}  // namespace memlog
