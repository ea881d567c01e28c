#include <doctest/doctest.h>

#include "memlog/input/encoding.h"
#include "support/log_builder.h"

using namespace memlog;
using namespace memlog::test;

namespace {

const char* const kSamples[] = {
    "kernel_oom/memcg-5.log", "kernel_oom/dmesg-T-4.log", "kernel_oom/syslog-20250304-group.log", "kernel_oom/global-6.8.log", "heroku/worker.log",
    "platforms/fly.log", "platforms/render.log", "platforms/gunicorn.log", "platforms/kubernetes.txt", "samplers/docker-stats-follow.log",
    "samplers/docker-stats.json.log", "samplers/kubectl-top.log", "samplers/mprofile_20190112.dat", "samplers/psrecord.log", "samplers/monitor.log",
    "memory_debug/guide_crash.log", "memory_debug/guide_crash_first_line.log", "regressions/compact_periodic.log"};

// The first lines of the larger samples.
std::string head_of(const std::string& text, std::size_t size) {
  const auto end = text.find('\n', size);
  return end == std::string::npos ? text : text.substr(0, end + 1);
}

std::vector<std::pair<std::string, std::string>> small_files() {
  std::vector<std::pair<std::string, std::string>> files;
  for (const char* name : kSamples) files.emplace_back(name, head_of(testdata(name), 1000));
  files.emplace_back("daily", head_of(testdata("daily/memory_20251006.log"), 500));
  files.emplace_back("telegram-v3", head_of(testdata("telegram-v3/memory_debug.log"), 1500));
  const std::string celery = testdata("celery/worker.log");
  files.emplace_back("celery", head_of(celery.substr(celery.find('\n', celery.find("Memory [") - 200) + 1), 1000));
  const std::string report = testdata("polymarket/bot.log");
  const auto title = report.find("24-HOUR");
  files.emplace_back("polymarket", head_of(report.substr(title - 300), 1500));
  files.emplace_back("snapshots", head_of(testdata("telegram-v1/logs.txt"), 1500));
  files.emplace_back("process managers",
                     "PM2  | 2026-01-05T10:00:00: PM2 log: [PM2][WORKER] Process 0 restarted because it exceeds --max-memory-restart value (current_memory=536870912 "
                     "max_memory_limit=524288000 [octets])\nJan 05 10:00:00 web-1 systemd-oomd[900]: Killed /user.slice/app.service due to memory pressure for /user.slice "
                     "being 65.10% > 50.00% for > 20s with reclaim activity\n");
  files.emplace_back("formats", [] {
    std::string text;
    for (const Format* format : formats()) text += std::string(format->example) + "\n";
    return text;
  }());
  const std::string time = "2026-03-24T01:33:18.5Z";
  files.emplace_back("docker json", "{\"log\":\"[2026-03-24 01:33:18,527: INFO/A] Memory [t] START: RSS=5.0\",\"stream\":\"stderr\",\"time\":\"" + time +
                                        "\"}\n{\"log\":\"MB \\u00e9\\ud83d\\udcca\\n\",\"stream\":\"stderr\",\"time\":\"" + time + "\"}\n");
  files.emplace_back("cri", time + " stderr P [2026-03-24 01:33:18,527: INFO/A] Memory [t] STA\n" + time + " stderr F RT: RSS=5.0MB\n");
  files.emplace_back("journal", "{\"MESSAGE\":[77,101,109,111,114,121,32,91,116,93,32,83,84,65,82,84,58,32,82,83,83,61,53,77,66],\"__REALTIME_TIMESTAMP\":\"1774312398531294\"}\n");
  files.emplace_back("syslog", "<30>1 2026-03-24T01:33:18.531Z web-1 python 42 ID47 [ex@1 a=\"b]\"] Memory [t] START: RSS=5MB\nMar 24 01:33:18 web-1 app[4]: Memory [t] START: RSS=5MB\n");
  return files;
}

// Every line is accounted for, once.
bool good(const std::string& text, std::size_t chunk) {
  const Log log(text, {.chunk_size = chunk});
  const bool accounted = log.accounted() && log.lines.records >= 0 && log.lines.ignored >= 0 && log.lines.malformed >= 0;
  // A byte order mark or zeros at the front may turn the file into UTF-16, whose lines are others.
  Decoder decoder;
  decoder.detect(std::string_view(text).substr(0, 512));
  if (decoder.is_utf16()) return accounted;
  std::int64_t lines = std::count(text.begin(), text.end(), '\n');
  if (text.size() > decoder.mark_size() && text.back() != '\n') ++lines;
  return accounted && log.lines.lines == lines;
}

// What is in place of a byte: what grammars look for, what they do not expect, and each of its bits turned.
constexpr char kBytes[] = {'\0', '\n', '\r', '\t', '\xff', '\xc3', '\x1b', '0', '9', ' ', '"', '\\', '[', ']', '{', '|', ':', '-', '.', ',', 'M', 'e'};

}  // namespace

TEST_CASE("damage: a small file of each format cut off anywhere has every line accounted for") {
  for (const auto& [name, text] : small_files()) {
    CAPTURE(name);
    REQUIRE_FALSE(text.empty());
    std::size_t bad = 0;
    for (std::size_t n = 0; n <= text.size(); ++n) {
      bad += good(text.substr(0, n), 64) ? 0 : 1;
      bad += good(text.substr(0, n), 1 << 20) ? 0 : 1;
      bad += good(text.substr(n), 200) ? 0 : 1;
    }
    CHECK(bad == 0);
  }
}

TEST_CASE("damage: a small file of each format with any byte changed to anything has every line accounted for") {
  for (const auto& [name, text] : small_files()) {
    CAPTURE(name);
    std::vector<std::size_t> bad;
    for (std::size_t at = 0; at < text.size(); ++at) {
      std::string changed = text;
      const auto check = [&](char c, std::size_t chunk) {
        changed[at] = c;
        if (!good(changed, chunk)) bad.push_back(at);
      };
      for (const char c : kBytes) check(c, 1 << 20);
      for (int bit = 0; bit < 8; ++bit) check(static_cast<char>(text[at] ^ (1 << bit)), 200);
    }
    CHECK(bad == std::vector<std::size_t>{});
  }
}

TEST_CASE("damage: a small file of each format with any byte lost or told twice has every line accounted for") {
  for (const auto& [name, text] : small_files()) {
    CAPTURE(name);
    std::size_t bad = 0;
    for (std::size_t at = 0; at < text.size(); ++at) {
      bad += good(text.substr(0, at) + text.substr(at + 1), 300) ? 0 : 1;
      bad += good(text.substr(0, at) + text[at] + text.substr(at), 1 << 20) ? 0 : 1;
    }
    CHECK(bad == 0);
  }
}
