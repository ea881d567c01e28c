#include "memlog/analysis/crash_pairing.h"

#include <doctest/doctest.h>

#include "support/crash_logs.h"

using namespace memlog;
using namespace memlog::test;

namespace {

constexpr long kHour = 3600;
constexpr long kTen = 10 * kHour;

using Logs = std::vector<std::pair<std::string, std::string>>;

// Both orders of the files on the command line, and both orders of their names.
std::string in_any_order(const std::string& bot, const std::string& kernel_log) {
  const std::string told = Crashes(Logs{{"bot.log", bot}, {"kern.log", kernel_log}}).told();
  CHECK(Crashes(Logs{{"kern.log", kernel_log}, {"bot.log", bot}}).told() == told);
  CHECK(Crashes(Logs{{"1-kern.log", kernel_log}, {"2-bot.log", bot}}).told() == told);
  return told;
}

const Value* offset_of(const Crashes& crashes) {
  const Value::List& list = as_list(crashes.report.field("clock_offsets"));
  return list.size() == 1 ? &list[0] : nullptr;
}

// A life from 10:00 to 10:40, back at 10:43:10.
std::string one_break(double rss_mb = 400) { return life(kTen, kTen + 2400, rss_mb) + life(kTen + 2590, kTen + 6900, 205); }

}  // namespace

TEST_CASE("pairing: the kernel's kill and the next start of the process are one death") {
  CHECK(in_any_order(one_break(), kernel(kTen + 2455, 4242, "python3", 430)) == "10:40:55 oom [oom_kill restart]\n");
  const Crashes crashes(Logs{{"bot.log", one_break()}, {"kern.log", kernel(kTen + 2455, 4242, "python3", 430)}});
  CHECK(as_number(crashes.list[0]["rss_mb"]) == 430);
  CHECK(as_number(crashes.list[0]["downtime_s"]) == 135);
  CHECK(crashes.word(0, "confidence") == "high");
  CHECK(as_list(crashes.list[0]["operations"]).size() == 5);
  CHECK(offset_of(crashes) == nullptr);
}

TEST_CASE("pairing: a process that writes on was not killed") {
  // In the middle of the life, whose later restart nothing explains.
  CHECK(in_any_order(one_break(), kernel(kTen + 1200, 4242, "python3", 400)) == "10:20:00 oom [oom_kill]\n10:40:00 unexplained_restart [restart]\n");
}

TEST_CASE("pairing: a kill of another process is another death, as its memory shows") {
  CHECK(in_any_order(one_break(200), kernel(kTen + 2455, 77, "chrome", 1400)) == "10:40:00 unexplained_restart [restart]\n10:40:55 oom [oom_kill]\n");
  CHECK(in_any_order(one_break(600), kernel(kTen + 2455, 77, "chrome", 140)) == "10:40:00 unexplained_restart [restart]\n10:40:55 oom [oom_kill]\n");
}

TEST_CASE("pairing: of two kills in one gap the one with the memory of the process is its own") {
  CHECK(in_any_order(one_break(), kernel(kTen + 2430, 77, "chrome", 900) + kernel(kTen + 2460, 4242, "python3", 410)) ==
        "10:40:30 oom [oom_kill]\n10:41:00 oom [oom_kill restart]\n");
}

TEST_CASE("pairing: each of several kills goes with its own death") {
  const std::string bot = life(kTen, kTen + 2400, 400) + life(kTen + 2590, kTen + 6000, 300) + life(kTen + 6100, kTen + 9000, 200);
  CHECK(in_any_order(bot, kernel(kTen + 2455, 1, "python3", 410) + kernel(kTen + 6030, 2, "python3", 310)) ==
        "10:40:55 oom [oom_kill restart]\n11:40:30 oom [oom_kill restart]\n");
}

TEST_CASE("pairing: the middle of a long gap says nothing, its ends do") {
  const std::string bot = life(kTen, kTen + 2400, 400) + life(kTen + 5 * kHour, kTen + 6 * kHour, 210);
  CHECK(in_any_order(bot, kernel(kTen + 3 * kHour, 4242, "python3", 400)) == "10:40:00 unexplained_restart [restart]\n13:00:00 oom [oom_kill]\n");
  CHECK(in_any_order(bot, kernel(kTen + 2460, 4242, "python3", 400)) == "10:41:00 oom [oom_kill restart]\n");
  CHECK(in_any_order(bot, kernel(kTen + 5 * kHour - 60, 4242, "python3", 400)) == "14:59:00 oom [oom_kill restart]\n");
}

