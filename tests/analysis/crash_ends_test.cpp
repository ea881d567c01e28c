#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "memlog/analysis/crash.h"
#include "memlog/report/render.h"
#include "support/log_builder.h"
#include "support/one_life.h"

using namespace memlog;
using namespace memlog::test;

// Ends that somebody states and that are not for memory: docs/crash.md, "Supervisors and shells".
namespace {

bool is_not_memory(const std::string& told) { return told.find(" not_oom [stated_end ") == 8 && told.find('\n') == told.size() - 1; }

// What may stand in the log of the life or in another one.
const std::vector<std::string> kFailed{
    "2025-11-16T09:00:30+0000 web-1 systemd[1]: bot.service: Main process exited, code=exited, status=1/FAILURE",
    "2025-11-16T09:00:30+0000 web-1 systemd[1]: bot.service: Main process exited, code=dumped, status=11/SEGV",
    "2025-11-16T09:00:30+0000 web-1 systemd[1]: bot.service: Main process exited, code=killed, status=6/ABRT",
    "2025-11-16T09:00:30+0000 web-1 systemd[1]: bot.service: Failed with result 'exit-code'.",
    "2025-11-16T09:00:30+0000 web-1 systemd[1]: bot.service: Failed with result 'core-dump'.",
    "2025-11-16T09:00:30+0000 web-1 systemd[1]: bot.service: Failed with result 'watchdog'.",
    "2025-11-16T09:00:30+0000 web-1 systemd[1]: bot.service: Failed with result 'timeout'.",
    "2025-11-16T09:00:30+0000 web-1 systemd[1]: bot.service: Watchdog timeout (limit 30s)!",
    "2025-11-16 09:00:30,123 WARN exited: bot (exit status 1; not expected)",
    "2025-11-16 09:00:30,123 WARN exited: bot (terminated by SIGSEGV (core dumped); not expected)",
    "2025-11-16T09:00:30.123456789Z container die 3f2a9c (execDuration=33, exitCode=1, image=bot, name=bot)",
    "2025-11-16T09:00:30: PM2 log: App [bot:0] exited with code [1] via signal [SIGINT]",
    "2025-11-16T09:00:30: PM2 log: App [bot:0] exited with code [0] via signal [SIGSEGV]",
    "2025-11-16T09:00:30Z app[148ed193b95789] lhr [info] INFO Main child exited normally with code: 1",
    "2025-11-16T09:00:30Z app[148ed193b95789] lhr [info] Main child exited with signal (with signal 'SIGSEGV', core dumped? true)",
    "2025-11-16T09:00:30Z exit_code=1,oom_killed=false,requested_stop=false",
    "2025-11-16T09:00:30.123456+00:00 heroku[worker.1]: Process exited with status 1",
    "bot-1 exited with code 1",
    "bot-1 exited with code 139",
    "web.1 | exited with code 1",
    "web.1 | terminated by SIGSEGV",
    "system | web.1 stopped (rc=-11)",
    "==> Exited with status 1",
    "exit status 1",
    "Process exited with code 1",
    "/start.sh: line 12:  4242 Segmentation fault      (core dumped) python bot.py",
    "[1]+  Aborted                 (core dumped) python bot.py",
    "Segmentation fault (core dumped)",
    "Aborted",
};

const std::vector<std::string> kStopped{
    "2025-11-16T09:00:30+0000 web-1 systemd[1]: bot.service: Service reached runtime time limit. Stopping.",
    "2025-11-16T09:00:30+0000 web-1 systemd[1]: bot.service: Main process exited, code=exited, status=143/n/a",
    "2025-11-16T09:00:30+0000 web-1 systemd-logind[600]: System is rebooting.",
    "2025-11-16T09:00:30+0000 web-1 systemd[1]: Reached target reboot.target - System Reboot.",
    "2025-11-16T09:00:30+0000 web-1 systemd-shutdown[1]: Sending SIGTERM to remaining processes...",
    "2025-11-16 09:00:30,123 INFO exited: bot (exit status 0; expected)",
    "2025-11-16 09:00:30,123 INFO exited: bot (terminated by SIGTERM; not expected)",
    "2025-11-16T09:00:30.123456789Z container die 3f2a9c (execDuration=33, exitCode=0, image=bot, name=bot)",
    "2025-11-16T09:00:30.123456789Z container die 3f2a9c (execDuration=33, exitCode=143, image=bot, name=bot)",
    "2025-11-16T09:00:30: PM2 log: App [bot:0] exited with code [0] via signal [SIGINT]",
    "2025-11-16T09:00:30Z app[148ed193b95789] lhr [info] INFO Main child exited normally with code: 0",
    "2025-11-16T09:00:30Z exit_code=0,oom_killed=false,requested_stop=true",
    "2025-11-16T09:00:30.123456+00:00 heroku[worker.1]: Process exited with status 0",
    "2025-11-16T09:00:30.123456+00:00 heroku[worker.1]: Process exited with status 143",
    "2025-11-16T09:00:30Z   Normal   Killing   pod/bot-1   Stopping container bot",
    "12m   Normal   Killing   pod/bot-1   Stopping container bot",
    "bot-1 exited with code 0",
    "bot-1 exited with code 143",
    "web.1 | terminated by SIGTERM",
    "==> Exited with status 0",
    "exit status 143",
    "/start.sh: line 12:  4242 Terminated              python bot.py",
    "Terminated",
};

}  // namespace

