#include <doctest/doctest.h>

#include <set>
#include <string>
#include <vector>

#include "memlog/analysis/crash.h"
#include "support/log_builder.h"
#include "support/one_life.h"

using namespace memlog;
using namespace memlog::test;

TEST_CASE("crash: whoever started a process says that it was killed: killed at low memory, out of memory at the limit") {
  struct Case {
    const char* words;
    const char* time;
  };
  const std::vector<Case> cases{
      {"/start.sh: line 12:  4242 Killed                  python bot.py", "09:00:00"},
      {"/app/run.sh: line 3:  4242 Killed                  nohup python bot.py >> bot.out 2>&1", "09:00:00"},
      {"[1]+  Killed                  python bot.py", "09:00:00"},
      {"[1]  + 4242 killed     python bot.py", "09:00:00"},
      {"Killed", "09:00:00"},
      {"2025-11-16 09:00:30,123 WARN exited: bot (terminated by SIGKILL; not expected)", "09:00:30"},
      {"2025-11-16 09:00:30,123 INFO exited: bot (exit status 137; not expected)", "09:00:30"},
      {"2025-11-16T09:00:30+0000 web-1 systemd[1]: bot.service: Main process exited, code=killed, status=9/KILL", "09:00:30"},
      {"2025-11-16T09:00:30+0000 web-1 systemd[1]: bot.service: Main process exited, code=exited, status=137/n/a", "09:00:30"},
      {"bot.service: Main process exited, code=killed, status=9/KILL", "09:00:00"},
      {"09:00:30 web.1  | exited with code 137", "09:00:30"},
      {"09:00:30 web.1  | terminated by SIGKILL", "09:00:30"},
      {"09:00:30 system | web.1 stopped (rc=-9)", "09:00:30"},
      {"web.1 | exited with code 137", "09:00:00"},
      {"Process exited with exit code 137", "09:00:00"},
      {"command terminated with exit code 137", "09:00:00"},
      {"2025-11-16T09:00:30Z exit status 137", "09:00:30"},
      {"bot-1 exited with code 137", "09:00:00"},
      {"bot-1 exited with code 137 (restarting)", "09:00:00"},
      {"2025-11-16T09:00:30Z app[148ed193b95789] lhr [info] Main child exited with signal (with signal 'SIGKILL', core dumped? false)", "09:00:30"},
      {"2025-11-16T09:00:30Z app[148ed193b95789] lhr [info] INFO Main child exited with signal (with signal 'SIGKILL', core dumped? false)", "09:00:30"},
      {"2025-11-16T09:00:30: PM2 log: App [bot:0] exited with code [0] via signal [SIGKILL]", "09:00:30"},
      {"2025-11-16T09:00:30.223456789Z container die 3f2a9c0d1e (execDuration=3600, exitCode=137, image=bot:1, name=bot)", "09:00:30"},
  };
  for (const Case& c : cases) {
    CAPTURE(c.words);
    const Crashes low(before(150) + c.words + "\n" + after(), limit(512));
    REQUIRE(low.size() == 1);
    CHECK(low.verdict(0) == "killed");
    CHECK(low.word(0, "time").find(c.time) != std::string::npos);
    CHECK(low.evidence(0) == "sigkill restart");
    const Crashes high(before(500) + c.words + "\n" + after(), limit(512));
    REQUIRE(high.size() == 1);
    CHECK(high.verdict(0) == "oom");
    CHECK(high.word(0, "confidence") == "high");
    // As the last line of a log.
    const Crashes end(before(500) + c.words + "\n", limit(512));
    REQUIRE(end.size() == 1);
    CHECK(end.verdict(0) == "oom");
    // From a log of its own; a bare word says nothing of whom.
    if (std::string(c.words) != "Killed") CHECK(Crashes({{"bot.log", before(150) + after()}, {"other.log", std::string(c.words) + "\n"}}, limit(512)).verdict(0) == "killed");
  }
}

TEST_CASE("crash: words that a program quotes, and kills of its children, are no death") {
  for (const std::string words :
       {"2025-11-16 08:30:10 - bot - WARNING - ffmpeg exited with code 137", "2025-11-16 08:30:10 - bot - INFO - message: Killed", "2025-11-16 08:30:10 - bot - INFO - Killed",
        "2025-11-16 08:30:10 - bot - ERROR - exited: bot (terminated by SIGKILL; not expected)", "2025-11-16 08:30:10 - bot - ERROR - exit status 137",
        "Killed by user", "user: Killed", "Job was Killed", "Process killed: exit code 137 of ffmpeg", "ffmpeg -i a.mkv: exit status 137",
        "2025-11-16 08:30:10 - bot - INFO - Stopping the bot...", "line 12: 4242 Killed python bot.py",
        // Somebody was killed, but the process writes on.
        "Killed", "/app/convert.sh: line 3:  4299 Killed                  ffmpeg -i in.mkv out.mp4", "[1]+  Killed                  ffmpeg -i in.mkv", "exit status 137"}) {
    CAPTURE(words);
    const std::string log = life(kEnd - 3600, kEnd - 1800, 150);
    const std::string rest = reading(kEnd - 1680, "Idle", 150) + reading(kEnd - 1560, "Idle", 152);
    CHECK(told(log + words + "\n" + rest) == "");
    CHECK(told(log + words + "\n" + rest + after()).find("killed") == std::string::npos);
  }
}

TEST_CASE("crash: every line of what supervisors say is accounted for") {
  for (const char* name : {"start_script.log", "journal_deploy.log", "journal_oom.log", "supervisord.log", "foreman.log", "docker_inspect.json", "kubectl_describe.txt", "child_killed.log"}) {
    CAPTURE(name);
    CHECK(Log(testdata(std::string("supervisors/") + name)).accounted());
  }
}

