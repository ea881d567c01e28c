#include <doctest/doctest.h>

#include "support/crash_logs.h"

using namespace memlog;
using namespace memlog::test;

namespace {

constexpr long kTen = 10 * 3600;

std::string told(const std::string& log, double limit_mb = kMissing) {
  Crash::Options options;
  options.limit_mb = limit_mb;
  return Crashes(log, options).told();
}

// A life whose readings go up to `last_mb`, and its restart `gap` seconds after the last.
std::string ended(double last_mb, long gap) {
  return life(kTen, kTen + 2400, 300) + reading(kTen + 2520, "Idle", last_mb) + life(kTen + 2520 + gap, kTen + 6000, 200);
}

std::string celery(const std::string& time, const std::string& process, const std::string& message) { return "[2025-11-16 " + time + ": INFO/" + process + "] " + message + "\n"; }

std::string memory(const std::string& what, double rss_mb) {
  char text[200];
  std::snprintf(text, sizeof text, "Memory [app.parse] %s: RSS=%.1fMB (peak=%.1fMB), Process%%=2.1%%, System=41.3%%, GC objects=1", what.c_str(), rss_mb, rss_mb);
  return text;
}

}  // namespace

TEST_CASE("verdict: the share of the limit when last seen decides what a restart was") {
  CHECK(told(ended(490, 100), 512) == "10:42:00 oom [high_memory restart]\n");
  CHECK(told(ended(486, 100), 512) == "10:42:00 probable_oom [high_memory restart]\n");
  CHECK(told(ended(436, 100), 512) == "10:42:00 probable_oom [high_memory restart]\n");
  // Another step of 106 MB would not have reached it, one of 110 would.
  CHECK(told(ended(405, 100), 512) == "10:42:00 unexplained_restart [restart]\n");
  CHECK(told(ended(410, 100), 512) == "10:42:00 probable_oom [high_memory restart]\n");
  CHECK(told(ended(490, 100)) == "10:42:00 unexplained_restart [restart]\n");
}

TEST_CASE("verdict: a goodbye, a deploy at ordinary memory and a failed task are no deaths for memory") {
  CHECK(told(life(kTen, kTen + 2400, 490) + reading(kTen + 2420, "Bot Shutting Down", 490) + life(kTen + 2500, kTen + 6000, 200), 512) == "");
  CHECK(told(life(kTen, kTen + 2400, 250) + life(kTen + 2500, kTen + 6000, 200), 512) == "10:40:00 unexplained_restart [restart]\n");
  CHECK(told(life(kTen, kTen + 2400, 250) + reading(kTen + 2420, "TASK START [Dump]", 250, ">>>") + reading(kTen + 2480, "TASK END [Dump Error]", 260, "<<<") +
                 life(kTen + 2600, kTen + 6000, 200),
             512) == "10:41:20 unexplained_restart [restart]\n");
}

TEST_CASE("verdict: a goodbye in the program's own log is one") {
  const std::string full = life(kTen, kTen + 2400, 490);
  const std::string after = life(kTen + 2500, kTen + 6000, 200);
  const auto said = [](const std::string& words) { return clock_of(kTen + 2420) + " - bot - INFO - " + words + "\n"; };
  for (const char* words : {"Received SIGTERM, shutting down", "Received signal SIGTERM", "Received signal 15", "Received SIGINT signal.", "Bot Shutting Down", "🛑 Bot is shutting down..."}) {
    CAPTURE(words);
    CHECK(told(full + said(words) + after, 512) == "");
    CHECK(told(full + said(words) + reading(kTen + 2430, "Idle", 490) + after, 512) == "");
    CHECK(told(full + said(words), 512) == "");
  }
  for (const char* words : {"user asks: Received SIGTERM", "Bot shutting down session 5", "Received SIGTERM2", "Received 3 files"}) {
    CAPTURE(words);
    CHECK(told(full + said(words) + after, 512) == "10:40:00 oom [high_memory restart]\n");
  }
  // It went on: what comes then is no planned stop.
  CHECK(told(full + said("Received SIGTERM") + reading(kTen + 2600, "Idle", 490) + life(kTen + 2700, kTen + 6000, 200), 512) == "10:43:20 oom [high_memory restart]\n");
}