TEST_CASE("crash: an end that is stated, and that is not for memory, is no death for memory, however full memory was") {
  for (const std::string& words : kFailed) {
    CAPTURE(words);
    for (const double rss_mb : {150.0, 450.0, 500.0}) {
      CAPTURE(rss_mb);
      CHECK(is_not_memory(told(before(rss_mb) + words + "\n" + after())));
      CHECK(is_not_memory(told(before(rss_mb) + after(), words + "\n")));
    }
    // As the last line of a log that ends at the limit.
    const std::string end = told(before(500) + words + "\n");
    CHECK(end.find(" not_oom [stated_end") == 8);
  }
}

TEST_CASE("crash: an end that was asked for, or with nothing wrong, is no death") {
  for (const std::string& words : kStopped) {
    CAPTURE(words);
    CHECK(told(before(500) + words + "\n" + after()) == "");
    // The only program of another log, by a name that may be anybody's, explains a restart, and no death at the limit.
    const double full = words.starts_with("web.1") ? 450 : 500;
    CHECK(told(before(full) + after(), words + "\n") == "");
    CHECK(told(before(500) + words + "\n") == "");
  }
}

TEST_CASE("crash: kubectl's and docker's states of containers that ended otherwise") {
  const auto died = [](const std::string& state) { return told(before(500) + after(), state); };
  const std::string describe = "    Last State:     Terminated\n      Reason:       Error\n      Exit Code:    1\n      Finished:     Sun, 16 Nov 2025 09:00:30 +0000\n";
  CHECK(died(describe) == "09:00:30 not_oom [stated_end high_memory restart]\n");
  CHECK(died("    Last State:     Terminated\n      Reason:       Completed\n      Exit Code:    0\n      Finished:     Sun, 16 Nov 2025 09:00:30 +0000\n") == "");
  CHECK(died("  exitCode: 1\n  finishedAt: \"2025-11-16T09:00:31Z\"\n  reason: Error\n") == "09:00:31 not_oom [stated_end high_memory restart]\n");
  CHECK(died("[{\"Id\":\"6ff\",\"Name\":\"/bot\",\"State\":{\"Running\":false,\"OOMKilled\":false,\"ExitCode\":1,\"FinishedAt\":\"2025-11-16T09:00:31Z\"}}]\n") ==
        "09:00:31 not_oom [stated_end high_memory restart]\n");
  CHECK(died("[{\"Id\":\"6ff\",\"Name\":\"/bot\",\"State\":{\"Running\":false,\"OOMKilled\":false,\"ExitCode\":143,\"FinishedAt\":\"2025-11-16T09:00:31Z\"}}]\n") == "");
  // In any order.
  CHECK(died("{\"ExitCode\":1,\"FinishedAt\":\"2025-11-16T09:00:31Z\",\"OOMKilled\":false,\"Running\":false}\n") == "09:00:31 not_oom [stated_end high_memory restart]\n");
  // At another time it was another end.
  CHECK(died("  exitCode: 1\n  finishedAt: \"2025-11-16T05:11:31Z\"\n  reason: Error\n") == told(before(500) + after()));
}