TEST_CASE("crash: what a supervisor stopped is no death, however full memory was") {
  const std::string deploy = before(500);
  for (const std::string words :
       {"2025-11-16T09:00:20+0000 web-1 systemd[1]: Stopping bot.service - The bot...", "2025-11-16T09:00:20+0000 web-1 systemd[1]: Stopped The bot.",
        "2025-11-16T09:00:20+0000 web-1 systemd[1]: bot.service: Deactivated successfully.", "2025-11-16T09:00:20+0000 web-1 systemd[1]: bot.service: Succeeded.",
        "2025-11-16T09:00:20+0000 web-1 systemd[1]: bot.service: Main process exited, code=killed, status=15/TERM", "2025-11-16 09:00:20,123 INFO stopped: bot (terminated by SIGTERM)",
        "2025-11-16 09:00:20,123 INFO stopped: bot (terminated by SIGKILL)", "2025-11-16 09:00:20,123 INFO waiting for bot to stop", "09:00:20 web.1  | terminated by SIGTERM",
        "09:00:20 system | sending SIGTERM to web.1 (pid 4242)", "2025-11-16T09:00:20.123456789Z container kill 3f2a9c (image=bot, name=bot, signal=15)",
        "2025-11-16T09:00:20.123456789Z container stop 3f2a9c (image=bot, name=bot)", "2025-11-16 09:00:20 - bot - INFO - Signal 15 received, exiting",
        "2025-11-16 09:00:20 - bot - INFO - Caught signal 15 (SIGTERM)", "2025-11-16 09:00:20 - bot - INFO - Signal handler called with signal 15", "2025-11-16 09:00:20 - bot - INFO - Handling signal: term"}) {
    CAPTURE(words);
    CHECK(told(deploy + words + "\n" + after()) == "");
    // A time of day needs the dates around it.
    if (!words.starts_with("09:00")) CHECK(told(deploy + after(), words + "\n") == "");
    // A log that ends at the limit.
    CHECK(told(deploy + words + "\n") == "");
  }
  CHECK(told(deploy + after()) != "");
}

TEST_CASE("crash: a container's state is about the life that ended, not about the one that writes where it stands") {
  const std::string timed = "    Last State:     Terminated\n      Reason:       OOMKilled\n      Exit Code:    137\n      Finished:     Sun, 16 Nov 2025 09:00:30 +0000\n    Ready:          True\n";
  const std::string inspect = "        \"State\": {\n            \"OOMKilled\": true,\n            \"ExitCode\": 137,\n            \"FinishedAt\": \"2025-11-16T09:00:30.5Z\"\n        },\n";
  const std::string untimed = "NAME READY STATUS RESTARTS AGE\nbot-7c9 0/1 OOMKilled 1 (2m ago) 50m\n";
  for (const std::string& state : {timed, inspect, untimed}) {
    CAPTURE(state);
    const Crashes behind(before(500) + after() + state, limit(512));
    REQUIRE(behind.size() == 1);
    CHECK(behind.verdict(0) == "oom");
    CHECK(behind.word(0, "confidence") == "high");
    CHECK(behind.evidence(0) == "oom_kill high_memory restart");
    // Of a life that nobody followed.
    const Crashes last(before(500) + state, limit(512));
    REQUIRE(last.size() == 1);
    CHECK(last.verdict(0) == "oom");
  }
  // Right behind a reading of two lines.
  const Crashes between("[2025-11-16 08:55:00] 📊 Periodic Snapshot: 470.0 MB\n[2025-11-16 08:55:00]    Sessions: 1 | Queue: 0 | Active DLs: 0 | Cache: 5\n"
                        "[2025-11-16 09:00:00] 📊 Periodic Snapshot: 500.0 MB\n[2025-11-16 09:00:00]    Sessions: 1 | Queue: 0 | Active DLs: 0 | Cache: 5\n" + timed + after(), limit(512));
  REQUIRE(between.size() == 1);
  CHECK(between.evidence(0) == "oom_kill");
  // Where it stands between the two lives.
  CHECK(told(before(500) + timed + after()) == "09:00:30 oom [oom_kill]\n");
}

TEST_CASE("crash: whoever else tells of a kill is evidence, each line once") {
  const std::string docker = "2025-11-16T09:00:30.123456789Z container oom 3f2a9c0d1e (image=bot:1, name=bot)\n"
                             "2025-11-16T09:00:30.223456789Z container die 3f2a9c0d1e (execDuration=3600, exitCode=137, image=bot:1, name=bot)\n";
  CHECK(told(before(500) + after(), docker) == "09:00:30 oom [oom_kill sigkill high_memory restart]\n");
  CHECK(told(before(500) + docker + after()) == "09:00:30 oom [oom_kill sigkill high_memory restart]\n");
  const std::string journal = "2025-11-16T09:00:31+0000 host1 systemd[1]: bot.service: Main process exited, code=killed, status=9/KILL\n"
                              "2025-11-16T09:00:31+0000 host1 systemd[1]: bot.service: Failed with result 'oom-kill'.\n";
  const Crashes all({{"bot.log", before(500) + after()}, {"journal.log", kernel(kEnd + 30, 42, "python3", 500) + journal}}, limit(512));
  REQUIRE(all.size() == 1);
  CHECK(all.verdict(0) == "oom");
  CHECK(all.evidence(0) == "oom_kill sigkill oom_kill high_memory restart");
  // Another kill's words are that one's.
  const std::string later = kernel(kEnd + 900, 43, "python3", 500);
  const Crashes two({{"bot.log", before(500) + after()}, {"journal.log", kernel(kEnd + 30, 42, "python3", 500) + journal + later}}, limit(512));
  REQUIRE(two.size() == 2);
  CHECK(two.evidence(1) == "oom_kill");
}

