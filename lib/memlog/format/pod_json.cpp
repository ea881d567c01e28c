#include <map>
#include <string>
#include <string_view>

#include "memlog/envelope/json_text.h"
#include "memlog/format/words.h"

// Pods on one line, as `kubectl get pod -o json | jq -c` writes them: one pod, a list of pods, or a pod's status. All that is
// known of a death stands on the line, so each goes out whole.
namespace memlog::detail {

namespace {

using envelope::next_json_member;
using envelope::take_json_value;

// A member's value: a string without its quotes, anything else as it stands there; empty where there is none.
std::string_view value_of(std::string_view object, std::string_view key) {
  if (!consume(object, "{")) return {};
  while (const auto member = next_json_member(object)) {
    if (member->key == key) return member->value;
  }
  return {};
}

template <class Take>
void for_each_object(std::string_view array, Take take) {
  if (!consume(array, "[")) return;
  for (array = trim_left(array); array.starts_with('{'); array = trim_left(array)) {
    take(take_json_value(array));
    array = trim_left(array);
    if (!consume(array, ",")) return;
  }
}

class PodReader {
 public:
  PodReader(const Line& line, EventBatch& out) : line_(line), out_(out) {}

  void read(std::string_view object) {
    if (const std::string_view items = value_of(object, "items"); !items.empty()) {
      for_each_object(items, [this](std::string_view pod) { read_pod(pod); });
    } else {
      read_pod(object);
    }
  }

  std::size_t deaths() const { return deaths_; }

 private:
  static std::string_view or_else(std::string_view value, std::string_view other) { return value.empty() ? other : value; }

  void read_pod(std::string_view pod) {
    pod_ = value_of(value_of(pod, "metadata"), "name");
    spec_ = value_of(pod, "spec");
    limits_.clear();
    const std::string_view status = or_else(value_of(pod, "status"), pod);
    for (const std::string_view containers : {"initContainerStatuses", "containerStatuses"}) {
      for_each_object(value_of(status, containers), [&](std::string_view container) {
        const std::string_view name = value_of(container, "name");
        for (const std::string_view which : {"lastState", "state"}) read_end(value_of(value_of(container, which), "terminated"), name);
      });
    }
  }

  // Read once, and only of a pod that has a death.
  double limit_of(std::string_view name) {
    if (limits_.empty()) {
      limits_.emplace(std::string_view{}, kMissing);
      for (const std::string_view containers : {"initContainers", "containers"}) {
        for_each_object(value_of(spec_, containers), [&](std::string_view container) {
          const auto limit = quantity_mb(value_of(value_of(value_of(container, "resources"), "limits"), "memory"), true);
          limits_.emplace(value_of(container, "name"), limit.value_or(kMissing));
        });
      }
    }
    const auto known = limits_.find(name);
    return known == limits_.end() ? kMissing : known->second;
  }

  void read_end(std::string_view ended, std::string_view name) {
    const std::string_view reason = value_of(ended, "reason");
    const bool for_memory = reason == "OOMKilled";
    if (!for_memory && ending_of_status(value_of(ended, "exitCode")) != Ending::killed) return;
    Event event = death(line_, for_memory ? EventKind::oom_kill : EventKind::kill, out_);
    event.time = {};
    event.flags = static_cast<std::uint16_t>(event.flags & ~flag::kPlatformTime);
    std::string_view finished = value_of(ended, "finishedAt");
    if (const auto time = take_timestamp(finished); time && finished.empty() && time->dated && time->ns > 0) event.time = *time;
    event.limit_mb = limit_of(name);
    if (!name.empty()) event.process = out_.names.intern(out_.arena.add(name));
    event.context = out_.add_text(out_.arena.add(words_of(ended, reason, name)));
    // The line counts once.
    if (deaths_++ != 0) event.flags |= flag::kSameLine;
    out_.events.push_back(event);
  }

  // As the assembler tells it of a pod on many lines.
  std::string words_of(std::string_view ended, std::string_view reason, std::string_view name) const {
    std::string words = "\"exitCode\": " + std::string(value_of(ended, "exitCode"));
    if (!reason.empty()) words += ", \"reason\": \"" + std::string(reason) + "\"";
    std::string whose;
    if (!name.empty()) whose = "container " + std::string(name);
    if (!pod_.empty()) whose += (whose.empty() ? "pod " : " of pod ") + std::string(pod_);
    if (const std::string_view started = value_of(ended, "startedAt"); !started.empty() && started != "null") whose += (whose.empty() ? "started " : ", started ") + std::string(started);
    return whose.empty() ? words : words + " (" + whose + ")";
  }

  const Line& line_;
  EventBatch& out_;
  std::string_view pod_;
  std::string_view spec_;
  std::map<std::string_view, double> limits_;  // by container
  std::size_t deaths_ = 0;
};

}  // namespace

Parsed parse_pod_json(const Line& line, std::string_view s, EventBatch& out) {
  if (s.find("\"containerStatuses\"") == std::string_view::npos && s.find("\"initContainerStatuses\"") == std::string_view::npos) return Parsed::nothing;
  PodReader reader(line, out);
  if (s.starts_with('[')) for_each_object(s, [&](std::string_view pod) { reader.read(pod); });
  else reader.read(s);
  return reader.deaths() == 0 ? Parsed::nothing : Parsed::event;
}

}  // namespace memlog::detail
