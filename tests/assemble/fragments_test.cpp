#include <doctest/doctest.h>

#include "support/log_builder.h"

using namespace memlog;
using namespace memlog::test;

namespace {

const std::string kTime = "2026-03-24T01:33:18.531294005Z";

// A Celery line of more than 16 KiB, cut as Kubernetes cuts it: inside of the `ö`.
std::string cut_line(const std::string& padding, std::size_t at) {
  const std::string message = "[2026-03-24 01:33:18,527: INFO/ForkPoolWorker-1] Memory [t] checkpoint:" + padding + ": RSS=512.7MB (peak=512.7MB)";
  return kTime + " stderr P " + message.substr(0, at) + "\n" + kTime + " stdout F other words\n" + kTime + " stderr F " + message.substr(at) + "\n";
}

}  // namespace

TEST_CASE("fragments: a message that the platform cut inside of a character is read whole") {
  std::string padding;
  while (padding.size() < 17'000) padding += "Größe ";
  padding += "end";
  const std::size_t at = padding.find("ö", 16'400) + 72;
  const std::string text = cut_line(padding, at) + kTime + " stderr F [2026-03-24 01:33:19,000: INFO/ForkPoolWorker-1] Memory [t] FINISH: RSS=500.0MB\n";
  for (const std::size_t chunk : {std::size_t{64}, std::size_t{16'500}, std::size_t{1} << 20}) {
    CAPTURE(chunk);
    const Log log(text, {.chunk_size = chunk});
    REQUIRE(log.records.size() == 2);
    CHECK(log.records[0].rss_mb == doctest::Approx(512.7));
    CHECK(log.records[0].context_text == "checkpoint:" + padding);
    CHECK(log.records[0].line == 1);
    CHECK(log.lines.records == 3);
    CHECK(log.lines.ignored == 1);
    CHECK(log.accounted());
  }
}

TEST_CASE("fragments: a short last part does not swallow the record of the next process") {
  const Log log("{\"log\":\"[2026-03-24 01:33:18,527: INFO/A] Memory [t] STA\",\"stream\":\"stderr\",\"time\":\"" + kTime + "\"}\n" +
                "{\"log\":\"[2026-03-24 01:33:20,527: INFO/A] Memory [t] START: RSS=5.0MB\\n\",\"stream\":\"stderr\",\"time\":\"" + kTime + "\"}\n");
  REQUIRE(log.records.size() == 1);
  CHECK(log.records[0].line == 2);
  CHECK(log.accounted());
}

TEST_CASE("fragments: a cut message at the end of the input is read as far as it goes") {
  const Log log(kTime + " stderr P [2026-03-24 01:33:18,527: INFO/A] Memory [t] START: RSS=5.0MB\n");
  REQUIRE(log.records.size() == 1);
  CHECK(log.records[0].rss_mb == doctest::Approx(5.0));
  CHECK(log.accounted());
}

TEST_CASE("fragments: a blank right before the cut belongs to the message") {
  std::string padding;
  while (padding.size() < 17'000) padding += "word ";
  padding += "end";
  const std::string message = "[2026-03-24 01:33:18,527: INFO/ForkPoolWorker-1] Memory [t] checkpoint:" + padding + ": RSS=512.7MB (peak=512.7MB)";
  const std::size_t at = message.find(' ', 16'384) + 1;
  const std::string cri = kTime + " stderr P " + message.substr(0, at) + "\n" + kTime + " stderr F " + message.substr(at) + "\n";
  const auto json = [&](const std::string& text, const char* end) { return "{\"log\":\"" + text + end + "\",\"stream\":\"stderr\",\"time\":\"" + kTime + "\"}\n"; };
  const std::string docker = json(message.substr(0, at), "") + json(message.substr(at), "\\n");
  for (const std::string& text : {cri, docker}) {
    const Log log(text);
    REQUIRE(log.records.size() == 1);
    CHECK(log.records[0].context_text == "checkpoint:" + padding);
    CHECK(log.accounted());
  }
}

TEST_CASE("fragments: the time of a report stands in front of it, however short the pieces are that it came in") {
  const std::string report =
      "2026-04-21 07:16:18 - src.main_orchestrator - INFO - \n================================================================================\n24-HOUR MEMORY USAGE REPORT\n"
      "================================================================================\n\nMEMORY USAGE:\n  Current: 160.2 MB\n  Average: 160.0 MB\n  Samples: 287\n";
  const Log whole(report);
  REQUIRE(whole.records.size() == 1);
  for (const std::size_t pieces : {std::size_t{2}, std::size_t{3}, std::size_t{8}}) {
    std::string cut;
    for (std::string_view rest = report; !rest.empty();) {
      const std::string_view line = take_until(rest, "\n");
      const std::size_t size = std::max<std::size_t>(line.size() / pieces, 4);
      std::size_t at = 0;
      for (; line.size() - at > size; at += size) cut += kTime + " stdout P " + std::string(line.substr(at, size)) + "\n";
      cut += kTime + " stdout F " + std::string(line.substr(at)) + "\n";
    }
    for (const std::size_t chunk : {std::size_t{64}, std::size_t{1} << 20}) {
      CAPTURE(pieces);
      CAPTURE(chunk);
      const Log log(cut, {.chunk_size = chunk});
      REQUIRE(log.records.size() == 1);
      CHECK(log.records[0].at() == "2026-04-21 07:16:18");
      CHECK(log.records[0].rss_mb == doctest::Approx(160.2));
      CHECK(log.records[0].line == 1);
      CHECK(log.accounted());
    }
  }
}