TEST_CASE("crash: a stop of another program, long before, or before a kill for memory, excuses nothing") {
  const std::string oom = before(500) + after();
  const std::string other = "2025-11-16T09:00:20+0000 web-1 systemd[1]: Stopping cron.service - Cron...\n2025-11-16T09:00:20+0000 web-1 systemd[1]: Stopped cron.service - Cron.\n";
  const std::string own = "2025-11-16T07:59:58+0000 web-1 systemd[1]: Started bot.service - The bot.\n";
  CHECK(told(oom, own + other).find("oom") != std::string::npos);
  CHECK(told(oom, "2025-11-16T08:20:20+0000 web-1 systemd[1]: Stopping bot.service - The bot...\n").find("oom") != std::string::npos);
  CHECK(told(oom, "2025-11-16T09:00:20+0000 web-1 systemd[1]: Stopping bot.service - The bot...\n"
                  "2025-11-16T09:00:25+0000 web-1 systemd[1]: bot.service: A process of this unit has been killed by the OOM killer.\n")
            .find("09:00:25 oom") != std::string::npos);
  // systemd before 250 tells descriptions: of one program, and of several.
  const std::string old = "2025-11-16T09:00:20+0000 web-1 systemd[1]: Stopping The bot...\n2025-11-16T09:00:21+0000 web-1 systemd[1]: bot.service: Succeeded.\n"
                          "2025-11-16T09:00:21+0000 web-1 systemd[1]: Stopped The bot.\n";
  CHECK(told(oom, old) == "");
  CHECK(told(oom, "2025-11-16T07:00:20+0000 web-1 systemd[1]: Started Session 12 of user root.\n2025-11-16T09:00:20+0000 web-1 systemd[1]: Stopping User Manager for UID 1000...\n").find("oom") !=
        std::string::npos);
  // The one of several units that starts when the bot does.
  const std::string deploy = "2025-11-16T09:00:20+0000 web-1 systemd[1]: Stopping bot.service - The bot...\n2025-11-16T09:00:59+0000 web-1 systemd[1]: Started bot.service - The bot.\n";
  CHECK(told(oom, "2025-11-16T07:00:20+0000 web-1 systemd[1]: Stopping cron.service - Cron...\n" + deploy) == "");
}

TEST_CASE("crash: a stop of a program that nothing ties to the one that died leaves a death at the limit a death") {
  const std::string oom = before(500) + after();
  const auto journal = [](const std::string& words) { return "2025-11-16T09:00:20+0000 web-1 systemd[1]: " + words + "\n"; };
  // Programs of the machine, even where they start again when the bot does.
  const std::string sure = told(oom);
  for (const std::string& words :
       {journal("Stopping nginx.service - A high performance web server...") + "2025-11-16T09:00:40+0000 web-1 systemd[1]: Started nginx.service - A high performance web server.\n",
        journal("apt-daily.service: Deactivated successfully."), journal("Stopping User Manager for UID 1000..."),
        std::string("2025-11-16T09:00:20.123456789Z container stop 3f2a9c (image=redis, name=redis)\n")}) {
    CAPTURE(words);
    CHECK(told(oom, words) == sure);
  }
  // Any other: it says what makes it less certain.
  const Crashes web({{"test.log", oom}, {"journal.log", "2025-11-16 09:00:20,123 INFO waiting for web to stop\n"}}, limit(512));
  REQUIRE(web.size() == 1);
  CHECK(web.verdict(0) == "oom");
  CHECK(web.word(0, "confidence") == "low");
  CHECK(web.evidence(0).ends_with("other_stop"));
  // Stopped and started just then it is this one.
  CHECK(told(oom, "2025-11-16 09:00:20,123 INFO waiting for web to stop\n2025-11-16 09:00:58,123 INFO spawned: 'web' with pid 4242\n") == "");
  // Far below the limit a stop explains the restart.
  CHECK(told(before(450) + after(), "2025-11-16 09:00:20,123 INFO waiting for web to stop\n") == "");
}

TEST_CASE("crash: a kill after a stop is for the stop") {
  const Crashes crashes({{"bot.log", before(500) + after()},
                         {"journal.log", "2025-11-16T09:00:05+0000 web-1 systemd[1]: Stopping bot.service - The bot...\n"
                                         "2025-11-16T09:00:35+0000 web-1 systemd[1]: bot.service: State 'stop-sigterm' timed out. Killing.\n"
                                         "2025-11-16T09:00:35+0000 web-1 systemd[1]: bot.service: Main process exited, code=killed, status=9/KILL\n"}},
                        limit(512));
  REQUIRE(crashes.size() == 1);
  CHECK(crashes.verdict(0) == "killed");
  CHECK(crashes.evidence(0).starts_with("goodbye sigkill"));
}

TEST_CASE("crash: a kill without a time belongs to the only restart that it fits, and to none of two") {
  const std::string oom_killed = "    Last State:     Terminated\n      Reason:       OOMKilled\n      Exit Code:    137\n";
  const Crashes one({{"bot.log", before(400) + after()}, {"pod.txt", oom_killed}}, limit(512));
  REQUIRE(one.size() == 1);
  CHECK(one.verdict(0) == "oom");
  CHECK(words(as_list(one.list[0]["evidence"])[0]["text"]).find("(its time is not told)") != std::string::npos);
  const std::string twice = life(1000, 4600, 400) + life(4700, 8300, 400) + life(8400, 9000, 150);
  CHECK(Crashes({{"bot.log", twice}, {"pod.txt", oom_killed}}, limit(512)).size() == 3);
  // Far from the limit it was another container.
  CHECK(Crashes({{"bot.log", before(150) + after()}, {"pod.txt", oom_killed}}, limit(512)).size() == 2);
  // A machine that tells only the time since its start.
  const std::string dmesg = "[81234.123456] Out of memory: Killed process 4242 (python3) total-vm:812000kB, anon-rss:420000kB, file-rss:0kB, shmem-rss:0kB, UID:0\n";
  const Crashes kernel({{"bot.log", before(400) + after()}, {"dmesg.txt", dmesg}}, limit(512));
  REQUIRE(kernel.size() == 1);
  CHECK(kernel.verdict(0) == "oom");
}