TEST_CASE("crash: a kill for memory counts more than the status that its wrapper leaves") {
  const std::string status = "2025-11-16T09:00:31+0000 web-1 systemd[1]: bot.service: Main process exited, code=exited, status=1/FAILURE\n";
  CHECK(told(before(500) + after(), kernel(kEnd + 30, 42, "python3", 500) + status).find("09:00:30 oom [oom_kill") == 0);
  CHECK(told(before(500) + "Killed\n" + "exit status 1\n" + after()).find(" oom [") == 8);
}

TEST_CASE("crash: Ctrl+C right before the next start is no death") {
  CHECK(told(before(500) + "Traceback (most recent call last):\n  File \"bot.py\", line 3, in <module>\n    main()\nKeyboardInterrupt\n" + after()) == "");
}

namespace {

std::string traceback(const std::string& exception) { return "Traceback (most recent call last):\n  File \"bot.py\", line 3, in <module>\n    main()\n" + exception + "\n"; }

}  // namespace

TEST_CASE("crash: an exception that nothing caught is how it ended") {
  const std::string info = "2025-11-16 09:00:10 - bot - INFO - Updating chat 12\n";
  const std::string chained = "\nDuring handling of the above exception, another exception occurred:\n\n";
  for (const std::string exception : {"ValueError: no such chat", "telegram.error.Conflict: terminated by other getUpdates request", "RuntimeError", "AssertionError:"}) {
    CAPTURE(exception);
    for (const std::string& said : {traceback(exception), info + traceback(exception), traceback("KeyError: 'chat'") + chained + traceback(exception),
                                    traceback(exception) + "[SQL: SELECT 1]\n(Background on this error at: https://sqlalche.me/e/20/e3q8)\n\n" + "2025-11-16 09:00:50 - bot - INFO - Starting\n"}) {
      CAPTURE(said);
      for (const double rss_mb : {150.0, 450.0, 500.0}) {
        const Crashes crashes(before(rss_mb) + said + after(), limit(512));
        CHECK(crashes.told() == "09:00:00 not_oom [stated_end restart]\n");
        const Value::List evidence = as_list(crashes.list.at(0)["evidence"]);
        CHECK(words(evidence.at(0)["text"]) == exception);
      }
    }
    // As the log's last lines.
    CHECK(told(before(500) + traceback(exception)) == "09:00:00 not_oom [stated_end]\n");
  }
}

TEST_CASE("crash: an exception that is logged, of a thread, or for want of memory states no end") {
  const std::string oom = told(before(500) + after());
  const std::string error = "2025-11-16 09:00:10 - bot - ERROR - Exception while handling an update\n";
  const std::string chained = "\nDuring handling of the above exception, another exception occurred:\n\n";
  const std::string value = traceback("ValueError: no such chat");
  for (const std::string& said :
       {error + value, error + "handle: <Handle cancelled>\n" + value, error + value + chained + traceback("RuntimeError: x"), "ERROR:bot:it failed\n" + value, "[2025-11-16 09:00:10,000] [ERROR] bot: x\n" + value,
        "2025-11-16 09:00:10 - bot - CRITICAL - x\n" + value, "2025-11-16 09:00:10 - bot - INFO - " + value, "Exception in thread Thread-1 (run):\n" + value,
        "Exception ignored in: <function Client.__del__ at 0x7f>\n" + value, "Task exception was never retrieved\nfuture: <Task finished>\n" + value, "Process Process-3:\n" + value,
        error + traceback("MemoryError"), "Exception in thread Thread-1 (run):\n" + traceback("MemoryError"), std::string("MemoryError\n"), traceback("RuntimeError: can't start new thread"),
        traceback("concurrent.futures.process.BrokenProcessPool: A process in the process pool was terminated abruptly"), std::string("ValueError: no such chat\n"),
        value + [] {
          std::string lines;
          for (int i = 0; i < 20; ++i) lines += "2025-11-16 09:00:2" + std::to_string(i % 10) + " - bot - INFO - Message " + std::to_string(i) + "\n";
          return lines;
        }()}) {
    CAPTURE(said);
    CHECK(told(before(500) + said + after()) == oom);
  }
  // It writes on.
  const std::string on = reading(kEnd + 20, "Idle", 500);
  CHECK(told(before(500) + value + on + after()) == told(before(500) + on + after()));
}

