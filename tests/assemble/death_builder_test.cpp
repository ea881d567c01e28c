#include <doctest/doctest.h>

#include "support/log_builder.h"

using namespace memlog;
using namespace memlog::test;

TEST_CASE("deaths: a kernel report of many lines is one record with the killed process, its memory and the limit") {
  const Log log(testdata("kernel_oom/memcg-5.log"));
  REQUIRE(log.records.size() == 1);
  const Record& r = log.records[0];
  CHECK(r.kind == EventKind::oom_kill);
  CHECK(r.process_name == "leaker");
  CHECK(r.number("pid") == 23793);
  CHECK(r.rss_mb == doctest::Approx((506500 + 1268) / 1024.0));
  CHECK(r.number("anon_rss_mb") == doctest::Approx(506500 / 1024.0));
  CHECK(r.limit_mb == doctest::Approx(500.0));
  CHECK(r.number("uptime_s") == doctest::Approx(812.48022));
  CHECK_FALSE(r.is(flag::kSample));
  CHECK(log.accounted());
}

TEST_CASE("deaths: two lines of kernels before 5.0, dates of dmesg -T in the user's language") {
  const Log log(testdata("kernel_oom/dmesg-T-4.log"));
  REQUIRE(log.records.size() == 2);
  CHECK(log.records[0].at() == "2022-01-14 01:30:59");
  CHECK(log.records[0].rss_mb == doctest::Approx(740012 / 1024.0));
  CHECK(log.records[1].at() == "2022-01-16 02:10:00");
  CHECK(log.records[1].process_name == "Web Content #2");
}

TEST_CASE("deaths: a group that is killed together, and systemd's words about it, are one death") {
  const Log log(testdata("kernel_oom/syslog-20250304-group.log"), {.file_name = "syslog-20250304-group.log"});
  REQUIRE(log.records.size() == 1);
  CHECK(log.records[0].process_name == "web-1/gunicorn");
  CHECK(log.records[0].at() == "2025-03-04 10:15:23");
  CHECK(log.lines.records == 10);
}

TEST_CASE("deaths: a report that the end of the input cuts off names its victim") {
  const std::string text = testdata("kernel_oom/global-6.8.log");
  const Log log(text.substr(0, text.find("[  512.100200]")));
  REQUIRE(log.records.size() == 1);
  CHECK(log.records[0].process_name == "stress-ng-vm");
  CHECK_FALSE(is_known(log.records[0].rss_mb));
}

TEST_CASE("deaths: Fly tells the kernel's death again") {
  const Log log(testdata("platforms/fly.log"));
  REQUIRE(log.records.size() == 1);
  CHECK(log.records[0].number("pid") == 513);
  CHECK(log.lines.records == 3);
}

TEST_CASE("deaths: Heroku's R15, SIGKILL and status 137 are one; its metrics are samples") {
  const Log log(testdata("heroku/worker.log"));
  CHECK(log.of(EventKind::oom_kill).size() == 1);
  CHECK(log.of(EventKind::kill).empty());
  CHECK(log.samples().size() == 4);
  CHECK(log.records[0].limit_mb == doctest::Approx(512));
  CHECK(log.records[0].rss_mb == doctest::Approx(490.25));
}

TEST_CASE("deaths: a status that comes late is of what was killed for memory, each once and by name") {
  const auto dyno = [](const std::string& clock, const std::string& words) { return "2025-11-16T09:" + clock + ".123456+00:00 heroku[worker.1]: " + words + "\n"; };
  const std::string r15 = dyno("00:30", "Error R15 (Memory quota vastly exceeded)") + dyno("00:30", "Stopping process with SIGKILL");
  CHECK(Log(r15 + dyno("01:00", "Process exited with status 137")).records.size() == 1);
  CHECK(Log(r15 + dyno("00:32", "Process exited with status 137") + dyno("01:00", "Process exited with status 137")).records.size() == 2);
  CHECK(Log(r15 + dyno("01:50", "Process exited with status 137")).records.size() == 2);
  CHECK(Log(r15 + "2025-11-16T09:01:00.123456+00:00 heroku[worker.2]: Process exited with status 137\n").records.size() == 2);
  const std::string oom = "2025-11-16T11:05:30.000000000Z container oom def (image=bot, name=bot-1)\n";
  const auto die = [](const std::string& name) { return "2025-11-16T11:05:41.100000000Z container die def (exitCode=137, image=bot, name=" + name + ")\n"; };
  CHECK(Log(oom + die("bot-1")).records.size() == 1);
  CHECK(Log(oom + die("bot-2")).records.size() == 2);
}

TEST_CASE("deaths: gunicorn's workers by pid, a timeout noted before its kill") {
  const Log log(testdata("platforms/gunicorn.log"));
  REQUIRE(log.of(EventKind::kill).size() == 3);
  CHECK(log.events[0].kind == EventKind::time_limit);
  CHECK(log.records[0].number("pid") == 74);
}

TEST_CASE("deaths: Render states the limit; 134 is Node's own, 1 is none") {
  const Log log(testdata("platforms/render.log"), {.file_name = "render-20251027.log"});
  REQUIRE(log.records.size() == 3);
  CHECK(log.records[0].limit_mb == doctest::Approx(512));
  CHECK(log.records[0].at() == "2025-10-27 14:42:10");
  CHECK(log.records[2].limit_mb == doctest::Approx(512));
}