TEST_CASE("crash: the state of a container has its time in another line") {
  const auto died = [](const std::string& state) {
    const Crashes crashes({{"bot.log", before(400) + after()}, {"state.txt", state}}, limit(512));
    return crashes.told();
  };
  const std::string oom = "09:00:31 oom [oom_kill restart]\n";
  CHECK(died(testdata("supervisors/docker_inspect.json")) == oom);
  CHECK(died(testdata("supervisors/kubectl_describe.txt")) == oom);
  CHECK(died("{\"Status\":\"exited\",\"OOMKilled\":true,\"ExitCode\":137,\"FinishedAt\":\"2025-11-16T09:00:31.123456789Z\"}\n") == oom);
  CHECK(died("[{\"Id\":\"1\",\"State\":{\"OOMKilled\":false,\"ExitCode\":0,\"FinishedAt\":\"0001-01-01T00:00:00Z\"}},{\"Id\":\"2\",\"State\":{\"OOMKilled\":true,\"ExitCode\":137,"
             "\"FinishedAt\":\"2025-11-16T09:00:31.123456789Z\"},\"Name\":\"/bot\"}]\n") == oom);
  CHECK(died("  \"exitCode\": 137,\n  \"finishedAt\": \"2025-11-16T09:00:31Z\",\n  \"reason\": \"OOMKilled\",\n").starts_with("09:00:31 oom [oom_kill"));
  CHECK(died("  exitCode: 137\n  finishedAt: \"2025-11-16T09:00:31Z\"\n  reason: OOMKilled\n").starts_with("09:00:31 oom [oom_kill"));
  CHECK(died("  \"OOMKilled\": false,\n  \"ExitCode\": 137,\n  \"FinishedAt\": \"2025-11-16T09:00:31Z\"\n") == "09:00:31 killed [sigkill restart]\n");
  // By itself, with nothing wrong and with an error.
  CHECK(died("  \"OOMKilled\": false,\n  \"ExitCode\": 0,\n  \"FinishedAt\": \"2025-11-16T09:00:31Z\"\n") == "");
  CHECK(died("  \"OOMKilled\": false,\n  \"ExitCode\": 1,\n  \"FinishedAt\": \"2025-11-16T09:00:31Z\"\n") == "09:00:31 not_oom [stated_end restart]\n");
  // It runs, and its code and time are of the end before; or it never did.
  const std::string unexplained = "09:00:00 unexplained_restart [restart]\n";
  CHECK(died("  \"Running\": true,\n  \"OOMKilled\": false,\n  \"ExitCode\": 0,\n  \"FinishedAt\": \"2025-11-16T09:00:31Z\"\n") == unexplained);
  CHECK(died("  \"Running\": false,\n  \"OOMKilled\": false,\n  \"ExitCode\": 0,\n  \"FinishedAt\": \"0001-01-01T00:00:00Z\"\n") == unexplained);
  CHECK(died("{\"Running\":true,\"OOMKilled\":false,\"ExitCode\":0,\"FinishedAt\":\"2025-11-16T09:00:31Z\"}\n") == unexplained);
  // A later container's time is not that of an earlier one's death.
  CHECK(died("  \"OOMKilled\": true,\n" + std::string(20, '\n') + "  \"FinishedAt\": \"2025-11-17T09:00:31Z\"\n").find("09:00:00 oom [oom_kill restart]") == 0);
}

TEST_CASE("crash: of two programs in one journal each has its own kills and stops") {
  // `alpha` dies at the limit without a word, and `beta`, which is full as well, is stopped at the same time.
  const auto tagged = [](const std::string& log, const std::string& tag) {
    std::string all;
    for (std::size_t at = 0; at < log.size(); at = log.find('\n', at) + 1) {
      const std::string line = log.substr(at, log.find('\n', at) - at);
      all += line.substr(0, 10) + "T" + line.substr(11, 8) + "+0000 web-1 " + tag + "[42]: " + line + "\n";
    }
    return all;
  };
  const std::string journal = "2025-11-16T09:00:10+0000 web-1 systemd[1]: Stopping beta.service - Beta...\n2025-11-16T09:00:12+0000 web-1 systemd[1]: Stopped beta.service - Beta.\n"
                              "2025-11-16T09:00:59+0000 web-1 systemd[1]: Started beta.service - Beta.\n";
  const Crashes stopped({{"alpha.log", tagged(before(500) + after(), "alpha")}, {"beta.log", tagged(before(501) + after(), "beta")}, {"systemd.log", journal}}, limit(512));
  REQUIRE(stopped.size() == 1);
  CHECK(stopped.word(0, "process").find("alpha") != std::string::npos);
  // And a kill of the one that is far from the limit is not that of the other.
  const Crashes killed({{"alpha.log", tagged(before(150) + after(), "alpha")}, {"beta.log", tagged(before(501) + after(), "beta")},
                        {"systemd.log", "2025-11-16T09:00:10+0000 web-1 systemd[1]: alpha.service: Main process exited, code=killed, status=9/KILL\n"}},
                       limit(512));
  REQUIRE(killed.size() == 2);
  for (std::size_t i = 0; i < 2; ++i) {
    const bool alpha = killed.word(i, "process").find("alpha") != std::string::npos;
    CHECK(killed.verdict(i) == (alpha ? "killed" : "oom"));
    CHECK(killed.evidence(i) == (alpha ? "sigkill restart" : "high_memory restart"));
  }
}

TEST_CASE("crash: a life begins with the banner and not with its first reading") {
  const Crashes crashes(testdata("memory_debug/guide_crash.log"));
  REQUIRE(crashes.size() == 1);
  CHECK(crashes.word(0, "started_at") == "2025-10-27T14:30:15");
}

TEST_CASE("crash: the timeline tells a reading of two logs once, with what it was about") {
  Crash::Options options;
  options.timeline = true;
  const Crashes crashes({{"memory_debug.log", testdata("telegram-v1/memory_debug.log")}, {"logs.txt", testdata("telegram-v1/logs.txt")}}, options);
  REQUIRE(crashes.size() == 3);
  std::size_t checks = 0;
  std::set<std::string> seen;
  for (std::size_t i = 0; i < crashes.size(); ++i) {
    for (const Value& moment : as_list(crashes.list[i]["timeline"])) {
      if (words(moment["task"]) == "Periodic Check") {
        CHECK(words(moment["context"]) == "Auto-check every 300s");
        ++checks;
      }
      const std::string key = words(moment["time"]) + words(moment["task"]) + words(moment["rss_mb"]) + words(moment["context"]) + std::to_string(i);
      CAPTURE(key);
      CHECK(seen.insert(key).second);
    }
  }
  CHECK(checks >= 5);
}