TEST_CASE("verdict: in the middle of a task it was killed") {
  std::string log = life(kTen, kTen + 2400, 250);
  std::string start = reading(kTen + 2420, "Dump", 250, ">>>");
  start.replace(start.find("[Dump"), 5, "TASK START [Dump");
  log += start + reading(kTen + 2520, "Dump", 300) + life(kTen + 4000, kTen + 6000, 200);
  CHECK(told(log) == "10:42:00 killed [silence restart]\n");
}

TEST_CASE("verdict: V8's heap limit is its own, in its words and in the status that it leaves") {
  const Crashes words_and_status(
      "Nov 16 10:40:00 AM  FATAL ERROR: Reached heap limit Allocation failed - JavaScript heap out of memory\n"
      "Nov 16 10:40:03 AM  ==> Exited with status 134\n");
  REQUIRE(words_and_status.size() == 1);
  CHECK(words_and_status.verdict(0) == "heap_limit");
  CHECK(words_and_status.word(0, "confidence") == "high");
  // Without times: the status stands behind the trace.
  const Crashes untimed(
      "<--- Last few GCs --->\n"
      "FATAL ERROR: Ineffective mark-compacts near heap limit Allocation failed - JavaScript heap out of memory\n"
      " 1: 0xb090e0 node::Abort() [node]\n"
      "==> Exited with status 134\n"
      "FATAL ERROR: CALL_AND_RETRY_LAST Allocation failed - JavaScript heap out of memory\n");
  CHECK(untimed.size() == 2);
  // Behind a time alone, where FATAL looks like a level; not in a program's own words at another level.
  CHECK(Crashes("2025-11-16T10:40:00Z FATAL ERROR: Reached heap limit Allocation failed - JavaScript heap out of memory\n").verdict(0) == "heap_limit");
  CHECK(Crashes("2025-11-16 10:40:00 ERROR: the child said: JavaScript heap out of memory\n"
                "2025-11-16 10:41:00 --- [Idle] | RSS:  300.0 MB | VMS: 1.0 MB\n").size() == 0);
  const Crashes status("Nov 16 10:40:03 AM  ==> Exited with status 134\n");
  CHECK(status.verdict(0) == "heap_limit");
  CHECK(status.word(0, "confidence") == "medium");
  CHECK(Crashes("Nov 16 10:40:03 AM  ==> Exited with status 1\n2025-11-16 10:00:00 --- [Idle] | RSS:  300.0 MB | VMS: 1.0 MB\n").size() == 0);
}

TEST_CASE("verdict: systemd-oomd kills for pressure, whatever the process had") {
  const std::string log =
      "2025-11-16T10:40:00+00:00 desk systemd-oomd[840]: Killed /user.slice/app.slice/bot.scope due to memory pressure for /user.slice being 51.07% > 50.00% for > 20s with reclaim activity\n"
      "2025-11-16T10:40:00+00:00 desk systemd[1837]: bot.scope: systemd-oomd killed 12 process(es) in this unit.\n"
      "2025-11-16T10:40:01+00:00 desk systemd[1837]: bot.scope: Failed with result 'oom-kill'.\n";
  const Crashes crashes(log);
  REQUIRE(crashes.size() == 1);
  CHECK(crashes.verdict(0) == "killed_for_pressure");
  CHECK(crashes.evidence(0) == "pressure_kill pressure_kill");
  // And so it stays where a life ends in it.
  const Crashes both(std::vector<std::pair<std::string, std::string>>{{"bot.log", life(kTen, kTen + 2380, 300) + life(kTen + 2500, kTen + 4000, 200)}, {"syslog", log}});
  CHECK(both.told() == "10:40:00 killed_for_pressure [pressure_kill pressure_kill restart]\n");
}

