#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "support/log_builder.h"

using namespace memlog;

namespace {

const std::string kRam = "├─ RAM Usage: 287.5 MB (Virtual: 1024.3 MB)\n";
const std::string kRest =
    "├─ System: 56.2% used (223.8 MB available)\n├─ Sessions: 2 | Queue: 10 | Active DLs: 1\n├─ Cache: 5 items | Threads: 8 | Open files: 12\n"
    "└─ Context: User 12345 | Active: 1\n";
const std::string kHeader = "📊 MEMORY SNAPSHOT | Operation: Download Started\n";

std::string tree(int minute, const std::string& ram = kRam) { return fmt::format("[2025-11-16 11:{:02}:10] ", minute) + kHeader + ram + kRest + "\n"; }

struct Reading {
  std::vector<std::string> events;
  std::vector<double> rss;
  std::array<std::uint64_t, kMaxFormats> records{};  // by format, the sifted ones among them
  std::array<std::uint64_t, kMaxFormats> format_lines{};
  LineCounts counts;
};

// Quick readers leave a line to the general way where its text is kept.
Reading read(const std::string& text, bool quick, Vectors vectors, bool rss_only, double wanted_above_mb = -1) {
  Reading out;
  RunNames names;
  Assembler assembler(names, {});
  EventBatch batch;
  const auto take = [&] {
    for (const Event& event : batch.events) {
      const auto record = test::record_of(event, batch, names);
      std::string line = fmt::format("{} {} {} {} {} '{}' '{}' {} {} {} {} {} {}", event.line, record.at(), static_cast<int>(event.kind), event.flags, event.rss_mb,
                                     record.task_name, record.context_text, event.format, static_cast<int>(event.alert), event.delta_mb, event.limit_mb,
                                     event.container_mb, event.peak_mb);
      if (!rss_only) {
        line += fmt::format(" {} {} {}", event.vms_mb, event.free_percent, event.available_mb);
        for (const auto& [name, value] : record.numbers) line += fmt::format(" {}={}", name, value);
      }
      out.events.push_back(std::move(line));
      out.rss.push_back(event.rss_mb);
      if (event.is(flag::kRecord)) ++out.records[event.format];
    }
    out.counts.add(batch.counts);
    for (std::size_t i = 0; i < kMaxFormats; ++i) {
      out.format_lines[i] += batch.format_lines[i];
      out.records[i] += batch.sifted[i];
    }
  };
  batch.chunk = test::chunk_of(text);
  batch.chunk.first_line = 1;
  batch.wanted_above_mb = wanted_above_mb;
  ParseOptions options;
  options.keep_raw = !quick;
  options.vectors = vectors;
  options.rss_only = rss_only;
  parse_chunk(batch, options);
  assembler.assemble(batch);
  take();
  const auto lines = static_cast<std::uint64_t>(batch.counts.lines);
  batch.clear();
  batch.line_offset = lines;
  assembler.finish(batch);
  take();
  return out;
}

bool same_counts(const Reading& a, const Reading& b) {
  return a.records == b.records && a.format_lines == b.format_lines && a.counts.lines == b.counts.lines && a.counts.records == b.counts.records &&
         a.counts.ignored == b.counts.ignored && a.counts.malformed == b.counts.malformed;
}

// Between trees, with room behind: how it is read is the quick readers' own choice, what it says is not.
void check_same(const std::string& middle) {
  const std::string text = tree(1) + tree(2) + middle + tree(30) + tree(31) + tree(32) + std::string(1100, 'x') + "\n";
  CAPTURE(middle);
  bool same = true;
  for (const bool rss_only : {false, true}) {
    const Reading general = read(text, false, Vectors::none, rss_only);
    for (const Vectors vectors : {Vectors::avx512, Vectors::avx2, Vectors::none}) {
      const Reading quick = read(text, true, vectors, rss_only);
      same &= quick.events == general.events && same_counts(quick, general);
      // What is not above 300 MB may be counted only; all else is there.
      const Reading sifted = read(text, true, vectors, rss_only, 300.0);
      std::vector<std::string> wanted;
      for (std::size_t i = 0; i < general.events.size(); ++i) {
        if (general.rss[i] > 300.0) wanted.push_back(general.events[i]);
      }
      same &= same_counts(sifted, general) && std::all_of(wanted.begin(), wanted.end(), [&](const std::string& event) {
                return std::find(sifted.events.begin(), sifted.events.end(), event) != sifted.events.end();
              });
    }
  }
  CHECK(same);
}

const std::string kHigh = "[2025-11-16 11:20:10] ⚠️ HIGH MEMORY: 412.5 MB / 512 MB\n" + kHeader + "├─ RAM Usage: 412.5 MB (Virtual: 1124.3 MB)\n" + kRest + "\n";
const std::string kSpike = "[2025-11-16 11:20:10] ⚠️ MEMORY SPIKE: +75.3 MB\n" + kHeader + "├─ RAM Usage: 362.8 MB (Virtual: 1124.3 MB)\n" + kRest + "\n";

}  // namespace

