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

namespace {

std::string digits(std::size_t n) { return std::string("1234567890").substr(0, n); }
std::string tenths(std::size_t n) { return digits(n) + ".7"; }

// A tree whose numbers have so many digits, in the order in which they stand.
std::string tree_of_widths(const std::array<std::size_t, 10>& n, bool blank = true) {
  return fmt::format("[2025-11-16 11:20:10] {}├─ RAM Usage: {} MB (Virtual: {} MB)\n├─ System: {}% used ({} MB available)\n├─ Sessions: {} | Queue: {} | Active DLs: {}\n"
                     "├─ Cache: {} items | Threads: {} | Open files: {}\n└─ Context: User 12345 | Active: 1\n{}",
                     kHeader, tenths(n[0]), tenths(n[1]), tenths(n[2]), tenths(n[3]), digits(n[4]), digits(n[5]), digits(n[6]), digits(n[7]), digits(n[8]), digits(n[9]),
                     blank ? "\n" : "");
}

std::string with(std::string text, const std::string& what, const std::string& other) {
  const std::size_t at = text.find(what);
  REQUIRE(at != std::string::npos);
  return text.replace(at, what.size(), other);
}

}  // namespace

TEST_CASE("quick trees: numbers of all widths") {
  for (std::size_t wide = 0; wide < 10; ++wide) {
    for (std::size_t n = 0; n <= 8; ++n) {
      for (const std::size_t others : {1U, 2U, 3U, 4U, 5U}) {
        std::array<std::size_t, 10> widths{};
        widths.fill(others);
        widths[wide] = n;
        check_same(tree_of_widths(widths));
      }
    }
  }
  check_same(with(tree(20), "5 items", "1,205 items"));
}

TEST_CASE("quick trees: text of any length behind each line and in front of each line's end") {
  const std::string whole = tree(20);
  for (std::size_t at = whole.find('\n'); at != std::string::npos; at = whole.find('\n', at + 1)) {
    for (std::size_t n = 0; n <= 20; ++n) {
      std::string changed = whole;
      check_same(changed.insert(at, std::string(n, 'x')));
      changed = whole;
      check_same(changed.insert(at + 1, std::string(n, 'x') + "\n"));
      changed = whole;
      check_same(changed.insert(at + 1, std::string(n, '\n')));
    }
    // Another line of the same beginning, and each line missing.
    const std::size_t begin = at == 0 ? 0 : whole.rfind('\n', at - 1) + 1;
    std::string changed = whole;
    check_same(changed.insert(at + 1, whole.substr(begin, at + 1 - begin)));
    changed = whole;
    check_same(changed.erase(begin, at + 1 - begin));
  }
}

TEST_CASE("quick trees: operations and contexts of all lengths, and of odd characters") {
  for (const std::string what : {"Download Started", "User 12345 | Active: 1"}) {
    for (std::size_t n = 0; n <= 140; ++n) check_same(with(tree(20), what, std::string(n, 'x')));
    for (const std::string other : {"[x]", "[", "a [2025-11-16 11:20:11] b", " x", "x ", "\tx", "x\t", "x\r", "a\tb", "a\x01z", "x\x7f", "ü", "a│b", "x\xc2", "├─ x"}) {
      check_same(with(tree(20), what, other));
    }
  }
}

TEST_CASE("quick trees: trees without a blank line, another day, hours and seconds at their ends") {
  std::array<std::size_t, 10> widths{3, 4, 2, 3, 1, 2, 1, 1, 2, 2};
  const std::string close = tree_of_widths(widths, false);
  check_same(close);
  check_same(close + close + tree(25) + close + kHigh + close);
  check_same(with(kHigh, "Active: 1\n\n", "Active: 1\n") + kSpike);
  for (const std::string time : {"2025-11-17 00:00:00", "2025-11-15 23:59:59", "2025-11-31 11:20:10", "2025-11-16 24:00:00", "2025-11-16 20:59:60", "2025-11-16 20:59:61", "2025-11-16 19:59:59"}) {
    check_same(with(tree(20), "2025-11-16 11:20:10", time) + tree(21));
    check_same(with(kHigh, "2025-11-16 11:20:10", time) + kSpike);
  }
}

TEST_CASE("quick trees: what was only counted says what lists of operations are compared with, the last one all") {
  std::string text;
  for (int i = 0; i < 100; ++i) text += i % 7 == 3 ? kHigh : i % 20 == 9 ? tree(i % 60, "├─ RAM Usage: 612.5 MB (Virtual: 1024.3 MB)\n") : tree(i % 60);
  const std::string all = text + std::string(1100, 'x') + "\n";
  for (const Vectors vectors : {Vectors::avx512, Vectors::avx2, Vectors::none}) {
    EventBatch general;
    general.chunk = test::chunk_of(all);
    ParseOptions options;
    options.vectors = vectors;
    parse_chunk(general, options);
    EventBatch sifted;
    sifted.chunk = test::chunk_of(all);
    sifted.wanted_above_mb = 600;
    parse_chunk(sifted, options);
    std::size_t n = 0;
    double last_vms = 0;
    for (const Event& event : sifted.events) {
      const auto same = std::find_if(general.events.begin(), general.events.end(), [&](const Event& one) { return one.line == event.line; });
      REQUIRE(same != general.events.end());
      if (!event.is(flag::kWholeBlock)) continue;
      ++n;
      CHECK(event.time.ns == same->time.ns);
      CHECK(event.rss_mb == same->rss_mb);
      CHECK(event.flags == same->flags);
      CHECK(event.format == same->format);
      CHECK(sifted.names.text(event.task) == general.names.text(same->task));
      CHECK(sifted.context_of(event) == general.context_of(*same));
      if (event.rss_mb > 600) CHECK(event.vms_mb == same->vms_mb);
      last_vms = event.vms_mb;
    }
    CHECK(n >= 64);
    CHECK(n < 80);
    CHECK(last_vms == 1024.3);
    CHECK(std::is_sorted(sifted.events.begin(), sifted.events.end(), [](const Event& a, const Event& b) { return a.line < b.line; }));
    CHECK(same_counts(read(all, true, vectors, false, 600), read(all, false, vectors, false)));
  }
}