TEST_CASE("verdict: gunicorn's SIGKILL after a timeout or a goodbye is for that, whatever it guesses") {
  const std::string rss = reading(kTen, "Idle", 500) + reading(kTen + 60, "Idle", 500);
  const std::string timeout = "[2025-11-16 10:02:00 +0000] [56] [CRITICAL] WORKER TIMEOUT (pid:74)\n";
  const std::string killed = "[2025-11-16 10:02:01 +0000] [56] [ERROR] Worker (pid:74) was sent SIGKILL! Perhaps out of memory?\n";
  const std::string other = "[2025-11-16 10:02:01 +0000] [56] [ERROR] Worker (pid:75) was sent SIGKILL! Perhaps out of memory?\n";
  CHECK(told(timeout + killed, 512) == "10:02:01 killed [time_limit sigkill]\n");
  CHECK(told(rss + timeout + killed, 512) == "10:02:01 killed [time_limit sigkill]\n");
  CHECK(told("[2025-11-16 10:02:00 +0000] [74] [INFO] Worker exiting (pid: 74)\n" + killed, 512) == "10:02:01 killed [goodbye sigkill]\n");
  // A timeout of another worker explains nothing, and near the limit the guess is right.
  CHECK(told(timeout + other, 512) == "10:02:01 killed [sigkill]\n");
  CHECK(told(rss + other, 512) == "10:02:01 oom [high_memory sigkill]\n");
}

TEST_CASE("verdict: a SIGKILL is for memory only near a stated limit or a full system") {
  const std::string start = celery("10:00:00,100", "ForkPoolWorker-1", memory("START", 100));
  const std::string kill = celery("10:00:20,100", "MainProcess", "Process 'ForkPoolWorker-1' pid:26 exited with 'signal 9 (SIGKILL)'");
  const auto at = [&](double rss_mb) { return start + celery("10:00:19,100", "ForkPoolWorker-1", memory("checkpoint:mid", rss_mb)) + kill; };
  CHECK(told(at(490), 512) == "10:00:20 oom [high_memory sigkill]\n");
  CHECK(told(at(440), 512) == "10:00:20 probable_oom [high_memory sigkill]\n");
  CHECK(told(at(300), 512) == "10:00:20 killed [sigkill]\n");
  CHECK(told(at(490)) == "10:00:20 killed [sigkill]\n");
  const std::string limit = celery("10:00:19,600", "MainProcess", "Hard time limit (300s) exceeded for app.parse[0f7c]");
  std::string limited = at(490);
  limited.insert(limited.rfind("[2025"), limit);
  CHECK(told(limited, 512) == "10:00:20 killed [time_limit sigkill]\n");
}

TEST_CASE("verdict: Heroku's SIGKILL after its SIGTERM is a deploy, after R15 it is memory") {
  const auto dyno = [](const std::string& time, const std::string& words) { return "2025-11-16T" + time + ".000000+00:00 heroku[worker.1]: " + words + "\n"; };
  const std::string full = dyno("10:00:00", "Process running mem=600M(117.1%)") + dyno("10:00:00", "Error R14 (Memory quota exceeded)") + dyno("10:00:20", "Process running mem=610M(119.1%)");
  const std::string after = dyno("10:02:00", "Process running mem=100M(19.5%)");
  CHECK(told(full + dyno("10:00:25", "Stopping all processes with SIGTERM") + dyno("10:00:55", "Stopping process with SIGKILL") + dyno("10:00:56", "Process exited with status 137") + after, 512) ==
        "10:00:55 killed [goodbye sigkill sigkill]\n");
  CHECK(told(full + dyno("10:00:25", "Stopping all processes with SIGTERM") + dyno("10:00:27", "Process exited with status 143") + after, 512) == "");
  CHECK(told(full + dyno("10:00:25", "Error R15 (Memory quota vastly exceeded)") + dyno("10:00:25", "Stopping process with SIGKILL") + dyno("10:00:27", "Process exited with status 137") + after, 512) ==
        "10:00:25 oom [oom_kill sigkill sigkill]\n");
}