TEST_CASE("crash: docker compose kills what it stops and what does not stop in time") {
  const auto in_container = [](const std::string& log) {
    std::string all;
    for (std::size_t at = 0; at < log.size(); at = log.find('\n', at) + 1) all += "bot-1  | " + log.substr(at, log.find('\n', at) - at) + "\n";
    return all;
  };
  const std::string full = in_container(before(500));
  CHECK(told(full + "bot-1 exited with code 137\n" + in_container(after())).find("oom") != std::string::npos);
  CHECK(told(full + "bot-1  | Killed\nbot-1 exited with code 137\n" + in_container(after())).find("oom") != std::string::npos);
  for (const std::string words : {"Gracefully stopping... (press Ctrl+C again to force)\n", " Container bot-1  Stopping\n", " \xe2\x9c\x94 Container bot-1  Stopped  10.2s\n"}) {
    CAPTURE(words);
    const std::string all = told(full + words + "bot-1 exited with code 137\n" + in_container(after()));
    CHECK(all.find("killed [goodbye sigkill") != std::string::npos);
    CHECK(all.find("oom") == std::string::npos);
    CHECK(told(full + words + in_container(after())) == "");
  }
  CHECK(told(full + "bot-1 exited with code 0\n" + in_container(after())) == "");
  // A restart policy adds a word.
  CHECK(told(full + "bot-1 exited with code 137 (restarting)\n" + in_container(after())).find("oom") != std::string::npos);
  CHECK(told(full + "bot-1 exited with code 0 (restarting)\n" + in_container(after())) == "");
  CHECK(told(full + "bot-1 exited with code 1 (restarting)\n" + in_container(after())).find("not_oom [stated_end") != std::string::npos);
  CHECK(told(before(500) + after(), "bot-1 exited with code 0 (restarting)\n") == "");
  CHECK(told(full + "bot-1 said (restarting)\n" + in_container(after())).find("oom") != std::string::npos);
  CHECK(told(full + "bot-1 exited with code 143\n" + in_container(after())) == "");
  CHECK(told(full + "web-1 exited with code 0\n" + in_container(life(kEnd - 1800, kEnd, 150)) + in_container(after())) != "");
}

TEST_CASE("crash: Fly tells a program to stop, and kills one that takes too long") {
  const auto fly = [](const std::string& clock, const std::string& words) { return "2025-11-16T09:00:" + clock + "Z app[148ed193b95789] lhr [info] " + words + "\n"; };
  const std::string killed = fly("20", "INFO Main child exited with signal (with signal 'SIGKILL', core dumped? false)");
  for (const std::string level : {"INFO ", ""}) {
    CAPTURE(level);
    for (const std::string signal : {"SIGINT", "SIGTERM"}) {
      const std::string stop = fly("15", level + "Sending signal " + signal + " to main child process w/ PID 318");
      CHECK(told(before(500) + after(), stop) == "");
      const std::string all = told(before(500) + after(), stop + killed);
      CHECK(all.find("killed [goodbye sigkill") != std::string::npos);
      CHECK(all.find("oom") == std::string::npos);
    }
    CHECK(told(before(500) + after(), fly("15", level + "Sending signal SIGINT to the neighbours")).find("oom") != std::string::npos);
  }
  CHECK(told(before(500) + after(), killed).find("oom [sigkill") != std::string::npos);
  // init's two ways to say it, in one second, are one death.
  CHECK(Crashes({{"bot.log", before(500) + after()}, {"fly.log", fly("20", "Main child exited with signal (with signal 'SIGKILL', core dumped? false)") + killed}}, limit(512)).size() == 1);
}

TEST_CASE("crash: Render's deploy is no death, a start after it ran out of memory is one") {
  for (const std::string time : {"2025-11-16T09:00:20.331204Z ", "Nov 16 09:00:20 AM  ", "2025-11-16 09:00:20 "}) {
    CAPTURE(time);
    for (const std::string words : {"==> Build successful \xf0\x9f\x8e\x89", "==> Deploying..."}) CHECK(told(before(500) + after(), time + words + "\n") == "");
    CHECK(told(before(500) + after(), time + "==> Running 'python bot.py'\n").find("oom") != std::string::npos);
    for (const std::string words : {"==> Out of memory (used over 512Mi)", "==> Ran out of memory (used over 512MB) while running your code.", "Ran out of memory (used over 512MB) while running your code."}) {
      CAPTURE(words);
      CHECK(told(before(300) + after(), time + words + "\n" + time + "==> Running 'python bot.py'\n") == "09:00:20 oom [oom_kill restart]\n");
    }
  }
  // The old instance writes on while the new one is made; but a deploy that began a life did not end it.
  CHECK(told(before(500) + after(), "2025-11-16T08:54:20.331204Z ==> Deploying...\n") == "");
  CHECK(told(life(kEnd - 300, kEnd, 500) + after(), "2025-11-16T08:54:20.331204Z ==> Deploying...\n").find("oom") != std::string::npos);
  // One that was over while the life went on for minutes did not end it either; the old instance is stopped a minute after the new one is live.
  for (const std::string over : {"==> Your service is live \xf0\x9f\x8e\x89", "==> Timed out", "==> Deploy failed"}) {
    CAPTURE(over);
    CHECK(told(before(500) + after(), "2025-11-16T08:54:20.331204Z ==> Deploying...\n2025-11-16T08:55:20.331204Z " + over + "\n").find("oom") != std::string::npos);
    CHECK(told(before(500) + after(), "2025-11-16T08:54:20.331204Z ==> Deploying...\n2025-11-16T08:59:20.331204Z " + over + "\n") == "");
  }
  // A program's own line has more in front than a time.
  for (const std::string front : {"2025-11-16 09:00:20,123 - bot - INFO - ", "2025-11-16 09:00:20 - INFO - ", "2025-11-16 09:00:20 [INFO] "}) {
    CAPTURE(front);
    CHECK(told(before(500) + after(), front + "==> Deploying...\n") != "");
    CHECK(told(before(150) + after(), front + "==> Ran out of memory (used over 512MB) while running your code.\n").find("oom") == std::string::npos);
  }
  CHECK(told(before(500) + after(), "2025-11-16T06:13:20.331204Z ==> Deploying...\n").find("oom") != std::string::npos);
}

