#include "memlog/analysis/kept_tasks.h"

#include <memory>
#include <utility>

#include "memlog/report/pack.h"

namespace memlog {

void KeptTasks::add(const Value& task) {
  Packer packer;
  packer.value(task);
  places_.push_back({file_.append(packer.bytes), packer.bytes.size()});
}

Value KeptTasks::task(std::size_t i) const {
  const std::string bytes = file_.read(places_[i].at, places_[i].size);
  Unpacker from(bytes);
  return from.value();
}

Value KeptTasks::list_of(KeptTasks tasks) {
  const auto kept = std::make_shared<const KeptTasks>(std::move(tasks));
  return {kept->size(), [kept](std::size_t i) { return kept->task(i); }};
}

}  // namespace memlog
