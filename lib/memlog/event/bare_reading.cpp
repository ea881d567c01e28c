#include "memlog/event/bare_reading.h"

#include <utility>
#include <vector>

#include "memlog/event/batch.h"

namespace memlog {

void expand_readings(EventBatch& batch) {
  if (batch.stretches.empty()) return;
  for (const std::uint8_t label : batch.columns.learned()) batch.columns.tasks[label] = batch.names.intern(batch.columns.names[label]);
  batch.columns.process = kNoName;
  std::vector<Event> all;
  all.reserve(batch.events.size() + batch.readings.size() + batch.columns.size());
  std::size_t from = 0;
  const auto add_events = [&](std::size_t events) {
    all.insert(all.end(), batch.events.begin() + static_cast<std::ptrdiff_t>(from), batch.events.begin() + static_cast<std::ptrdiff_t>(events));
    from = events;
  };
  for_each_stretch(
      batch,
      [&](std::size_t events, std::size_t begin, std::size_t end) {
        add_events(events);
        for (std::size_t i = begin; i < end; ++i) all.push_back(event_of(batch.readings[i]));
      },
      [&](std::size_t events, const ReadingRow& row) {
        add_events(events);
        for (std::size_t i = 0; i < row.size(); ++i) all.push_back(row.event(i));
      });
  add_events(batch.events.size());
  batch.events = std::move(all);
  batch.readings.clear();
  batch.columns.clear();
  batch.stretches.clear();
}

}  // namespace memlog