TEST_CASE("crash: a pod that its node evicts was killed for pressure, its container stopped with it") {
  const std::string low = "The node was low on resource: memory. Threshold quantity: 100Mi, available: 84Mi. Container bot was using 480Mi, request is 256Mi, has larger consumption of memory.\n";
  const std::string row = "2025-11-16T09:00:30Z Warning Evicted pod/bot-6d4cf56db6-x7k2p " + low;
  const std::string expected = "09:00:30 killed_for_pressure [pressure_kill";
  CHECK(told(before(500) + after(), row).starts_with(expected));
  CHECK(told(before(150) + after(), row).starts_with(expected));
  const std::string stopped = told(before(500) + after(), row + "2025-11-16T09:00:31Z Normal Killing pod/bot-6d4cf56db6-x7k2p Stopping container bot\n");
  CHECK(stopped.starts_with(expected));
  const std::string described = "Name:             bot-6d4cf56db6-x7k2p\nStatus:           Failed\nReason:           Evicted\nMessage:          " + low +
                                "IP:\nControlled By:  ReplicaSet/bot-6d4cf56db6\nContainers:\n  bot:\n    Image:         bot:1\n    Port:          <none>\n    State:          Terminated\n"
                                "      Reason:       ContainerStatusUnknown\n      Message:      The container could not be located when the pod was terminated\n      Exit Code:    137\n"
                                "      Started:      Sun, 16 Nov 2025 08:00:00 +0000\n      Finished:     Sun, 16 Nov 2025 09:00:30 +0000\n"
                                "Events:\n  Type     Reason   Age  From     Message\n  Warning  Evicted  3m   kubelet  " + low + "  Normal   Killing  3m   kubelet  Stopping container bot\n";
  const Crashes crashes({{"bot.log", before(500) + after()}, {"pod.txt", described}}, limit(512));
  REQUIRE(crashes.size() == 1);
  CHECK(crashes.told().starts_with(expected));
  const std::string kubelet = "Nov 16 09:00:30 node1 kubelet[1234]: I1116 09:00:30.123456    1234 eviction_manager.go:338] \"Eviction manager: attempting to reclaim\" resourceName=\"memory\"\n"
                              "Nov 16 09:00:31 node1 kubelet[1234]: I1116 09:00:31.123456    1234 eviction_manager.go:601] \"Eviction manager: pod is evicted successfully\" pod=\"default/bot-6d4cf56db6-x7k2p\"\n";
  CHECK(told(before(500) + after(), kubelet).starts_with(expected));
  // Of a full disk it says nothing of memory.
  CHECK(told(before(150) + after(), "2025-11-16T09:00:30Z Warning Evicted pod/bot-6d4cf56db6-x7k2p The node was low on resource: ephemeral-storage.\n").find("pressure") == std::string::npos);
  CHECK(told(before(150) + after(), "2025-11-16 09:00:30,123 - bot - INFO - Message: The node was low on resource: memory.\n").find("pressure") == std::string::npos);
}

TEST_CASE("crash: a Celery worker that is told to start anew was not killed") {
  const auto worker = [](const std::string& clock, const std::string& words) { return "[2025-11-16 09:" + clock + ",123: INFO/ForkPoolWorker-1] Memory [app.tasks.a] " + words + "\n"; };
  const std::string ran = worker("00:00", "START: RSS=80.0MB (peak=80.0MB), Process%=6.1%, System=45.2%, GC objects=127,453") +
                          worker("00:05", "checkpoint:step0: RSS=500.0MB (peak=500.0MB), Process%=6.1%, System=45.2%, GC objects=127,453");
  const std::string ready = "[2025-11-16 09:01:02,123: INFO/MainProcess] celery@worker1 ready.\n" + worker("01:10", "START: RSS=80.0MB (peak=80.0MB), Process%=6.1%, System=45.2%, GC objects=127,453");
  CHECK(told(ran + ready) != "");
  CHECK(told(ran + "Restarting celery worker (/usr/local/bin/celery -A app worker)\n" + ready) == "");
  CHECK(told(ran + "Restarting celery worker soon\n" + ready) == told(ran + ready));
}

TEST_CASE("crash: a container that does one thing and ends hides no death of the one beside it") {
  const auto die = [](const std::string& name) { return "2025-11-16T09:00:30.100000000Z container die 6a1bdeadbeef (execDuration=4, exitCode=0, image=bot, name=" + name + ")\n"; };
  CHECK(told(before(500) + after(), die("bot-migrate-1")).find("oom") != std::string::npos);
  CHECK(told(before(500) + after(), die("bot-bot-1")) == "");
  // Nor is it a second program beside the one that was stopped.
  CHECK(told(before(500) + after(), die("bot-migrate-1") + die("bot-bot-1")) == "");
}

TEST_CASE("crash: earlyoom kills for memory") {
  for (const std::string signal : {"SIGKILL", "SIGTERM"}) {
    CAPTURE(signal);
    const std::string words = "Nov 16 09:00:30 vps1 earlyoom[500]: sending " + signal + " to process 4242 uid 1000 \"python3\": badness 961, VmRSS 490 MiB\n";
    CHECK(told(before(480) + after(), words).starts_with("09:00:30 oom [oom_kill"));
    CHECK(told(before(480) + after(), "2025-11-16 09:00:30,123 - bot - INFO - sending " + signal + " to process 4242 uid 1000 \"python3\": VmRSS 490 MiB\n").find("oom_kill") == std::string::npos);
  }
}

TEST_CASE("crash: a journal tells a stop in local time, as a log without a zone does") {
  const std::string stop = "2025-11-16T09:00:20+0100 web-1 systemd[1]: Stopping bot.service - The bot...\n";
  CHECK(told(before(500) + after(), stop) == "");
  CHECK(told(before(500) + after(), "2025-11-16T09:00:20+0000 web-1 systemd[1]: Stopping bot.service - The bot...\n") == "");
  CHECK(told(before(500) + after(), "2025-11-16T06:00:20+0100 web-1 systemd[1]: Stopping bot.service - The bot...\n") != "");
}