TEST_CASE("quick trees: alerts in front of trees, trees of their own and trees after something else") {
  check_same(kHigh);
  check_same(kSpike);
  check_same(kHigh + kHigh + kSpike + tree(25) + kHigh);
  check_same("somebody else's line\n" + kHigh);
  check_same(kHigh + "[2025-11-16 11:20:11] ⚠️ HIGH MEMORY: 412.5 MB / 512 MB\n" + tree(25, "├─ RAM Usage: 412.5 MB (Virtual: 1124.3 MB)\n"));
  check_same("[2025-11-16 11:20:10] ⚠️ MEMORY SPIKE: +287.5 MB\n" + kHeader + kRam + kRest + "\n");  // from nothing
  check_same("[2025-11-16 11:20:10] ⚠️ MEMORY SPIKE: -75.3 MB\n" + kHeader + kRam + kRest + "\n");
  check_same("[2025-11-16 11:20:10] ⚠️ HIGH MEMORY: 412.5 MB / 1,024 MB\n" + kHeader + kRam + kRest + "\n");
  check_same("[2025-11-16 11:20:10] ⚠️ HIGH MEMORY: 412.5 MB / 1024 MB\n" + kHeader + kRam + kRest + "\n");
  check_same("[2025-11-16 11:20:10] ⚠️ HIGH MEMORY: 412.5 MB\n" + kHeader + kRam + kRest + "\n");
  check_same("[2025-11-16 11:20:10] ⚠️ HIGH MEMORY: 412.5 MB / 512 MB\n" + kHigh);
}

TEST_CASE("quick trees: an alert and its tree are read at once") {
  EventBatch batch;
  batch.chunk = test::chunk_of(tree(1) + tree(2) + kHigh + kSpike + tree(30) + tree(31) + std::string(1100, 'x') + "\n");
  parse_chunk(batch, {});
  CHECK(std::count_if(batch.events.begin(), batch.events.end(), [](const Event& event) { return event.is(flag::kWholeBlock | flag::kHigh) && event.limit_mb == 512; }) == 1);
  CHECK(std::count_if(batch.events.begin(), batch.events.end(), [](const Event& event) { return event.is(flag::kWholeBlock | flag::kSpike) && event.delta_mb == 75.3; }) == 1);
}

TEST_CASE("quick trees: where the user reads one format, alerts of another are not read") {
  const std::string text = tree(1) + tree(2) + kHigh + tree(30) + tree(31) + std::string(1100, 'x') + "\n";
  EventBatch batch;
  batch.chunk = test::chunk_of(text);
  ParseOptions options;
  options.formats = std::uint64_t{1} << static_cast<unsigned>(find_format("snapshot_tree"));
  parse_chunk(batch, options);
  CHECK(std::none_of(batch.events.begin(), batch.events.end(), [](const Event& event) { return event.is(flag::kHigh); }));
}

TEST_CASE("quick trees: every change of a byte of a tree or its alert gives what the general way gives") {
  for (const std::string& block : {kHigh, kSpike, tree(20, "├─ RAM Usage: 362.8 MB (Virtual: 1124.3 MB)\n")}) {
    for (std::size_t at = 0; at < block.size(); ++at) {
      for (const char c : {'\0', '\n', ' ', '+', ',', '.', '1', '9', ':', 'M', '\x7f', '\x80', '\xff'}) {
        std::string changed = block;
        changed[at] = c;
        check_same(changed);
      }
      std::string shorter = block;
      shorter.erase(at, 1);
      check_same(shorter);
    }
  }
}
