#pragma once

#include <doctest/doctest.h>

#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "memlog/analysis/by_task.h"
#include "memlog/analysis/crash.h"
#include "memlog/analysis/events.h"
#include "memlog/analysis/leaks.h"
#include "memlog/analysis/peak.h"
#include "memlog/analysis/spikes.h"
#include "memlog/report/render.h"
#include "support/log_builder.h"

// All that the commands answer about some files, to be compared with what they answer about others.
namespace memlog::test {

using Json = nlohmann::json;

// Places in a cut log become places in the whole: what an answer says must not depend on where it was cut.
inline void join_places(Json& value, const std::map<std::string, std::uint64_t>& lines_before) {
  if (value.is_object() && value.contains("path") && value.contains("line") && value["line"].is_number()) {
    const auto found = lines_before.find(value["path"].get<std::string>());
    if (found != lines_before.end()) value = {{"line", value["line"].get<std::uint64_t>() + found->second}};
  }
  if (value.is_structured()) {
    for (Json& inner : value) join_places(inner, lines_before);
  }
}

struct Answers {
  Json all;
  LineCounts lines;
  std::uint64_t repeated = 0;   // records that several inputs have
};

inline Answers answers_of(const std::vector<std::string>& paths, const std::map<std::string, std::uint64_t>& lines_before, bool only_events, const ReadOptions& options = {}) {
  Peak peak({});
  ByTask::Options task_options;
  task_options.runs = true;
  ByTask by_task(task_options);
  Leaks leaks({});
  Crash crash({});
  Spikes spikes({});
  std::string events;
  EventWriter writer(Output::json, [&](std::string_view piece) { events += piece; });
  ReadResult result;
  read_events(list_inputs(paths), options, result, [&](const Slice& slice) {
    writer.fold(slice);
    if (only_events) return;
    peak.fold(slice);
    by_task.fold(slice);
    leaks.fold(slice);
    crash.fold(slice);
    spikes.fold(slice);
  });
  writer.finish(result);
  Answers answers;
  answers.all["events"] = Json::parse(events);
  if (!only_events) {
    answers.all["peak"] = Json::parse(render_json(peak.report(result)));
    answers.all["by-task"] = Json::parse(render_json(by_task.report(result)));
    answers.all["leaks"] = Json::parse(render_json(leaks.report(result)));
    answers.all["crash"] = Json::parse(render_json(crash.report(result)));
    answers.all["spikes"] = Json::parse(render_json(spikes.report(result)));
  }
  for (auto& [name, answer] : answers.all.items()) answer.erase("inputs");
  for (const InputSummary& input : result.inputs) {
    CHECK(input.lines.lines == input.lines.records + input.lines.ignored + input.lines.malformed);
    CHECK(input.lines.records >= 0);
    CHECK(input.lines.ignored >= 0);
    answers.lines.add(input.lines);
    answers.repeated += input.repeated;
  }
  join_places(answers.all, lines_before);
  return answers;
}

inline std::vector<std::size_t> line_ends(const std::string& text) {
  std::vector<std::size_t> ends;
  for (std::size_t at = text.find('\n'); at != std::string::npos && at + 1 < text.size(); at = text.find('\n', at + 1)) ends.push_back(at + 1);
  return ends;
}

inline std::string first_difference(const Json& a, const Json& b) {
  const Json patch = Json::diff(a, b);
  return patch.empty() ? "" : patch[0].dump();
}

}  // namespace memlog::test