TEST_CASE("crash: the description of another pod is about another life") {
  const auto pod = [](const std::string& name, const std::string& log) {
    std::string out;
    for (std::size_t begin = 0; begin < log.size();) {
      const auto end = log.find('\n', begin);
      out += "[pod/" + name + "/bot] " + log.substr(begin, end + 1 - begin);
      begin = end + 1;
    }
    return out;
  };
  const auto describe = [](const std::string& name, const std::string& reason, const std::string& code) {
    return "Name:             " + name + "\nNamespace:        default\nContainers:\n  bot:\n    Last State:     Terminated\n      Reason:       " + reason + "\n      Exit Code:    " + code +
           "\n      Finished:     Sun, 16 Nov 2025 09:00:30 +0000\n";
  };
  const std::string log = pod("bot-6d4-aaaaa", before(500) + after());
  CHECK(told(log, describe("bot-6d4-aaaaa", "OOMKilled", "137")) == "09:00:30 oom [oom_kill high_memory restart]\n");
  CHECK(told(log, describe("bot-6d4-bbbbb", "OOMKilled", "137")).find("oom [high_memory restart]") != std::string::npos);
  CHECK(told(log, describe("bot-6d4-aaaaa1", "OOMKilled", "137")).find("oom [high_memory restart]") != std::string::npos);
  CHECK(told(log, describe("bot-6d4-bbbbb", "Error", "1")) == "09:00:00 oom [high_memory restart]\n");
  CHECK(told(log, describe("bot-6d4-aaaaa", "Error", "1")).starts_with("09:00:30 not_oom"));
  const auto pods = [](const std::string& name) { return "NAME            READY   STATUS      RESTARTS      AGE\n" + name + "   0/1     OOMKilled   1 (95s ago)   20m\n"; };
  CHECK(told(log, pods("bot-6d4-aaaaa")) == "09:00:00 oom [oom_kill high_memory restart]\n");
  CHECK(told(log, pods("bot-6d4-bbbbb")).find("[high_memory restart]") != std::string::npos);
  // A log without names of its own may be any pod's.
  CHECK(told(before(500) + after(), describe("bot-6d4-bbbbb", "OOMKilled", "137")) == "09:00:30 oom [oom_kill high_memory restart]\n");
}

TEST_CASE("crash: a restart on Render that somebody asked for is no death") {
  CHECK(told(before(500) + after(), "2025-11-16T09:00:20Z ==> Service restarted by user\n") == "");
}

TEST_CASE("crash: Heroku's words in a log of its own are about the life that another log tells") {
  const auto dyno = [](const std::string& clock, const std::string& words) { return "2025-11-16T09:00:" + clock + ".123456+00:00 heroku[worker.1]: " + words + "\n"; };
  // A deploy, and the daily cycling.
  CHECK(told(before(500) + after(), dyno("10", "Restarting") + dyno("20", "Stopping all processes with SIGTERM") + dyno("21", "Process exited with status 143")) == "");
  CHECK(told(before(500) + after(), dyno("10", "Restarting")) != "");
  // The readings that come with R15 are not another life.
  const std::string r15 = dyno("30", "Process running mem=505M(98.6%)") + dyno("30", "Error R15 (Memory quota vastly exceeded)") + dyno("31", "Stopping process with SIGKILL");
  const Crashes crashes({{"bot.log", before(500) + after()}, {"heroku.log", r15}}, limit(512));
  REQUIRE(crashes.size() == 1);
  CHECK(crashes.verdict(0) == "oom");
  CHECK(crashes.evidence(0).starts_with("oom_kill"));
  CHECK(crashes.evidence(0).ends_with("restart"));
  // Heroku kills at twice the quota, and counts swap: that the monitor's last reading was less is no other death.
  for (const std::string mb : {"880M(171.9%)", "1053M(205.7%)"}) {
    const std::string far = dyno("30", "Process running mem=" + mb) + dyno("30", "Error R15 (Memory quota vastly exceeded)") + dyno("30", "Stopping process with SIGKILL") + dyno("59", "Process exited with status 137");
    CHECK(told(before(488) + after(), far) == "09:00:30 oom [oom_kill sigkill sigkill high_memory restart]\n");
    CHECK(told(before(100) + after(), far).find("oom_kill high_memory restart") == std::string::npos);
  }
  // Alone they are.
  CHECK(Crashes(r15, limit(512)).size() == 1);
}