TEST_CASE("verdict: what Heroku measures is of the dyno that it has, and of no other") {
  const auto dyno = [](const std::string& time, const std::string& words) { return "2025-11-16T" + time + ".000000+00:00 heroku[worker.1]: " + words + "\n"; };
  const auto metric = [&](const std::string& time, const std::string& total, const std::string& rss) {
    return dyno(time, "source=worker.1 dyno=heroku.1.a sample#memory_total=" + total + "MB sample#memory_rss=" + rss + "MB sample#memory_cache=0.00MB sample#memory_swap=0.00MB sample#memory_quota=512.00MB");
  };
  const auto own = [](const std::string& time, const std::string& mb) {
    return "2025-11-16T" + time + ".000000+00:00 app[worker.1]: 2025-11-16 " + time + ",000 - mm - INFO - Session Created | User 1 - Total sessions: 1 | Memory: " + mb + " MB\n";
  };
  const std::string before = own("09:58:00", "300.0") + own("10:00:00", "480.0") + metric("10:00:01", "500.0", "480.0");
  const std::string killed = dyno("10:00:20", "Process running mem=1053M(205.7%)") + dyno("10:00:20", "Error R15 (Memory quota vastly exceeded)") + dyno("10:00:20", "Stopping process with SIGKILL");
  const std::string exited = dyno("10:00:22", "Process exited with status 137");
  const std::string late = metric("10:00:23", "1053.0", "511.0");
  const std::string oom = told(before + killed + exited);
  CHECK(oom == "10:00:20 oom [oom_kill sigkill sigkill]\n");
  const std::string next = own("10:00:40", "100.0") + own("10:02:40", "110.0");
  for (const std::string& log : {before + killed + exited + late, before + killed + late + exited, before + killed + exited + late + next, before + killed + late + exited + next}) {
    CAPTURE(log);
    CHECK(told(log) == oom);
  }
  // Its last measure is of the dyno that was stopped.
  CHECK(told(before + dyno("10:00:20", "Stopping all processes with SIGTERM") + late + dyno("10:00:24", "Process exited with status 143") + next) == "");
  // And it is the end where memory is as high as it says.
  CHECK(told(before + own("10:00:30", "490.0")).find("probable_oom") != std::string::npos);
}

TEST_CASE("verdict: a server's or a graphics card's want of memory is not the program's") {
  for (const char* words : {"redis.exceptions.OutOfMemoryError: command not allowed when used memory > 'maxmemory'.", "asyncpg.exceptions.OutOfMemoryError: out of memory",
                            "torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 2.00 GiB"}) {
    CAPTURE(words);
    const std::string log = life(kTen, kTen + 2400, 150) + "Traceback (most recent call last):\n  File \"bot.py\", line 3, in <module>\n" + words + "\n" + life(kTen + 2600, kTen + 6000, 140);
    CHECK(told(log, 512).find("oom") == std::string::npos);
    CHECK(told(log, 512).find("memory_error") == std::string::npos);
  }
}

TEST_CASE("verdict: a platform's words in a program's own line are no death") {
  const std::string log = "2025-11-16 08:00:00 - INFO - ";
  for (const char* words : {"No OOMKilled pods found", "search query 'OOMKilled' returned 12 results", "docs: a pod with Reason: OOMKilled has exit code 137",
                            "Reason: OOMKilled", "kube_pod_container_status_last_terminated_reason{reason=\"OOMKilled\"} 0",
                            "Reply: Ran out of memory (used over 512MB) while running your code.", "Ran out of memory (used over 512MB) while running your code.",
                            "==> Out of memory (used over 512Mi)", "ffmpeg exited with code 137", "subprocess ffmpeg exited with code 137"}) {
    CAPTURE(words);
    CHECK(told(log + words + "\n") == "");
  }
  CHECK(told("kube_pod_container_status_last_terminated_reason{reason=\"OOMKilled\"} 0\n") == "");
  CHECK(told("No OOMKilled pods\n") == "");
  CHECK(told("bot-1  | ffmpeg exited with code 137\n") == "");
  CHECK(told("the child ffmpeg exited with code 137\n") == "");
  CHECK(told("{\"query\":\"OOMKilled\",\"terminated\":0}\n") == "");
  CHECK(told("        \"OOMKilled\": false,\n") == "");
}

