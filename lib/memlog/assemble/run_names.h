#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string_view>
#include <vector>

#include "memlog/event/batch.h"
#include "memlog/event/names.h"
#include "memlog/event/process_table.h"

namespace memlog {

// The names of a whole run: what the numbers in assembled events mean. Bounded: tasks' names are exact for the first
// kMaxNames, all later ones share `other`. A log with more has ids in its tasks' names, and each name costs a
// command that asks what tasks take a kilobyte or more. Behind them is room for tasks that the user asks for. Counters and
// hosts have room of their own: in several logs it is not known which of them come before a task.
struct RunNames {
  static constexpr std::size_t kMaxNames = 4096;
  static constexpr std::size_t kMaxAsked = kMaxNames + 1024;
  static constexpr std::size_t kMaxFew = 4096;
  static constexpr std::size_t kMaxOfLog = 512;

  NameTable names;
  ProcessTable processes;
  NameId other = kNoName;           // "(other)", once there are too many
  std::uint64_t names_merged = 0;   // sightings of names that went into it, but for those that nobody asked for

  std::uint64_t few_merged = 0;     // the same of counters and hosts
  std::size_t most_tasks = kMaxNames;  // that have numbers of their own, the well-known names included
  std::function<bool(std::string_view)> asked_for;  // whether the user asks for tasks of this name; empty: for all

  // The number of a task's name, bounded as above.
  NameId intern(std::string_view text) {
    const NameId known = names.find(text);
    if (text.empty() || is_task(known)) return known;
    if (tasks_ < most_tasks) return add_task(text);
    if (!asked_for) return merge();
    if (!asked_for(text)) return merged_name();
    return tasks_ < kMaxAsked ? add_task(text) : merge();
  }
  // The same of what a log has few of: counters and hosts.
  NameId intern_few(std::string_view text) {
    const NameId known = names.find(text);
    if (known != kNoName || text.empty()) return known;
    if (few_ < kMaxFew) {
      ++few_;
      return names.intern(text);
    }
    ++few_merged;
    return merged_name();
  }
  // Whether a number stands for many.
  bool is_merged(NameId name) const { return name == other && other != kNoName; }

 private:
  bool is_task(NameId id) const { return id != kNoName && (id < name::kFirstFree || (id < is_task_.size() && is_task_[id])); }
  NameId add_task(std::string_view text) {
    const NameId id = names.intern(text);
    if (is_task_.size() <= id) is_task_.resize(id + 1);
    is_task_[id] = true;
    ++tasks_;
    return id;
  }
  NameId merge() {
    ++names_merged;
    return merged_name();
  }
  NameId merged_name() {
    if (other == kNoName) other = names.intern("(other)");
    return other;
  }

  std::vector<bool> is_task_;       // by number, of those that are not well known
  std::size_t tasks_ = name::kFirstFree;
  std::size_t few_ = 0;             // counters and hosts that are no tasks
};

// As Event::own_hash.
inline std::uint32_t name_hash(std::string_view name) { return static_cast<std::uint32_t>(std::hash<std::string_view>{}(name)) | 1; }

// The name of the event's task, exact however many there are.
inline std::string_view task_name(const Event& event, const EventBatch& batch, const RunNames& names) {
  return event.own_name != kNoText ? batch.texts[event.own_name] : names.names.text(event.task);
}

}  // namespace memlog