TEST_CASE("crash: a program whose own allocation failed died for memory, however little it had") {
  const std::string chained = "\nDuring handling of the above exception, another exception occurred:\n\n";
  const std::string value = traceback("ValueError: no such chat");
  for (const std::string& said :
       {traceback("MemoryError"), traceback("numpy.core._exceptions._ArrayMemoryError: Unable to allocate 1.2 GiB"), value + chained + traceback("MemoryError"), traceback("MemoryError: x") + chained + value,
        traceback("OSError: [Errno 12] Cannot allocate memory"), std::string("terminate called after throwing an instance of 'std::bad_alloc'\n  what():  std::bad_alloc\nAborted (core dumped)\n"),
        std::string("memory allocation of 4294967296 bytes failed\nAborted (core dumped)\n"),
        traceback("RuntimeError: [enforce fail at alloc_cpu.cpp:75] err == 0. DefaultCPUAllocator: can't allocate memory: you tried to allocate 4294967296 bytes. Error code 12 (Cannot allocate memory)"),
        std::string("FATAL ERROR: Committing semi space failed. Allocation failed - process out of memory\n"), std::string("RangeError: Array buffer allocation failed\n"),
        std::string("fatal error: runtime: out of memory\n\nruntime stack:\nruntime.throw({0x4b2e3a, 0x16})\n"), std::string("fatal error: runtime: cannot allocate memory\n"),
        traceback("MemoryError") + "bot-1 exited with code 1\n"}) {
    CAPTURE(said);
    const Crashes low(before(150) + said + after(), limit(512));
    REQUIRE(low.size() == 1);
    CHECK(low.verdict(0) == "probable_oom");
    CHECK(low.word(0, "confidence") == "medium");
    CHECK(low.evidence(0) == "memory_error restart");
    const Crashes high(before(500) + said + after(), limit(512));
    REQUIRE(high.size() == 1);
    CHECK(high.verdict(0) == "oom");
    CHECK(high.word(0, "confidence") == "high");
    CHECK(high.evidence(0) == "memory_error high_memory restart");
    // A log without a word for the start; one that ends; one that goes on.
    const std::string on = reading(kEnd + 20, "Idle", 90) + reading(kEnd + 80, "Idle", 95);
    CHECK(told(before(150) + said + on) == "09:00:00 probable_oom [memory_error restart]\n");
    // The exception that was raised while it was handled is the last word of the log.
    if (!said.ends_with("no such chat\n")) CHECK(told(before(150) + said) == "09:00:00 probable_oom [memory_error]\n");
    CHECK(told(before(150) + said + reading(kEnd + 20, "Idle", 150)) == "");
    // In a log of its own: about the only restart that it fits, else about nobody.
    CHECK(told(before(150) + after(), said) == "09:00:00 probable_oom [memory_error restart]\n");
    CHECK(told(before(150), said) == "");
  }
  // Of a platform's log that has times, at its time; of two restarts that it may be about none.
  const auto timed = [](const std::string& clock) {
    const std::string time = "2025-11-16T" + clock + ".123456789Z ";
    return time + "Traceback (most recent call last):\n" + time + "  File \"bot.py\", line 3, in <module>\n" + time + "MemoryError\n";
  };
  const std::string twice = before(150) + after() + life(kEnd + 3600, kEnd + 5400, 150);
  CHECK(told(twice, timed("09:00:30")).find("09:00:30 probable_oom [memory_error restart]") != std::string::npos);
  CHECK(told(twice, timed("08:30:30")).find("memory_error") == std::string::npos);
  CHECK(told(twice, traceback("MemoryError")).find("memory_error") == std::string::npos);
  // Beside a kill it is one more word about it, with or without a life.
  CHECK(Crashes({{"a.log", timed("09:00:30")}, {"b.log", "2025-11-16T09:00:31Z exit status 137\n"}}, limit(512)).size() == 1);
  // A heap has a limit of its own.
  CHECK(told(before(150) + "java.lang.OutOfMemoryError: Java heap space\nTerminating due to java.lang.OutOfMemoryError: Java heap space\n" + after()).find("heap_limit [heap_limit") != std::string::npos);
  CHECK(told(before(150) + "Terminating due to java.lang.OutOfMemoryError: unable to create native thread\n" + after()).find("heap_limit") == std::string::npos);
}