TEST_CASE("verdict: what kubectl and docker print of a container that was killed for memory") {
  for (const char* line : {"      Reason:       OOMKilled", "worker-7d9c-abcde     0/1     OOMKilled   3          12h", "2m   Warning   OOMKilled   pod/worker   killed",
                           "    \"reason\": \"OOMKilled\",", "      reason: OOMKilled", "        \"OOMKilled\": true,",
                           "{\"name\":\"w\",\"lastState\":{\"terminated\":{\"exitCode\":137,\"reason\":\"OOMKilled\"}}}",
                           "Ran out of memory (used over 512MB) while running your code.", "==> Out of memory (used over 512Mi)"}) {
    CAPTURE(line);
    CHECK(told(std::string(line) + "\n") == "- oom [oom_kill]\n");
  }
}

TEST_CASE("verdict: 137 alone is a SIGKILL; the reason may be told before or after it") {
  CHECK(told("bot-1 exited with code 137\n") == "- killed [sigkill]\n");
  CHECK(told("    Reason:       OOMKilled\n    Exit Code:    137\n") == "- oom [oom_kill]\n");
  CHECK(told("    Reason:       Error\n    Exit Code:    137\n") == "- killed [sigkill]\n");
  // The reason behind the status: one death, for memory.
  CHECK(told("2025-11-16T10:00:00.100000+00:00 heroku[worker.1]: Process exited with status 137\n"
             "2025-11-16T10:00:00.900000+00:00 heroku[worker.1]: Error R15 (Memory quota vastly exceeded)\n") == "10:00:00 oom [oom_kill sigkill]\n");
}

TEST_CASE("verdict: an empty answer says what was looked for and the highest memory") {
  const Crashes none(life(kTen, kTen + 2400, 250));
  CHECK(none.size() == 0);
  const std::string text = render(none.report, Output::text, {});
  CHECK(text.find("NO CRASH FOUND: looked for kills for memory, SIGKILLs, heap limits") != std::string::npos);
  CHECK(text.find("The highest memory was 250.0 MB at 2025-11-16 10:00:00 [test.log:1]") != std::string::npos);
}

TEST_CASE("verdict: a kill without a life of its own shows what ran on that host, and names no cause") {
  const auto line = [](const char* time, const char* rest) { return std::string("2025-11-16T10:") + time + "+00:00 host1 " + rest + "\n"; };
  const std::string log = line("00:00", "bot[9]: 2025-11-16 10:00:00 --- [Idle] | RSS:  100.0 MB | VMS: 1.0 MB") + line("02:00", "bot[9]: 2025-11-16 10:02:00 --- [Dump] | RSS:  190.0 MB | VMS: 1.0 MB") +
                          line("02:30", "kernel: Out of memory: Killed process 77 (chrome) total-vm:812000kB, anon-rss:912000kB, file-rss:0kB, shmem-rss:0kB, UID:0") +
                          line("04:00", "bot[9]: 2025-11-16 10:04:00 --- [Dump] | RSS:  195.0 MB | VMS: 1.0 MB");
  const Crashes crashes(log);
  REQUIRE(crashes.size() == 1);
  CHECK(crashes.verdict(0) == "oom");
  CHECK(as_list(crashes.list[0]["operations"]).size() == 2);
  CHECK(as_list(crashes.list[0]["causes"]).empty());
}