TEST_CASE("pairing: a life that the log leaves open ends in the kill that comes when its next word is due") {
  CHECK(in_any_order(life(kTen, kTen + 2400, 400), kernel(kTen + 2455, 4242, "python3", 430)) == "10:40:55 oom [oom_kill]\n");
  const Crashes crashes(Logs{{"bot.log", life(kTen, kTen + 2400, 400)}, {"kern.log", kernel(kTen + 2455, 4242, "python3", 430)}});
  CHECK(as_list(crashes.list[0]["operations"]).size() == 5);
  // Much later it is somebody else's, and the log just ends.
  CHECK(in_any_order(life(kTen, kTen + 2400, 400), kernel(kTen + 9000, 4242, "python3", 430)) == "12:30:00 oom [oom_kill]\n");
}

TEST_CASE("pairing: a clock that differs by whole hours is found, told and corrected") {
  for (const long hours : {1L, -5L, 13L}) {
    CAPTURE(hours);
    const std::string kern = kernel(kTen + 2455 + hours * kHour, 4242, "python3", 420);
    CHECK(in_any_order(one_break(), kern) == "10:40:55 oom [oom_kill restart]\n");
    const Crashes crashes(Logs{{"bot.log", one_break()}, {"kern.log", kern}});
    const Value* offset = offset_of(crashes);
    REQUIRE(offset != nullptr);
    CHECK(as_number((*offset)["offset_s"]) == -hours * kHour);
    CHECK(as_number((*offset)["pairs"]) == 1);
    CHECK(words((*offset)["path"]) == "kern.log");
    CHECK(words(as_list(crashes.list[0]["evidence"])[0]["text"]).ends_with("(its clock differs; corrected)"));
    const std::string text = render(crashes.report, Output::text, {});
    CHECK(text.find("The clock of kern.log differs from the other log's") != std::string::npos);
  }
}

TEST_CASE("pairing: in a long gap a clock is found by a kill right behind the last word, with the same memory") {
  const std::string bot = life(kTen, kTen + 2400, 400) + life(kTen + 2400 + kHour, kTen + 3 * kHour, 205);
  for (const long hours : {2L, -5L}) {
    CAPTURE(hours);
    CHECK(in_any_order(bot, kernel(kTen + 2424 + hours * kHour, 4242, "python3", 410)) == "10:40:24 oom [oom_kill restart]\n");
    // Not right behind it, by an odd half hour, or with another memory.
    CHECK(Crashes(Logs{{"bot.log", bot}, {"kern.log", kernel(kTen + 2400 + 400 + hours * kHour, 4242, "python3", 410)}}).size() == 2);
    CHECK(Crashes(Logs{{"bot.log", bot}, {"kern.log", kernel(kTen + 2424 + 1800 + hours * kHour, 4242, "python3", 410)}}).size() == 2);
    CHECK(Crashes(Logs{{"bot.log", bot}, {"kern.log", kernel(kTen + 2424 + hours * kHour, 4242, "python3", 470)}}).size() == 2);
  }
}

TEST_CASE("pairing: a clock is not corrected by more than zones differ, nor on a coincidence") {
  // Fifteen hours, and an odd hour, for one pair.
  for (const long shift : {15 * kHour, kHour + 600}) {
    CAPTURE(shift);
    const Crashes crashes(Logs{{"bot.log", one_break()}, {"kern.log", kernel(kTen + 2455 + shift, 4242, "python3", 420)}});
    CHECK(crashes.size() == 2);
    CHECK(offset_of(crashes) == nullptr);
  }
  // By the hour, but with another memory.
  CHECK(in_any_order(one_break(), kernel(kTen + 2455 + kHour, 77, "chrome", 900)) == "10:40:00 unexplained_restart [restart]\n11:40:55 oom [oom_kill]\n");
}