TEST_CASE("crash: Node's words: its heap's limit, a refused allocation, and an abort that says nothing of memory") {
  CHECK(told(before(150) + "FATAL ERROR: Reached heap limit Allocation failed - JavaScript heap out of memory\n" + after()) == "09:00:00 heap_limit [heap_limit]\n");
  CHECK(told(before(150) + "FATAL ERROR: Committing semi space failed. Allocation failed - JavaScript heap out of memory\n" + after()) == "09:00:00 heap_limit [heap_limit]\n");
  // It caught the error, a logger tells of it, or something quotes it.
  CHECK(told(before(150) + "RangeError: Array buffer allocation failed\n" + reading(kEnd + 20, "Idle", 150) + after()) == "09:00:20 unexplained_restart [restart]\n");
  CHECK(told(before(150) + "2025-11-16 09:00:10,123 - bot - ERROR - RangeError: Array buffer allocation failed\n" + after()) == "09:00:00 unexplained_restart [restart]\n");
  CHECK(told(before(150) + " 1: 0xb7a940 node::Abort() [node]\n" + after()) == "09:00:00 unexplained_restart [restart]\n");
  CHECK(told(before(150) + "FATAL ERROR: v8::ToLocalChecked Empty MaybeLocal\n" + after()) == "09:00:00 unexplained_restart [restart]\n");
}

TEST_CASE("crash: a shell's Killed in a log of its own is about the only life that ended without a goodbye") {
  const std::string killed = "2025-11-16 08:00:00,123 - bot - INFO - Bot online\nKilled\n";
  CHECK(told(before(150) + after(), killed) == "09:00:00 killed [sigkill restart]\n");
  CHECK(told(before(500) + after(), killed) == "09:00:00 oom [sigkill high_memory restart]\n");
  const auto text_of = [](const Crashes& crashes) { return render(crashes.report, Output::text, {}); };
  const Crashes placed({{"a.log", before(500) + after()}, {"b.log", killed}}, limit(512));
  CHECK(text_of(placed).find("Not placed") == std::string::npos);
  // None, two, and one that has said goodbye: it is said that nothing tells.
  const std::string bye = "2025-11-16 09:00:10,123 - bot - INFO - Shutting down...\n";
  for (const std::string& log : {before(500) + bye + after(), before(150), before(150) + after() + life(kEnd + 3600, kEnd + 5400, 150)}) {
    const Crashes crashes({{"a.log", log}, {"b.log", killed}}, limit(512));
    CHECK(crashes.told().find("sigkill") == std::string::npos);
    CHECK(text_of(crashes).find("Not placed: 'Killed', since it has no time, and not exactly one life without a goodbye can be meant") != std::string::npos);
    CHECK(size_of(crashes.report.field("not_placed")) == 1);
  }
  // Two of them are two kills; one in the log of the life is judged there.
  CHECK(told(before(150) + after(), killed + killed) == "09:00:00 unexplained_restart [restart]\n");
  CHECK(text_of(Crashes("Killed\n" + before(150) + after(), limit(512))).find("Not placed") == std::string::npos);
}