TEST_CASE("verdict: a worker that was lost to signal 9 was killed, whoever else tells it") {
  const std::string lost = celery("10:00:04,000", "MainProcess", "Task handler raised error: WorkerLostError('Worker exited prematurely: signal 9 (SIGKILL) Job: 7.')");
  const std::string exited = celery("10:00:05,000", "MainProcess", "Process 'ForkPoolWorker-3' pid:26 exited with 'signal 9 (SIGKILL)'");
  const std::string busy = celery("10:00:00,000", "ForkPoolWorker-3", memory("START", 100)) + celery("10:00:02,000", "ForkPoolWorker-3", memory("checkpoint:x", 500));
  const Crashes alone(busy + lost);
  CHECK(alone.told() == "10:00:04 killed [sigkill]\n");
  CHECK(as_list(alone.list.at(0)["tasks_in_flight"]).size() == 1);
  CHECK(alone.word(0, "process") == "ForkPoolWorker-3");
  CHECK(told(busy + lost + exited) == "10:00:04 killed [sigkill sigkill]\n");
  CHECK(told(busy + exited + lost.substr(0, 19) + "6" + lost.substr(20)) == "10:00:05 killed [sigkill worker_lost]\n");
  // Of two that are busy the one that wrote on was not it.
  const std::string other = celery("10:00:01,000", "ForkPoolWorker-4", memory("START", 100));
  const std::string ends = celery("10:09:00,000", "ForkPoolWorker-4", memory("FINISH", 120));
  CHECK(told(busy + other + lost + ends) == "10:00:04 killed [sigkill]\n");
  CHECK(Crashes(busy + other + lost + ends).word(0, "process") == "ForkPoolWorker-3");
  CHECK(told(busy + celery("10:00:04,000", "MainProcess", "Task handler raised error: WorkerLostError('Worker exited prematurely: exitcode 1 Job: 7.')")) == "");
}

TEST_CASE("crash: of a service that dies all night the last thousand are told, and how many came before") {
  std::string log;
  for (long i = 0; i < 4500; ++i) log += reading(20 * i, "Bot Started", 100) + reading(20 * i + 5, "Load", 150) + reading(20 * i + 10, "Idle", 490);
  Crash::Options options;
  options.limit_mb = 512;
  const Crashes all(log, options);
  const Value& crashes = all.report.field("crashes");
  REQUIRE(size_of(crashes) == 1000);
  // The last life is not over: the log ends at the limit.
  CHECK(as_number(all.report.field("earlier_crashes")) == 3500);
  CHECK(as_number(element_of(crashes, 0)["index"]) == 3501);
  CHECK(as_text(element_of(crashes, 0)["time"]) == "2025-11-16T19:26:50");
  CHECK(as_number(element_of(crashes, 999)["index"]) == 4500);
  CHECK(as_list(element_of(crashes, 0)["operations"]).size() == 3);
}

TEST_CASE("crash: deaths that a kernel tells as well are counted once") {
  std::string log;
  std::string kills;
  for (long i = 0; i < 4500; ++i) {
    log += reading(20 * i, "Bot Started", 100) + reading(20 * i + 5, "Load", 150) + reading(20 * i + 10, "Idle", 490);
    kills += kernel(20 * i + 12, static_cast<int>(1000 + i), "python", 490);
  }
  Crash::Options options;
  options.limit_mb = 512;
  const Crashes all({{"bot.log", log}, {"kern.log", kills}}, options);
  REQUIRE(size_of(all.report.field("crashes")) == 1000);
  CHECK(as_number(all.report.field("earlier_crashes")) == 3500);
}

TEST_CASE("crash: of a kernel that kills all day the last thousand kills are told") {
  std::string log;
  for (int i = 0; i < 4200; ++i) log += kernel(20L * i, 1000 + i, "python", 480);
  const Crashes all(log);
  REQUIRE(size_of(all.report.field("crashes")) == 1000);
  CHECK(as_number(all.report.field("earlier_crashes")) == 3200);
  CHECK(as_text(element_of(all.report.field("crashes"), 999)["time"]) == "2025-11-16T23:19:40Z");
}