TEST_CASE("pairing: one kill of another process proves no clock, whatever its distance") {
  // A flat life, deployed with the memory that it starts with.
  const std::string flat = life(kTen, kTen + 2400, 230) + life(kTen + 2590, kTen + 9000, 225);
  for (const long shift : {-kHour, 240L, 2 * kHour, 5 * kHour + 1800, 5 * kHour + 2700}) {
    CAPTURE(shift);
    for (const double limit_mb : {kMissing, 512.0}) {
      Crash::Options options;
      options.limit_mb = limit_mb;
      const Crashes crashes(Logs{{"bot.log", flat}, {"kern.log", kernel(kTen + 2455 + shift, 777, "python3", 240)}}, options);
      CHECK(crashes.size() == 2);
      CHECK(offset_of(crashes) == nullptr);
    }
  }
  // Near its limit it is.
  Crash::Options options;
  options.limit_mb = 512;
  const Crashes full(Logs{{"bot.log", one_break(460)}, {"kern.log", kernel(kTen + 2455 + kHour, 777, "python3", 470)}}, options);
  CHECK(full.size() == 1);
  CHECK(offset_of(full) != nullptr);
  // A server of the machine, with the same memory at the very time.
  CHECK(in_any_order(one_break(), kernel(kTen + 2455, 77, "redis-server", 400)) == "10:40:00 unexplained_restart [restart]\n10:40:55 oom [oom_kill]\n");
}

TEST_CASE("pairing: where several shifts fit none is taken") {
  // Breaks at 10:40 and 12:40, a kill at 11:41: an hour before or after.
  const std::string bot = life(kTen, kTen + 2400, 400) + life(kTen + 2590, kTen + 9600, 400) + life(kTen + 9790, kTen + 12000, 200);
  const Crashes crashes(Logs{{"bot.log", bot}, {"kern.log", kernel(kTen + 6055, 4242, "python3", 410)}});
  CHECK(crashes.size() == 3);
  CHECK(offset_of(crashes) == nullptr);
}