TEST_CASE("crash: a program that says it stops has stopped, however near the limit; one that speaks of a part has not") {
  const auto line = [](const std::string& words) { return "2025-11-16 09:00:10,123 - " + words + "\n"; };
  for (const std::string words : {"pyrogram - INFO - Stop signal received (SIGTERM). Exiting...", "root - INFO - Received stop signal SIGTERM", "bot - INFO - Received stop signal", "bot - INFO - [Bot Shutting Down]",
                            "uvicorn.error - INFO - Shutting down", "bot - INFO - Shutting down gracefully", "bot - INFO - Application is shutting down...",
                            "bot - INFO - App gracefully shutting down", "bot - INFO - KeyboardInterrupt", "bot - INFO - Shutting down bot...", "bot - INFO - Shutting down the bot", "bot - INFO - Bot stopped",
                            "bot - INFO - Bot stopped.", "bot - INFO - Bot stopped gracefully!", "bot - INFO - \xf0\x9f\x9b\x91 Bot stopped", "bot - INFO - Stopping bot...", "aiogram.dispatcher - INFO - Polling stopped",
                            "aiogram.dispatcher - INFO - Polling stopped for bot @a_bot id=42 - 'A'", "telegram.ext.Application - INFO - Application is stopping. This might take a moment.",
                            "telegram.ext.Application - INFO - Application.stop() complete",
                            "discord.client - INFO - Received signal to terminate bot and event loop.", "bot - INFO - Received shutdown signal", "bot - INFO - Graceful shutdown initiated...", "bot - INFO - Bot stopped by user",
                            "bot - INFO - Bot stopped by user (Ctrl+C)", "bot - INFO - Shutdown complete", "bot - INFO - Exiting gracefully", "bot - INFO - Restarting bot...",
                            "apscheduler.scheduler - INFO - Scheduler has been shut down", "gunicorn.error - INFO - Shutting down: Master", "uvicorn.error - INFO - Finished server process [1]",
                            "discord.client - INFO - Cleaning up tasks.", "rq.worker - INFO - Warm shut down requested", "dramatiq - INFO - Stopping worker process...",
                            "arq.worker - INFO - shutdown on SIGTERM \xe2\x97\x86 10 jobs complete \xe2\x97\x86 0 failed", "airflow - INFO - Exiting gracefully upon receiving signal 15",
                            "uvicorn.error - WARNING - WatchFiles detected changes in 'bot.py'. Reloading...", "django.utils.autoreload - INFO - /app/bot.py changed, reloading.",
                            "bot - INFO - Shutting down...", "bot - INFO - Graceful shutdown complete", "bot - INFO - Received termination signal", "bot - INFO - Bot was stopped.", "bot - INFO - Exiting..."}) {
    CAPTURE(words);
    CHECK(told(before(500) + line(words) + after()).empty());
  }
  for (const char* style : {"2025-11-16 09:00:10,123 - INFO - bot - ", "2025-11-16 09:00:10,123 INFO bot: ", "[2025-11-16 09:00:10] [INFO    ] discord.client: ", "2025-11-16 09:00:10 | INFO | bot | "}) {
    CAPTURE(style);
    CHECK(told(before(500) + style + "Received SIGTERM, shutting down\n" + after()).empty());
  }
  for (const std::string words : {"bot - INFO - Shutting down", "bot - INFO - Shutting down session 5", "bot - INFO - Shutting down gracefully takes long", "bot - INFO - [Session Shutting Down]",
                            "bot - INFO - Bot stopped responding", "bot - INFO - Bot stopped by user 5 in chat 4", "bot - INFO - Bot stopped: 4", "bot - INFO - Shutting down bot session 5", "bot - INFO - Polling stopped in chat 4",
                            "bot - INFO - Why the bot stopped", "bot - INFO - Restarting bot session 4", "bot - INFO - Shutdown complete for session 4", "bot - INFO - Received shutdown signal handlers: 4", "bot - INFO - Bot stopped (chat)", "bot - INFO - Application is stopping job 4",
                            "bot - INFO - Stop signal for session 4", "bot - INFO - Application shutting down pool", "bot - ERROR - KeyboardInterrupt in worker 4 ignored", "pool - INFO - Received stop signals 4",
                            "bot - INFO - Scheduler has been shut down 4 times", "bot - INFO - Finished server process [1] of 4", "bot - INFO - Exiting", "bot - INFO - Shutting down... session 4",
                            "bot - INFO - the file bot.py changed, reloading.", "bot - INFO - 'bot.py'. Reloading...", "bot - INFO - Cleaning up tasks of user 4", "bot - INFO - Bot was stopped by user 4",
                            "bot - INFO - Stopping worker process 4"}) {
    CAPTURE(words);
    CHECK(told(before(500) + line(words) + after()).find("oom") != std::string::npos);
  }
  // Short words of a part are about that part.
  for (const std::string words : {"downloader.pool - INFO - Shutting down...", "pool - INFO - Exiting...", "bot.db - INFO - Shutdown complete", "bot.sessions - INFO - Shutting down gracefully"}) {
    CAPTURE(words);
    CHECK(told(before(500) + line(words) + after()) == "09:00:00 oom [high_memory restart]\n");
  }
  CHECK(told(before(500) + line("downloader.pool - INFO - Received SIGTERM") + after()).empty());
}

TEST_CASE("crash: who begins something new behind a goodbye has not stopped; readings and a long shutdown are no such thing") {
  const auto at = [](const std::string& clock, const std::string& label) {
    return "2025-11-16 09:00:" + clock + " --- [" + label + "] | RSS:  500.0 MB | VMS:  800.0 MB | System Available: 1000.0 MB (48.8% free)\n";
  };
  const auto line = [](const std::string& words) { return "2025-11-16 09:00:10,123 - bot - INFO - " + words + "\n"; };
  CHECK(told(before(500) + line("Shutting down...") + at("40", "Download Started") + after()).starts_with("09:00:40 oom"));
  CHECK(told(before(500) + line("Shutting down...") + "2025-11-16 09:00:40 >>> TASK START [Convert] | RSS:  500.0 MB | VMS:  800.0 MB | System Available: 1000.0 MB (48.8% free)\n" + after()).starts_with("09:00:40 oom"));
  CHECK(told(before(500) + at("40", "Download Started") + after(), line("Shutting down...")).starts_with("09:00:40 oom"));
  // It stops all the same.
  for (const std::string label : {"Idle", "Download Completed", "Periodic Check"}) CHECK(told(before(500) + line("Shutting down...") + at("30", label) + at("55", label) + after()) == "");
  CHECK(told(before(500) + line("Shutting down...") + at("15", "Download Started") + after()) == "");
  CHECK(told(before(500) + line("Received SIGTERM") + at("40", "Download Started") + after()) == "");
}

TEST_CASE("crash: a gunicorn worker that exits and is replaced is another one where this one starts much later") {
  const auto gunicorn = [](const std::string& clock, const std::string& words) { return "[2025-11-16 09:" + clock + " +0000] [7] [INFO] " + words + "\n"; };
  const std::string exits = gunicorn("00:10", "Worker exiting (pid: 12)");
  const std::string late = life(kEnd + 120, kEnd + 1260, 150);
  CHECK(told(before(500) + late, exits + gunicorn("00:12", "Booting worker with pid: 19")) == "09:00:00 oom [high_memory restart]\n");
  // It started when its successor was booted, or nobody took its place.
  CHECK(told(before(500) + after(), exits + gunicorn("00:12", "Booting worker with pid: 19")) == "");
  CHECK(told(before(500) + late, exits + gunicorn("01:50", "Booting worker with pid: 19")) == "");
  CHECK(told(before(500) + late, exits) == "");
}

TEST_CASE("crash: a unit that merely ends like the program's name hides no death at the limit") {
  const auto journal = [](const std::string& log) {
    std::string out;
    for (std::size_t begin = 0; begin < log.size();) {
      const auto end = log.find('\n', begin);
      out += "2025-11-16T" + log.substr(begin + 11, 8) + "+0000 web-1 bot[42]: " + log.substr(begin, end + 1 - begin);
      begin = end + 1;
    }
    return out;
  };
  const auto unit = [](const std::string& name) { return "2025-11-16T09:00:20+0000 web-1 systemd[1]: " + name + ".service: Succeeded.\n"; };
  CHECK(told(journal(before(500)) + unit("bot") + journal(after())) == "");
  CHECK(told(journal(before(500)) + unit("backup-bot") + journal(after())) == "09:00:00 oom [high_memory restart]\n");
  CHECK(told(journal(before(500)) + unit("other-bot") + journal(after())) == "09:00:00 oom [high_memory restart other_stop]\n");
  // Far from the limit it explains a restart.
  CHECK(told(journal(before(150)) + unit("other-bot") + journal(after())) == "");
}
