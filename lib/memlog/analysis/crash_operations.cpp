#include "memlog/analysis/crash_operations.h"

#include <algorithm>
#include <cstdlib>
#include <utility>

#include "memlog/event/bare_row.h"
#include "memlog/event/reading_columns.h"

namespace memlog::crash {

namespace {

constexpr std::int64_t kSameOperationNs = 2 * kNanosPerSecond;

// `General` and `Unknown` are what the monitor calls an operation without a name.
std::string_view real_name(std::string_view name) { return name == "General" || name == "Unknown" ? std::string_view{} : name; }

// Only a list tells an operation again; two readings are two operations, however alike.
bool same_operation(const Operation& a, const Operation& b) {
  if (!a.listed && !b.listed) return false;
  if (a.rss_mb != b.rss_mb || std::llabs(a.time.ns - b.time.ns) > kSameOperationNs) return false;
  if (!a.context.empty() && !b.context.empty()) return a.context == b.context;
  return real_name(a.name) == real_name(b.name);
}

}  // namespace

bool Operations::tell_again(const Operation& operation) {
  for (auto at = operations_.rbegin(); at != operations_.rend(); ++at) {
    if (!same_operation(*at, operation)) continue;
    // Told before; a list's words are what the user knows it by.
    if (operation.listed && !at->listed) {
      at->name = operation.name;
      at->listed = true;
      at->time = operation.time;
      if (at->context.empty()) at->context = operation.context;
      std::stable_sort(operations_.begin(), operations_.end(), [](const Operation& a, const Operation& b) { return a.time.ns < b.time.ns; });
    }
    return true;
  }
  return false;
}

void Operations::insert(std::deque<Operation>& operations, Operation operation, Operation& dropped) {
  auto place = operations.end();
  // Lists tell in any order, and so do several writers by some seconds; what one log tells later with an earlier time was
  // written when its clock had fallen back.
  constexpr std::int64_t kDisorderNs = 90 * kNanosPerSecond;
  const auto behind_fallback = [&](const Operation& last) {
    return !operation.listed && !last.listed && last.source.input == operation.source.input && last.source.line < operation.source.line && last.time.ns - operation.time.ns > kDisorderNs;
  };
  while (place != operations.begin() && std::prev(place)->time.ns > operation.time.ns && !behind_fallback(*std::prev(place))) --place;
  if (place == operations.end()) operations.push_back(std::move(operation));
  else operations.insert(place, std::move(operation));
  if (operations.size() > kMost) {
    dropped = std::move(operations.front());
    operations.pop_front();
  }
}

void Operations::add(const Event& event, std::string_view name, std::string_view context) {
  if (!event.time.known() || !is_known(event.rss_mb)) return;
  // What comes later than those of rows can be put behind them later as well. A list may speak of them.
  if (!told_.empty() && (event.kind == EventKind::operation || event.time.ns <= told_.back().ns)) settle();
  // The oldest one gives its place, and its strings' room.
  Operation operation;
  if (operations_.size() == kMost) operation = std::move(spare_);
  operation.time = event.time;
  operation.name = name;
  operation.context = context;
  operation.rss_mb = event.rss_mb;
  operation.listed = event.kind == EventKind::operation;
  operation.process = event.process;
  operation.source = {event.input, event.line};
  any_listed_ |= operation.listed;
  if (any_listed_ && tell_again(operation)) return;
  insert(operations_, std::move(operation), spare_);
}

template <typename Row>
void Operations::add_row(const Row& row, std::uint64_t line_offset, const NameTable& names) {
  if (row.size() == 0) return;
  if (any_listed_) {
    for (std::size_t i = 0; i < row.size(); ++i) {
      Event event = event_of(row[i]);
      event.line += line_offset;
      add(event, names.text(row.task(i)), {});
    }
    return;
  }
  if (!told_.empty() && row.ns(0) < told_.back().ns) settle();
  names_ = &names;
  // Behind a clock that fell, where the first ones find their place decides on that of the others.
  if (!operations_.empty() && row.ns(0) < operations_.back().time.ns) {
    settle();
    for (std::size_t i = 0; i < row.size(); ++i) insert(operations_, operation_of(told_of(row[i], line_offset)), spare_);
    return;
  }
  const std::size_t count = std::min(row.size(), kMost);
  if (told_.size() + count > 2 * kMost) told_.erase(told_.begin(), told_.end() - static_cast<std::ptrdiff_t>(kMost - count));
  for (std::size_t i = row.size() - count; i < row.size(); ++i) told_.push_back(told_of(row[i], line_offset));
}

template void Operations::add_row(const BareRow&, std::uint64_t, const NameTable&);
template void Operations::add_row(const ReadingRow&, std::uint64_t, const NameTable&);

Operations::Told Operations::told_of(const BareReading& reading, std::uint64_t line_offset) {
  return {reading.ns, line_offset + reading.line, reading.rss, reading.task, reading.process, reading.digits};
}

Operation Operations::operation_of(const Told& told) const {
  Operation operation;
  operation.time.ns = told.ns;
  operation.time.digits = told.digits;
  operation.name = names_->text(told.task);
  operation.rss_mb = told.rss / 10.0;
  operation.process = told.process;
  operation.source = {0, told.line};
  return operation;
}

void Operations::put_told_among(std::deque<Operation>& operations) const {
  Operation dropped;
  for (std::size_t i = told_.size() - std::min(told_.size(), kMost); i < told_.size(); ++i) insert(operations, operation_of(told_[i]), dropped);
}

void Operations::settle() {
  put_told_among(operations_);
  told_.clear();
}

void Operations::add_context(const Event& event, std::string_view context) {
  settle();
  for (auto at = operations_.rbegin(); at != operations_.rend(); ++at) {
    if (at->time.ns < event.time.ns - kSameOperationNs) return;
    if (at->rss_mb != event.rss_mb || !at->context.empty() || at->time.ns > event.time.ns + kSameOperationNs) continue;
    at->context = context;
    return;
  }
}

std::vector<Operation> Operations::last(std::size_t n) const {
  const auto tail = [n](const std::deque<Operation>& operations) {
    const std::size_t count = std::min(n, operations.size());
    return std::vector<Operation>{operations.end() - static_cast<std::ptrdiff_t>(count), operations.end()};
  };
  if (told_.empty()) return tail(operations_);
  std::deque<Operation> all = operations_;
  put_told_among(all);
  return tail(all);
}

std::size_t before_operation(const std::vector<Operation>& operations, std::size_t i) {
  for (std::size_t before = i; before-- > 0;) {
    if (operations[before].process == operations[i].process) return before;
  }
  return i;
}

void keep_what_counts(std::vector<Operation>& operations, std::size_t shown) {
  const std::size_t counted = std::max(shown, kCountedOperations + 1);
  std::size_t from = operations.size() - std::min(counted, operations.size());
  for (std::size_t i = from; i < operations.size(); ++i) from = std::min(from, before_operation(operations, i));
  operations.erase(operations.begin(), operations.begin() + static_cast<std::ptrdiff_t>(from));
  operations.shrink_to_fit();
}

}  // namespace memlog::crash