TEST_CASE("pairing: any constant is found where several pairs agree on it") {
  const std::string bot = life(kTen, kTen + 2400, 400) + life(kTen + 2590, kTen + 6000, 300) + life(kTen + 6190, kTen + 9000, 200);
  for (const long shift : {1000L, -47 * 60L, 100'000L}) {
    CAPTURE(shift);
    const std::string kern = kernel(kTen + 2455 + shift, 1, "python3", 410) + kernel(kTen + 6055 + shift, 2, "python3", 310);
    const Crashes crashes(Logs{{"bot.log", bot}, {"kern.log", kern}});
    CHECK(crashes.size() == 2);
    const Value* offset = offset_of(crashes);
    REQUIRE(offset != nullptr);
    CHECK(as_number((*offset)["pairs"]) == 2);
    CHECK(as_number((*offset)["low_s"]) <= -shift);
    CHECK(as_number((*offset)["high_s"]) >= -shift);
    for (std::size_t i = 0; i < 2; ++i) CHECK(crashes.evidence(i) == "oom_kill restart");
  }
}

TEST_CASE("pairing: a kill told minutes after the restart is that death, and the clock is told to differ") {
  const Crashes crashes(Logs{{"bot.log", one_break()}, {"kern.log", kernel(kTen + 2590 + 240, 4242, "python3", 420)}});
  REQUIRE(crashes.size() == 1);
  CHECK(crashes.verdict(0) == "oom");
  const Value* offset = offset_of(crashes);
  REQUIRE(offset != nullptr);
  CHECK(as_number((*offset)["offset_s"]) == -238);  // two seconds of slack
}

TEST_CASE("pairing: two bots of one host, of which one is killed") {
  std::string log;
  const auto tagged = [](const std::string& lines, const std::string& tag) {
    std::string out;
    for (std::size_t at = 0; at < lines.size();) {
      const auto end = lines.find('\n', at);
      const std::string line = lines.substr(at, end - at);
      std::string time = line.substr(0, 19);
      time[10] = 'T';
      out += time + "+00:00 host1 " + tag + "[9]: " + line + "\n";
      at = end + 1;
    }
    return out;
  };
  // The other one is restarted in the same minutes; its memory is another.
  const std::string a = tagged(life(kTen, kTen + 2400, 400), "bot-a") + tagged(life(kTen + 2590, kTen + 6000, 210), "bot-a");
  const std::string b = tagged(life(kTen, kTen + 2410, 90), "bot-b") + tagged(life(kTen + 2500, kTen + 6000, 80), "bot-b");
  std::vector<std::string> lines;
  for (const std::string& text : {a, b, kernel(kTen + 2455, 4242, "python3", 420)}) {
    for (std::size_t at = 0; at < text.size(); at = text.find('\n', at) + 1) lines.push_back(text.substr(at, text.find('\n', at) + 1 - at));
  }
  std::stable_sort(lines.begin(), lines.end(), [](const std::string& x, const std::string& y) { return x.substr(0, 19) < y.substr(0, 19); });
  for (const std::string& line : lines) log += line;
  const Crashes crashes(log);
  REQUIRE(crashes.size() == 2);
  CHECK(crashes.told() == "10:40:10 unexplained_restart [restart]\n10:40:55 oom [oom_kill restart]\n");
  CHECK(crashes.word(1, "process") == "host1 bot-a");
}

TEST_CASE("pairing: Celery's kill and the kernel's about the same pid are one death, for memory") {
  const std::string celery =
      "[2025-11-16 10:00:00,100: INFO/ForkPoolWorker-1] Memory [app.parse] START: RSS=100.0MB (peak=100.0MB), Process%=2.1%, System=41.3%, GC objects=1\n"
      "[2025-11-16 10:00:00,200: INFO/ForkPoolWorker-2] Memory [app.parse] START: RSS=110.0MB (peak=110.0MB), Process%=2.1%, System=41.3%, GC objects=1\n"
      "[2025-11-16 10:00:09,100: ERROR/MainProcess] Process 'ForkPoolWorker-1' pid:26 exited with 'signal 9 (SIGKILL)'\n"
      "[2025-11-16 10:00:09,900: ERROR/MainProcess] Process 'ForkPoolWorker-2' pid:27 exited with 'signal 9 (SIGKILL)'\n";
  const Crashes crashes(Logs{{"worker.log", celery}, {"kern.log", kernel(kTen + 8, 27, "celery", 300)}});
  CHECK(crashes.told() == "10:00:09 killed [sigkill]\n10:00:09 oom [oom_kill sigkill]\n");
  CHECK(crashes.word(1, "process") == "ForkPoolWorker-2");
}

TEST_CASE("pairing: a kill that kernel and platform tell in two files is one death") {
  const Crashes crashes(Logs{{"bot.log", one_break()},
                             {"kern.log", kernel(kTen + 2455, 4242, "python3", 420)},
                             {"platform.log", "2025-11-16T10:40:57Z app[148ed193b95789] lhr [info] INFO Process appears to have been OOM killed!\n"}});
  CHECK(crashes.told() == "10:40:55 oom [oom_kill oom_kill restart]\n");
}

TEST_CASE("pairing: a log without words for a start is cut where memory begins anew after a kill") {
  std::string bot;
  for (long at = 0; at < 2400; at += 120) bot += reading(kTen + at, "Idle", 400 + static_cast<double>(at) / 100);
  std::string after;
  for (long at = 2600; at < 4000; at += 120) after += reading(kTen + at, "Idle", 200);
  CHECK(in_any_order(bot + after, kernel(kTen + 2330, 4242, "python3", 430)) == "10:38:50 oom [oom_kill restart]\n");
  // Without the kill, or with memory as before, it is one life.
  CHECK(Crashes(bot + after).size() == 0);
  std::string same;
  for (long at = 2600; at < 4000; at += 120) same += reading(kTen + at, "Idle", 420);
  CHECK(in_any_order(bot + same, kernel(kTen + 2330, 4242, "python3", 430)) == "10:38:50 oom [oom_kill]\n");
}

TEST_CASE("pairing: a zone that only one source states is the difference of their clocks") {
  // 13:40:55+03:00 by the kernel's log, 13:40:00 by the bot's.
  std::string kern = kernel(kTen + 2455, 4242, "python3", 900);
  kern.replace(kern.find("+00:00"), 6, "+03:00");
  const Crashes crashes(Logs{{"bot.log", one_break()}, {"kern.log", kern}});
  CHECK(crashes.told() == "10:40:55 oom [oom_kill restart]\n");
  REQUIRE(offset_of(crashes) != nullptr);
  CHECK(as_number((*offset_of(crashes))["offset_s"]) == 3 * kHour);
  CHECK(words(as_list(crashes.list[0]["evidence"])[0]["time"]) == "2025-11-16T10:40:55");
}

TEST_CASE("pairing: the other kills of a source whose clock differs are corrected as well") {
  const std::string kern = kernel(kTen + 1200 + 2 * kHour, 77, "chrome", 900) + kernel(kTen + 2455 + 2 * kHour, 4242, "python3", 420);
  const Crashes crashes(Logs{{"bot.log", one_break()}, {"kern.log", kern}});
  CHECK(crashes.told() == "10:20:00 oom [oom_kill]\n10:40:55 oom [oom_kill restart]\n");
}

TEST_CASE("pairing: a shift that pairs one program with two names of the kernel is a coincidence") {
  const std::string bot = life(kTen, kTen + 2400, 400) + life(kTen + 2590, kTen + 6000, 300) + life(kTen + 6190, kTen + 9000, 200);
  const std::string kern = kernel(kTen + 2455 + 1000, 1, "python3", 410) + kernel(kTen + 6055 + 1000, 2, "chrome", 310);
  const Crashes crashes(Logs{{"bot.log", bot}, {"kern.log", kern}});
  CHECK(crashes.size() == 4);
  CHECK(offset_of(crashes) == nullptr);
}

TEST_CASE("pairing: a worker's task may have taken any memory between its last word and the kill") {
  const std::string celery =
      "[2025-11-16 10:00:00,100: INFO/ForkPoolWorker-1] Memory [app.parse] START: RSS=100.0MB (peak=100.0MB), Process%=2.1%, System=41.3%, GC objects=1\n"
      "[2025-11-16 10:00:09,100: ERROR/MainProcess] Process 'ForkPoolWorker-1' pid:26 exited with 'signal 9 (SIGKILL)'\n";
  const Crashes same(Logs{{"worker.log", celery}, {"kern.log", kernel(kTen + 8, 26, "celery", 3000)}});
  CHECK(same.told() == "10:00:09 oom [oom_kill sigkill]\n");
  // In a container the kernel counts pids of its own.
  const Crashes other(Logs{{"worker.log", celery}, {"kern.log", kernel(kTen + 8, 40'126, "celery", 3000)}});
  CHECK(other.told() == "10:00:09 oom [oom_kill sigkill]\n");
}

TEST_CASE("pairing: of two constants that pair as many kills the one with the same memory is taken") {
  // Breaks an hour and a few minutes apart twice over: 64 minutes later all of them fit as well, but for the memory.
  const std::string bot = life(kTen, kTen + 2400, 430) + life(kTen + 2500, kTen + 4700, 530) + life(kTen + 4800, kTen + 6300, 230) + life(kTen + 6400, kTen + 8600, 280) +
                          life(kTen + 8700, kTen + 12000, 200);
  const std::string kern = kernel(kTen + 2440 + 140, 1, "python3", 440) + kernel(kTen + 4740 + 140, 2, "python3", 540);
  const Crashes crashes(Logs{{"bot.log", bot}, {"kern.log", kern}});
  REQUIRE(offset_of(crashes) != nullptr);
  CHECK(as_number((*offset_of(crashes))["high_s"]) < 0);
  CHECK(as_number((*offset_of(crashes))["pairs"]) == 2);
  CHECK(crashes.evidence(0) == "oom_kill restart");
  CHECK(crashes.evidence(1) == "oom_kill restart");
}

TEST_CASE("pairing: a kill told without a time is the death that others tell, where only one life has ended") {
  const std::string bot = one_break();
  const std::string kern = kernel(kTen + 2455, 4242, "python3", 430);
  const std::string status = "bot-1 exited with code 137\n";
  const std::string one = "10:40:55 oom [oom_kill sigkill restart]\n";
  for (const std::string& other : {status, std::string("bot-1  | starting\nbot-1 exited with code 137 (restarting)\nbot-1  | starting\n"),
                                   std::string("/start.sh: line 12:  4242 Killed                  python bot.py\n")}) {
    CAPTURE(other);
    CHECK(Crashes(Logs{{"bot.log", bot}, {"kern.log", kern}, {"compose.log", other}}).told() == one);
    CHECK(Crashes(Logs{{"1.log", other}, {"2.log", kern}, {"3.log", bot}}).told() == one);
  }
  // Of two one is another death.
  const std::string two = Crashes(Logs{{"bot.log", bot}, {"kern.log", kern}, {"compose.log", status + status}}).told();
  CHECK(two.find(one) != std::string::npos);
  CHECK(two.find(" killed [sigkill]\n") != std::string::npos);
  // Of which of two lives it tells is not known.
  const std::string lives = one_break() + life(kTen + 7200, kTen + 9000, 205);
  CHECK(Crashes(Logs{{"bot.log", lives}, {"kern.log", kern + kernel(kTen + 6930, 4243, "python3", 205)}, {"compose.log", status}}).told().find(" killed [sigkill]\n") != std::string::npos);
}
