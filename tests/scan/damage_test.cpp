#include <doctest/doctest.h>

#include "support/log_builder.h"

using namespace memlog;
using namespace memlog::test;

namespace {

const char* const kSamples[] = {
    "kernel_oom/memcg-5.log", "kernel_oom/dmesg-T-4.log", "kernel_oom/syslog-20250304-group.log", "kernel_oom/global-6.8.log", "heroku/worker.log",
    "platforms/fly.log", "platforms/render.log", "platforms/gunicorn.log", "platforms/kubernetes.txt", "samplers/docker-stats-follow.log",
    "samplers/docker-stats.json.log", "samplers/kubectl-top.log", "samplers/mprofile_20190112.dat", "samplers/psrecord.log", "samplers/monitor.log",
    "memory_debug/guide_crash.log"};

// The first lines of the larger samples.
std::string head_of(const std::string& text, std::size_t size) {
  const auto end = text.find('\n', size);
  return end == std::string::npos ? text : text.substr(0, end + 1);
}

std::vector<std::pair<std::string, std::string>> small_files() {
  std::vector<std::pair<std::string, std::string>> files;
  for (const char* name : kSamples) files.emplace_back(name, head_of(testdata(name), 1200));
  files.emplace_back("daily", head_of(testdata("daily/memory_20251006.log"), 500));
  files.emplace_back("telegram-v3", head_of(testdata("telegram-v3/memory_debug.log"), 1500));
  const std::string celery = testdata("celery/worker.log");
  files.emplace_back("celery", head_of(celery.substr(celery.find('\n', celery.find("Memory [") - 200) + 1), 1000));
  const std::string report = testdata("polymarket/bot.log");
  const auto title = report.find("24-HOUR");
  files.emplace_back("polymarket", head_of(report.substr(title - 300), 1500));
  const std::string time = "2026-03-24T01:33:18.5Z";
  files.emplace_back("docker json", "{\"log\":\"[2026-03-24 01:33:18,527: INFO/A] Memory [t] START: RSS=5.0\",\"stream\":\"stderr\",\"time\":\"" + time +
                                        "\"}\n{\"log\":\"MB \\u00e9\\ud83d\\udcca\\n\",\"stream\":\"stderr\",\"time\":\"" + time + "\"}\n");
  files.emplace_back("cri", time + " stderr P [2026-03-24 01:33:18,527: INFO/A] Memory [t] STA\n" + time + " stderr F RT: RSS=5.0MB\n");
  files.emplace_back("journal", "{\"MESSAGE\":[77,101,109,111,114,121,32,91,116,93,32,83,84,65,82,84,58,32,82,83,83,61,53,77,66],\"__REALTIME_TIMESTAMP\":\"1774312398531294\"}\n");
  files.emplace_back("syslog", "<30>1 2026-03-24T01:33:18.531Z web-1 python 42 ID47 [ex@1 a=\"b]\"] Memory [t] START: RSS=5MB\nMar 24 01:33:18 web-1 app[4]: Memory [t] START: RSS=5MB\n");
  return files;
}

bool good(const std::string& text, std::size_t chunk) {
  const Log log(text, {.chunk_size = chunk});
  std::int64_t lines = std::count(text.begin(), text.end(), '\n');
  if (!text.empty() && text.back() != '\n') ++lines;
  return log.accounted() && log.lines.lines == lines && log.lines.records >= 0 && log.lines.ignored >= 0 && log.lines.malformed >= 0;
}

}  // namespace

TEST_CASE("damage: a small file of each format cut off anywhere has every line accounted for") {
  for (const auto& [name, text] : small_files()) {
    CAPTURE(name);
    REQUIRE_FALSE(text.empty());
    std::size_t bad = 0;
    for (std::size_t n = 0; n <= text.size(); ++n) bad += good(text.substr(0, n), n % 2 == 0 ? 64 : 1 << 20) ? 0 : 1;
    CHECK(bad == 0);
  }
}

TEST_CASE("damage: a small file of each format with any byte changed has every line accounted for") {
  constexpr char kBytes[] = {'\0', '\xff', '0', '9', ' ', '[', '"', '\\', '-', 'M'};
  for (const auto& [name, text] : small_files()) {
    CAPTURE(name);
    std::size_t bad = 0;
    for (std::size_t at = 0; at < text.size(); ++at) {
      std::string changed = text;
      changed[at] = kBytes[at % sizeof kBytes];
      bad += good(changed, 1 << 20) ? 0 : 1;
      changed[at] = static_cast<char>(text[at] ^ (1 << (at % 8)));
      // A byte order mark or zeros at the front may turn the file into UTF-16, which counts its lines itself.
      if (at > 8) bad += good(changed, 200) ? 0 : 1;
    }
    CHECK(bad == 0);
  }
}