TEST_CASE("crash: a goodbye behind a failed allocation is no planned end") {
  const std::string hook = "2025-11-16 09:00:11,123 - apscheduler.scheduler - INFO - Scheduler has been shut down\n";
  const std::string logged = "2025-11-16 09:00:10,123 - bot - CRITICAL - Fatal error\n" + traceback("MemoryError");
  for (const std::string& said : {traceback("MemoryError"), logged}) {
    CAPTURE(said);
    CHECK(told(before(150) + after(), said + hook) == "09:00:11 probable_oom [memory_error goodbye restart]\n");
    CHECK(told(before(500) + after(), said + hook) == "09:00:11 oom [memory_error goodbye high_memory restart]\n");
    CHECK(told(before(500) + said + hook + after()) == "09:00:11 oom [memory_error goodbye high_memory restart]\n");
    // Somebody asked for it.
    CHECK(told(before(500) + after(), said + "2025-11-16 09:00:11,123 - bot - INFO - Received SIGTERM\n" + hook).find("goodbye") == std::string::npos);
  }
  // Where other lines of that log come long before, too.
  const std::string early = "2025-11-16 08:00:00,123 - __main__ - INFO - Bot online\n";
  CHECK(told(before(500) + after(), early + logged + hook) == "09:00:11 oom [memory_error goodbye high_memory restart]\n");
  CHECK(told(before(500) + after(), early + traceback("MemoryError") + hook) == "09:00:11 oom [memory_error goodbye high_memory restart]\n");
  // A quiet log: it was survived.
  const std::string long_before = "2025-11-16 08:10:10,123 - bot - CRITICAL - Fatal error\n" + traceback("MemoryError");
  CHECK(told(before(500) + after(), long_before + hook) == "");
  // Somebody had asked for it before.
  const std::string term = "2025-11-16 09:00:05,123 - bot - INFO - Received SIGTERM\n";
  CHECK(told(before(500) + after(), term + logged + hook) == "");
  const std::string stopping = "2025-11-16T09:00:08+0000 web-1 systemd[1]: Stopping bot.service - Bot...\n2025-11-16T09:00:12+0000 web-1 systemd[1]: bot.service: Deactivated successfully.\n";
  CHECK(Crashes({{"a.log", before(500) + after()}, {"b.log", logged + hook}, {"c.log", stopping}}, limit(512)).told() == "");
  const std::string ended = "2025-11-16T09:00:12+0000 web-1 systemd[1]: bot.service: Deactivated successfully.\n";
  CHECK(Crashes({{"a.log", before(500) + after()}, {"b.log", logged + hook}, {"c.log", ended}}, limit(512)).told() == "09:00:11 oom [memory_error goodbye high_memory restart]\n");
  // Its monitor writes until it has stopped; who writes on for longer has not.
  const std::string told_late = "2025-11-16 09:00:20 --- [Idle] | RSS:  500.0 MB | VMS:  800.0 MB | System Available: 1000.0 MB (48.8% free)\n";
  CHECK(told(before(500) + logged + hook + told_late + after()) == "09:00:11 oom [memory_error goodbye high_memory restart]\n");
  std::string on_and_on = before(500) + logged + hook;
  for (const char* const time : {"09:02", "09:04", "09:06"}) on_and_on += std::string("2025-11-16 ") + time + ":20 --- [Idle] | RSS:  400.0 MB | VMS:  800.0 MB | System Available: 1000.0 MB (48.8% free)\n";
  CHECK(told(on_and_on) == "");
  // What was logged long before has not ended it.
  const std::string on = "2025-11-16 09:00:10,500 - bot - INFO - Message 1\n2025-11-16 09:00:10,600 - bot - INFO - Message 2\n";
  CHECK(told(before(500) + after(), logged + on + hook) == "");
  CHECK(told(before(500) + after(), hook) == "");
}