TEST_CASE("deaths: pm2 and systemd-oomd") {
  const Log log(
      "2024-09-16T21:48:00: PM2 log: [PM2][WORKER] Process 0 restarted because it exceeds --max-memory-restart value (current_memory=311926784 max_memory_limit=268435456 [octets])\n"
      "2024-12-18T19:34:56+0000 desk systemd-oomd[840]: Killed /user.slice/app.slice/vte.scope due to memory pressure for /user.slice being 51.07% > 50.00% for > 20s\n");
  REQUIRE(log.records.size() == 2);
  CHECK(log.records[0].limit_mb == doctest::Approx(256));
  CHECK(log.records[0].rss_mb == doctest::Approx(311926784 / 1048576.0));
  CHECK(log.records[1].process_name == "desk/vte.scope");
}

TEST_CASE("deaths: what the kernel and systemd-oomd kill within seconds are different victims") {
  const std::string oomd = " due to memory pressure for /user.slice being 60.12% > 50.00% for > 20s with reclaim activity\n";
  const std::string chrome = "2026-01-05T10:00:00+0000 h systemd-oomd[1]: Killed /user.slice/app-chrome.scope" + oomd;
  const std::string firefox = "2026-01-05T10:00:03+0000 h systemd-oomd[1]: Killed /user.slice/app-firefox.scope" + oomd;
  CHECK(Log(chrome + firefox).records.size() == 2);
  const std::string kernel = "2026-01-05T10:00:00+0000 h kernel: Out of memory: Killed process 116 (postgres) total-vm:10515768kB, anon-rss:980628kB, file-rss:564kB, shmem-rss:0kB, UID:0 pgtables:15676kB oom_score_adj:0\n";
  CHECK(Log(kernel + firefox).records.size() == 2);
  CHECK(Log(firefox + firefox).records.size() == 1);
}

TEST_CASE("deaths: what a program quotes of Heroku is no death") {
  for (const std::string words : {"2026-01-05 10:00:03,123 - bot - INFO - Error R15 (Memory quota vastly exceeded) explained", "2026-01-05 10:00:03,123 - bot - INFO - Error R15 (Memory quota vastly exceeded)",
                                  "2026-01-05 10:00:03,123 - bot - INFO - Error R14 (Memory quota exceeded)", "2026-01-05 10:00:03,123 - bot - INFO - Stopping process with SIGKILL",
                                  "Jan 05 10:00:03 h python[4]: Error R15 (Memory quota vastly exceeded) is documented at devcenter"}) {
    CAPTURE(words);
    CHECK(Log(words + "\n").records.empty());
  }
  CHECK(Log("2026-08-18T22:04:11.1+00:00 heroku[worker.1]: Stopping process with SIGKILL\n").of(EventKind::kill).size() == 1);
}

TEST_CASE("deaths: kernel, platform and banner tell one death, in one log and in three") {
  const auto deaths = [](const std::vector<std::string>& paths) {
    std::vector<Record> found;
    ReadResult result;
    read_events(list_inputs(paths), {}, result, [&](const Slice& slice) {
      for (const Event& event : slice.events) {
        if (event.kind == EventKind::oom_kill || event.kind == EventKind::kill) found.push_back(record_of(event, slice.batch, slice.names));
      }
    });
    for (const InputSummary& input : result.inputs) CHECK(input.lines.lines == input.lines.records + input.lines.ignored + input.lines.malformed);
    return found;
  };
  const TempDirectory directory;
  const std::string kernel = testdata("three_tellers/kern-20251027.log");
  const std::string platform = testdata("three_tellers/render-20251027.log");
  const std::string bot = testdata("three_tellers/memory_debug.log");
  const std::string a = directory.write("kern-20251027.log", kernel);
  const std::string b = directory.write("render-20251027.log", platform);
  const std::string c = directory.write("memory_debug.log", bot);
  CHECK(deaths({a}).size() == 1);
  CHECK(deaths({b}).size() == 1);
  CHECK(deaths({c}).empty());
  const auto all = deaths({c, b, a});
  REQUIRE(all.size() == 1);
  CHECK(all[0].process_name == "web-1/python3");
  CHECK(all[0].number("pid") == 42);
  // In one file, between the bot's own lines.
  const auto at = bot.find("🔄 BOT RESTARTED");
  REQUIRE(at != std::string::npos);
  CHECK(deaths({directory.write("all-20251027.log", bot.substr(0, at) + kernel + platform + bot.substr(at))}).size() == 1);
}

TEST_CASE("deaths: two services whose platform tells of each are two, at the same time") {
  const TempDirectory directory;
  const std::string text = "[2026-05-26 19:50:07 +0200] [56] [ERROR] Worker (pid:74) was sent SIGKILL! Perhaps out of memory?\n";
  const std::string other = "[2026-05-26 19:50:08 +0200] [56] [ERROR] Worker (pid:75) was sent SIGKILL! Perhaps out of memory?\n";
  ReadResult result;
  read_events(list_inputs({directory.write("a.log", text), directory.write("b.log", other)}), {}, result, [](const Slice&) {});
  CHECK(result.records() == 2);
}
