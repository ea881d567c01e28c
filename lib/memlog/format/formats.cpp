#include "memlog/format/format.h"

namespace memlog {

// One file each; to add a format, write its file and add it here.
extern const Format daily;
extern const Format celery;
extern const Format snapshot_tree;
extern const Format memory_debug;
extern const Format usage_report;
extern const Format kernel_oom;
extern const Format heroku;
extern const Format platforms;
extern const Format samplers;

namespace {

constexpr const Format* kFormats[] = {&daily, &celery, &snapshot_tree, &memory_debug, &usage_report, &kernel_oom, &heroku, &platforms, &samplers};
static_assert(std::size(kFormats) <= kMaxFormats);

}  // namespace

std::span<const Format* const> formats() { return kFormats; }

int find_format(std::string_view name) {
  for (std::size_t i = 0; i < std::size(kFormats); ++i) {
    if (kFormats[i]->name == name) return static_cast<int>(i);
  }
  return -1;
}

}  // namespace memlog