TEST_CASE("crash: words about another program, another container or another time state no end") {
  const std::string oom = told(before(500) + after());
  for (const std::string words :
       {"2025-11-16T09:00:30+0000 web-1 systemd[1]: nginx.service: Main process exited, code=exited, status=1/FAILURE",
        "2025-11-16T08:20:30+0000 web-1 systemd[1]: bot.service: Main process exited, code=exited, status=1/FAILURE",
        "2025-11-16T09:20:30+0000 web-1 systemd[1]: bot.service: Main process exited, code=exited, status=1/FAILURE",
        "2025-11-16 09:00:10 - bot - WARNING - ffmpeg exited with code 1", "2025-11-16 09:00:10 - bot - INFO - exit status 1", "ffmpeg -i a.mkv: exit status 1", "user: Terminated",
        "Terminated by user", "Aborted by the user", "Task finished with error 5", "2025-11-16 09:00:10 - bot - INFO - System is rebooting."}) {
    CAPTURE(words);
    CHECK(told(before(500) + after(), words + "\n") == oom);
    CHECK(told(before(500) + words + "\n" + after()) == oom);
  }
  // The process writes on: it was a child's status.
  for (const std::string words : {"exit status 1", "Terminated", "Segmentation fault", "/app/convert.sh: line 3:  4299 Aborted                 ffmpeg -i in.mkv"}) {
    CAPTURE(words);
    const std::string log = life(kEnd - 3600, kEnd - 1800, 500) + words + "\n" + reading(kEnd - 1680, "Idle", 500) + reading(kEnd, "Idle", 500);
    CHECK(told(log + after()) == oom);
    CHECK(told(life(kEnd - 3600, kEnd - 1800, 500) + words + "\n" + reading(kEnd - 1680, "Idle", 150) + reading(kEnd, "Idle", 150)) == "");
  }
}

TEST_CASE("crash: a machine that started again took with it what ran until then, and no more") {
  const std::string boot = "2025-11-16T09:00:30+0000 web-1 kernel: Linux version 6.1.0-18-amd64 (debian-kernel@lists.debian.org)\n";
  CHECK(told(before(500) + after(), boot) == "09:00:30 not_oom [stated_end high_memory restart]\n");
  // Long after the last word the bot had died before.
  const std::string late = before(500) + life(kEnd + 7200, kEnd + 9000, 150);
  CHECK(told(late, "2025-11-16T10:59:00+0000 web-1 kernel: Linux version 6.1.0-18-amd64 (debian-kernel@lists.debian.org)\n") == told(late));
}

TEST_CASE("crash: systemd's Stopped behind an end says nothing more") {
  const std::string journal = "2025-11-16T09:00:20+0000 web-1 systemd[1]: bot.service: Main process exited, code=exited, status=1/FAILURE\n"
                              "2025-11-16T09:00:20+0000 web-1 systemd[1]: bot.service: Failed with result 'exit-code'.\n"
                              "2025-11-16T09:00:25+0000 web-1 systemd[1]: bot.service: Scheduled restart job, restart counter is at 1.\n"
                              "2025-11-16T09:00:25+0000 web-1 systemd[1]: Stopped bot.service - The bot.\n"
                              "2025-11-16T09:00:25+0000 web-1 systemd[1]: Started bot.service - The bot.\n";
  CHECK(told(before(500) + after(), journal) == "09:00:20 not_oom [stated_end high_memory restart]\n");
}

TEST_CASE("crash: Celery's and gunicorn's workers that ended by a signal or a status are listed, and not for memory") {
  const auto line = [](const char* time, const std::string& words) { return "[2025-11-16 " + std::string(time) + ",000: " + words + "\n"; };
  const std::string memory = ", Process%=0.2%, System=17.3%, GC objects=55,152";
  const std::string work = line("09:00:00", "INFO/ForkPoolWorker-2] Memory [app.convert] START: RSS=480.0MB (peak=480.0MB)" + memory) +
                           line("09:01:00", "INFO/ForkPoolWorker-2] Memory [app.convert] checkpoint:page 1: RSS=500.0MB (peak=500.0MB)" + memory);
  for (const std::string how : {"signal 11 (SIGSEGV)", "exitcode 1"}) {
    CAPTURE(how);
    const std::string exited = line("09:01:20", "ERROR/MainProcess] Process 'ForkPoolWorker-2' pid:26 exited with '" + how + "'");
    const std::string all = told(work + exited);
    CHECK(all == "09:01:20 not_oom [stated_end]\n");
  }
  for (const std::string how : {"signal 15 (SIGTERM)", "exitcode 155", "exitcode 0"}) {
    CAPTURE(how);
    CHECK(told(work + line("09:01:20", "ERROR/MainProcess] Process 'ForkPoolWorker-2' pid:26 exited with '" + how + "'")) == "");
  }
  CHECK(is_not_memory(told(before(500) + after(), "[2025-11-16 09:00:30 +0000] [56] [ERROR] Worker (pid:74) was sent SIGSEGV!\n")));
}
