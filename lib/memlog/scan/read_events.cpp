#include "memlog/scan/read_events.h"

#include "memlog/scan/merger.h"

namespace memlog {

std::uint64_t ReadResult::records() const {
  std::uint64_t sum = 0;
  for (const InputSummary& input : inputs) sum += input.records;
  return sum;
}

std::uint64_t ReadResult::samples() const {
  std::uint64_t sum = 0;
  for (const InputSummary& input : inputs) sum += input.samples;
  return sum;
}

void read_events(const InputList& list, const ReadOptions& options, ReadResult& result, const std::function<void(const Slice&)>& on_slice) {
  result.passed_over = list.passed_over;
  if (const auto* user = options.stream.parse.user) {
    for (const UserFormat& format : *user) result.user_formats.push_back(format.name());
  }
  result.failed = !list.errors.empty();
  if (options.filter.task) result.names.asked_for = [&](std::string_view name) { return options.filter.task->matches(name); };
  Merger(list, options, result, on_slice).run();
  result.names.asked_for = nullptr;
}

}  // namespace memlog
