#include <doctest/doctest.h>

#include <tuple>


#include "memlog/envelope/peel.h"
#include "support/log_builder.h"

using namespace memlog;
using namespace memlog::test;

namespace {

const std::string kDaily =
    "2025-11-16 08:30:00 >>> TASK START [Dump [a|b]] | RSS:  245.3 MB | VMS:  512.1 MB | System Available: 1024.5 MB (50.2% free)\n"
    "2025-11-16 08:34:15 --- [Dump [a|b]] | RSS:  598.4 MB | VMS:  812.7 MB | System Available:  725.3 MB (35.6% free)\n";

const std::string kTree =
    "[27-Oct-25 02:42:10 PM - WARNING] - log_memory_snapshot() - Line 153: memory_monitor - 📊 MEMORY SNAPSHOT | Operation: Download Started\n"
    "├─ RAM Usage: 287.5 MB (Virtual: 1024.3 MB)\n"
    "├─ System: 56.2% used (223.8 MB available)\n"
    "├─ Sessions: 2 | Queue: 0 | Active DLs: 1\n"
    "└─ Context: User 12345 \"x\" | Active: 1\n";

std::string json_escaped(std::string_view text, bool ascii) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '"' || c == '\\') out += '\\';
    if (ascii && text.substr(i).starts_with("📊")) {
      out += "\\ud83d\\udcca";
      i += 3;
      continue;
    }
    out += c;
  }
  return out;
}

std::string wrapped(const std::string& text, const std::string& before, const std::string& after = {}) {
  std::string out;
  for (std::string_view rest = text; !rest.empty();) {
    out += before + std::string(take_until(rest, "\n")) + after + "\n";
  }
  return out;
}

std::string told(const Log& log) {
  std::string out;
  for (const Record& r : log.records) {
    out += r.at() + "|" + std::to_string(r.rss_mb) + "|" + r.task_name + "|" + r.context_text + "|" + std::to_string(r.line) + "|" + std::to_string(r.number("sessions")) + "\n";
  }
  return out + std::to_string(log.lines.records) + "/" + std::to_string(log.lines.lines);
}

const std::string kPlatform = "2026-03-24T01:33:18.531294005Z";

}  // namespace

TEST_CASE("envelopes: a log gives the same records however it is wrapped, with its own clock") {
  const std::pair<std::string, std::string> wrappers[] = {
      {kPlatform + " stdout F ", ""},
      {kPlatform + " ", ""},
      {"celery-worker-1  | " + kPlatform + " ", ""},
      {"\x1b[36mweb-1  |\x1b[0m ", ""},
      {"Mar 24 01:33:18 web-1 python[42]: ", ""},
      {"mars 24 01:33:18 web-1 python[42]: ", ""},
      {"<30>Mar 24 01:33:18 web-1 python[42]: ", ""},
      {"<30>1 2026-03-24T01:33:18.531Z web-1 python 42 - - ", ""},
      {"<30>1 2026-03-24T01:33:18.531Z web-1 python 42 ID47 [ex@1 a=\"b]\" c=\"d\"] ", ""},
      {"83 <40>1 2026-03-24T01:33:18.531+00:00 host app worker.1 - ", ""},
      {"2026-03-24T01:33:18+0100 web-1 python[42]: ", ""},
      {"Tue 2026-03-24 01:33:18 UTC web-1 python[42]: ", ""},
      {"1774312398.531294 web-1 python[42]: ", ""},
      {"2026-03-24T01:33:18.531294+00:00 app[worker.1]: ", ""},
      {"2026-03-24T01:33:18.531Z app[148ed193b95789] lhr [info]", ""},
      {"2026-03-24T01:33:18.531 app[148ed193] lhr [info] ", ""},
      {"Mar 24 01:33:18 AM  ", ""},
      {"[pod/web-5d/app] ", ""},
      {"0|worker   | ", ""},
      {"2026-03-24T01:33:18: ", ""},
      {"[  123.456789] ", ""},
      {"[Di 24. März 01:33:18 2026] ", ""},
      {"[  123.456789] web-1 python[42]: ", ""},
      {"2026-03-24T01:33:18.531000+00:00 app/web/0a1b2c3d4e5f ", ""},
      {"2026-03-24T01:33:18.531000+00:00 2026/03/24/[$LATEST]0a1b2c3d4e5f ", ""},
      {"web-5d8c7-x2v app ", ""},
      {"web-5d8c7-x2v app " + kPlatform + " ", ""},
      {"01:33:18 worker.1  | ", ""},
      {"[web] ", ""},
      {"[0] ", ""},
      {"web.1.k2j3h4@node1    | ", ""},
      {"@4000000069c1ea381fadb464 ", ""},
      {"2026-03-24_01:33:18.53129 ", ""},
      {"web-1  | 01:33:18 worker.1  | ", ""},
  };
  for (const std::string& text : {kDaily, kTree}) {
    const std::string plain = told(Log(text));
    for (const auto& [before, after] : wrappers) {
      CAPTURE(before);
      CHECK(told(Log(wrapped(text, before, after))) == plain);
    }
    for (const bool ascii : {false, true}) {
      const std::string escaped = json_escaped(text, ascii);
      CHECK(told(Log(wrapped(escaped, "{\"log\":\"", "\\n\",\"stream\":\"stderr\",\"time\":\"" + kPlatform + "\"}"))) == plain);
      CHECK(told(Log(wrapped(escaped, "{\"__REALTIME_TIMESTAMP\":\"1774312398531294\",\"MESSAGE\":\"", "\",\"SYSLOG_IDENTIFIER\":\"python\"}"))) == plain);
      CHECK(told(Log(wrapped(escaped, "{\"timestamp\":1774312398531,\"message\":\"", "\",\"ingestionTime\":1774312399000}"))) == plain);
      CHECK(told(Log(wrapped(escaped, "{\"severity\":\"INFO\",\"textPayload\":\"", "\",\"timestamp\":\"" + kPlatform + "\"}"))) == plain);
    }
  }
}

TEST_CASE("envelopes: the platform's time is kept for lines that have none") {
  const Log log(kPlatform + " stderr F Memory [app.run] START: RSS=245.3MB\n");
  REQUIRE(log.records.size() == 1);
  CHECK(log.records[0].at() == "2026-03-24 01:33:18.531294005Z");
  CHECK(log.records[0].is(flag::kPlatformTime));
}

TEST_CASE("envelopes: a date without a year takes it from the file's name, and goes on over New Year") {
  const Log log("Dec 31 23:59:59 web-1 app[1]: Memory [t] START: RSS=1.0MB\nJan  1 00:00:01 web-1 app[1]: Memory [t] FINISH: RSS=2.0MB\n",
                {.file_name = "syslog-20250101"});
  REQUIRE(log.records.size() == 2);
  CHECK(log.records[0].at() == "2024-12-31 23:59:59");
  CHECK(log.records[1].at() == "2025-01-01 00:00:01");
}

TEST_CASE("envelopes: a journal entry of several lines is one line of the input") {
  const Log log("{\"MESSAGE\":\"📊 MEMORY SNAPSHOT | Operation: A\\n├─ RAM Usage: 287.5 MB (Virtual: 1024.3 MB)\\n└─ Context: x\",\"__REALTIME_TIMESTAMP\":\"1774312398531294\"}\n");
  REQUIRE(log.records.size() == 1);
  CHECK(log.records[0].rss_mb == doctest::Approx(287.5));
  CHECK(log.records[0].context_text == "x");
  CHECK(log.lines.lines == 1);
  CHECK(log.lines.records == 1);
}

TEST_CASE("envelopes: styles of other loggers give time, level and message") {
  const std::string message = "Memory snapshot: 101.0 MB RSS, 50.0% system usage";
  const std::string styles[] = {
      "2025-11-16 08:30:00.123 | INFO     | app.main:run:12 - ",
      "2025-11-16 08:30:00.123 | INFO | ",
      "[2025-11-16 08:30:00.123 +0000] [12] [INFO] ",
      "{\"asctime\": \"2025-11-16 08:30:00,123\", \"levelname\": \"INFO\", \"message\": \"",
      "{\"event\": \"",
  };
  const std::string ends[] = {"", "", "", "\"}", "\", \"level\": \"info\", \"timestamp\": \"2025-11-16T08:30:00.123Z\"}"};
  for (std::size_t i = 0; i < std::size(styles); ++i) {
    CAPTURE(styles[i]);
    const Log log(styles[i] + message + ends[i] + "\n");
    REQUIRE(log.records.size() == 1);
    CHECK(log.records[0].at().substr(0, 23) == "2025-11-16 08:30:00.123");
    CHECK(log.records[0].rss_mb == doctest::Approx(101.0));
  }
}

TEST_CASE("envelopes: a logger's record in JSON may hold a whole snapshot") {
  const Log log(
      "{\"time\": \"2025-11-16T08:30:00Z\", \"level\": \"WARNING\", \"msg\": \"📊 MEMORY SNAPSHOT | Operation: A\\n├─ RAM Usage: 287.5 MB (Virtual: 1024.3 MB)\\n└─ "
      "Context: x\"}\n");
  REQUIRE(log.records.size() == 1);
  CHECK(log.records[0].at() == "2025-11-16 08:30:00Z");
  CHECK(log.records[0].rss_mb == doctest::Approx(287.5));
  CHECK(log.records[0].context_text == "x");
  CHECK(log.lines.records == 1);
}

TEST_CASE("envelopes: names and times of collectors are kept, and words that look like one stay in the message") {
  const auto peeled = [](const std::string& text) {
    Line line;
    line.text = line.message = text;
    TextArena arena;
    peel(line, arena);
    return std::tuple<std::string, std::string, std::string>(line.host, format_time(line.time), line.message);
  };
  using Three = std::tuple<std::string, std::string, std::string>;
  CHECK(peeled("@4000000069c1ea381fadb464 up") == Three("", "2026-03-24T01:34:38.531477604Z", "up"));
  CHECK(peeled("2026-03-24_01:33:18.53129 up") == Three("", "2026-03-24T01:33:18.53129Z", "up"));
  CHECK(peeled("01:33:18 worker.1  | INFO:root:up") == Three("worker.1", "01:33:18", "up"));
  CHECK(peeled("2026-03-24T01:33:18+00:00 app/web/0a1b2c3d4e5f up") == Three("app/web/0a1b2c3d4e5f", "2026-03-24T01:33:18Z", "up"));
  CHECK(peeled("web-5d8c7-x2v app INFO:root:up") == Three("web-5d8c7-x2v app", "", "up"));
  for (const char* words : {"@4000000069c1ea381fadb46 up", "@home at last", "re-read config file again", "[web] INFO again", "01:33:18 worker | INFO:root:up", "01:33:18 worker.1 | exited with code 137", "app/web 0a1b2c3d4e5f up"}) {
    CAPTURE(words);
    const auto [host, time, message] = peeled(words);
    CHECK(host.empty());
    CHECK(message == words);
  }
}

TEST_CASE("envelopes: any stack of a container's, a platform's and a manager's words gives the same records") {
  const std::string cri = "2025-11-16T08:30:00.123456789Z stderr F ";
  const std::string heroku = "2025-11-16T08:30:00.123456+00:00 app[worker.1]: ";
  const std::string fly = "2025-11-16T08:30:00Z app[148ed193b95789] lhr [info] ";
  const std::string compose = "worker-1  | ";
  const std::string timed = "worker-1  | 2025-11-16T08:30:00.123456789Z ";
  const std::string pod = "[pod/web-5d8c7/app] ";
  const std::string syslog = "Nov 16 08:30:00 host app[4711]: ";
  const std::string stacks[] = {compose + cri,       compose + heroku, compose + fly,     compose + pod,          timed + cri,          timed + heroku,   syslog + pod,
                                syslog + compose,    pod + cri,        pod + compose,     cri + pod,              cri + timed,          heroku + pod,     compose + compose,
                                compose + pod + cri, syslog + timed,   timed + pod + cri, syslog + pod + compose, fly + compose + cri,  compose + syslog, compose + timed + cri};
  for (const std::string& text : {kDaily, kTree}) {
    const Log plain(text);
    for (const std::string& stack : stacks) {
      CAPTURE(stack);
      const Log log(wrapped(text, stack));
      REQUIRE(log.records.size() == plain.records.size());
      CHECK(log.accounted());
      for (std::size_t i = 0; i < plain.records.size(); ++i) {
        CHECK(log.records[i].at() == plain.records[i].at());
        CHECK(log.records[i].rss_mb == plain.records[i].rss_mb);
        CHECK(log.records[i].task_name == plain.records[i].task_name);
      }
    }
  }
}

TEST_CASE("envelopes: rsyslog's file with RFC 3339 times, a tag and no pid gives the same records") {
  const std::string tag = "2025-12-05T09:00:00.123456+00:00 myhost bot: ";
  const std::string celery = "[2025-11-16 08:30:00,123: INFO/ForkPoolWorker-2] Memory [app.run] START: RSS=245.3MB\n";
  const std::string logger = "2025-11-16 08:30:00,123 - mm - INFO - Memory [app.run] START: RSS=245.3MB\n";
  for (const std::string& text : {kDaily, kTree, celery, logger, std::string("INFO:root:Memory [app.run] START: RSS=245.3MB\n")}) {
    for (const std::string& before : {tag, std::string("2025-12-05T09:00:00.123456-05:00 myhost bot: "), std::string("2025-12-05T09:00:00.123456+00:00 myhost bot[42]: ")}) {
      CAPTURE(text);
      CAPTURE(before);
      const Log log(wrapped(text, before));
      const Log pid(wrapped(text, "Dec  5 09:00:00 myhost bot: "));
      REQUIRE(log.records.size() == pid.records.size());
      REQUIRE_FALSE(log.records.empty());
      CHECK(log.accounted());
      for (std::size_t i = 0; i < log.records.size(); ++i) {
        CHECK(log.records[i].task_name == pid.records[i].task_name);
        CHECK(log.records[i].rss_mb == pid.records[i].rss_mb);
        if (text != "INFO:root:Memory [app.run] START: RSS=245.3MB\n") CHECK(log.records[i].at() == pid.records[i].at());
      }
    }
  }
  // Two words and a colon of a message are none of a machine's.
  for (const char* text : {"2025-12-05T09:00:00.123456789Z memory used: 12 MB", "2025-12-05T09:00:00.123456+00:00 memory used: 12 MB", "2025-12-05T09:00:00Z memory used: much",
                           "2025-12-05T09:00:00.123456+00:00 info memory: much"}) {
    CAPTURE(text);
    TextArena arena;
    Line line;
    line.text = line.message = text;
    peel(line, arena);
    CHECK(line.host.empty());
    CHECK(line.message == std::string_view(text).substr(std::string_view(text).find(' ') + 1));
  }
}

TEST_CASE("envelopes: a date behind a name is no container's name, and stays") {
  const Log log("web-1 2025-11-16 08:30:00,123 - mm - INFO - Memory [app.run] START: RSS=245.3MB\n"
                "web-1 16.11.2025 08:31:00 INFO Memory [app.run] FINISH (delta=+1.0MB): RSS=246.3MB\n"
                "web-1 2025-11-16 08:32:00,123 - mm - INFO - Memory [app.run] START: RSS=247.3MB\n");
  REQUIRE(log.records.size() == 3);
  CHECK(log.records[0].at() == "2025-11-16 08:30:00.123");
  CHECK(log.records[1].at() == "2025-11-16 08:31:00");
  CHECK(log.records[2].at() == "2025-11-16 08:32:00.123");
  TextArena arena;
  Line line;
  line.text = line.message = "web-5d8c7-x2v app 2025-11-16 08:30:00,123 - mm - INFO - up";
  peel(line, arena);
  CHECK(line.host == "web-5d8c7-x2v app");
  CHECK(line.message == "up");
}

TEST_CASE("envelopes: aws logs tail names an instance") {
  for (const std::string& text : {kDaily, kTree}) {
    const Log plain(text);
    const Log log(wrapped(text, "2025-12-05T09:00:00.123456+00:00 i-0abc123def "));
    CHECK(log.accounted());
    REQUIRE(log.records.size() == plain.records.size());
    for (std::size_t i = 0; i < plain.records.size(); ++i) {
      CHECK(log.records[i].at() == plain.records[i].at());
      CHECK(log.records[i].rss_mb == plain.records[i].rss_mb);
    }
  }
  const auto peeled = [](const std::string& text) {
    Line line;
    line.text = line.message = text;
    TextArena arena;
    peel(line, arena);
    return std::pair<std::string, std::string>(line.host, line.message);
  };
  using Two = std::pair<std::string, std::string>;
  CHECK(peeled("2025-12-05T09:00:00.123456+00:00 i-0abc123def Started: now") == Two("i-0abc123def", "Started: now"));
  // Machines of EC2 may be called so in their own syslog.
  CHECK(peeled("2025-12-05T09:00:00.123456+00:00 i-0abc123def bot[42]: up") == Two("i-0abc123def bot", "up"));
  CHECK(peeled("2025-12-05T09:00:00.123456+00:00 i-think not") == Two("", "i-think not"));
}

TEST_CASE("envelopes: a message that the platform cut is joined, whatever stands in front of it within") {
  const std::string label(17'000, 'x');
  const std::string message = "2025-11-16 08:34:15 --- [" + label + "] | RSS:  598.4 MB | VMS:  812.7 MB";
  for (const std::string inner : {"", "worker-1  | ", "Nov 16 08:34:15 host app[4711]: ", "[pod/web-5d8c7/app] "}) {
    CAPTURE(inner);
    const std::string whole = inner + message;
    const std::string cri = "2025-11-16T08:34:15.123456789Z stderr ";
    const Log log(cri + "P " + whole.substr(0, 16'384) + "\n" + cri + "F " + whole.substr(16'384) + "\n" + cri + "F " + inner + "2025-11-16 08:36:15 --- [Idle] | RSS:  98.4 MB | VMS:  812.7 MB\n");
    REQUIRE(log.records.size() == 2);
    CHECK(log.records[0].rss_mb == doctest::Approx(598.4));
    CHECK(log.records[0].task_name == label);
    CHECK(log.records[1].rss_mb == doctest::Approx(98.4));
    CHECK(log.accounted());
  }
}

TEST_CASE("wrappers: Fly's tool colours the words between the time and the message") {
  const std::string record = "2025-10-07 04:35:50 --- [Nations] | RSS:  710.3 MB | VMS: 1007.1 MB\n";
  for (const char* head : {"2026-08-01T00:00:00Z app[148e21ea] \x1b[32mams\x1b[0m [\x1b[34minfo\x1b[0m] ", "2026-08-01T00:00:00Z \x1b[32mapp[148e21ea]\x1b[0m ams [info] ",
                           "\x1b[2m2026-08-01T00:00:00Z\x1b[0m app[148e21ea] \x1b[32mams\x1b[0m [\x1b[34minfo\x1b[0m]"}) {
    CAPTURE(head);
    const Parsing p(head + record);
    REQUIRE(p.size() == 1);
    CHECK(p.host(0) == "148e21ea");
    CHECK(p[0].rss_mb == 710.3);
    CHECK(format_time(p[0].time) == "2025-10-07T04:35:50");
  }
}

TEST_CASE("envelopes: names of loggers behind the level are no part of the message") {
  const std::string styles[] = {
      "[2025-11-16 08:30:00] [INFO    ] root: ",  // discord.py
      "[2025-11-16 08:30:00] [INFO    ] discord.client: ",
      "[2025-11-16 08:30:00,123] INFO in app: ",  // Flask
      "[2025-11-16 08:30:00,123] [INFO] root: ",
      "2025-11-16 08:30:00,123 INFO root: ",
      "2025-11-16 08:30:00,123 INFO     memory_monitor: ",
      "2025-11-16 08:30:00,123 INFO root - ",
      "2025-11-16 08:30:00,123 INFO [root] ",
      "2025-11-16 08:30:00,123 [INFO] [__main__] ",
      "2025-11-16 08:30:00,123 [INFO    ] root: ",
      "2025-11-16 08:30:00 INFO     discord.client ",
      "2025-11-16 08:30:00,123 - INFO - root - ",
      "2025-11-16 08:30:00 | INFO | bot | ",
  };
  for (const std::string& style : styles) {
    CAPTURE(style);
    const Log log(style + ">>> TASK START [A] | RSS:  245.3 MB | VMS:  512.1 MB | System Available: 1024.5 MB (50.2% free)\n");
    REQUIRE(log.records.size() == 1);
    CHECK(log.records[0].task_name == "A");
    CHECK(log.records[0].rss_mb == doctest::Approx(245.3));
    CHECK(log.records[0].at().substr(0, 19) == "2025-11-16 08:30:00");
    const Log celery(style + "Memory [app.run] START: RSS=245.3MB\n");
    REQUIRE(celery.records.size() == 1);
    CHECK(celery.records[0].task_name == "app.run");
  }
}

TEST_CASE("envelopes: a level in front, a place in the source behind, and dates of other orders are no part of the message") {
  struct Style {
    std::string_view text;
    std::string_view time;
  };
  constexpr Style kStyles[] = {
      {"INFO 2025-11-16 20:30:00,123 ", "2025-11-16 20:30:00.123"},
      {"INFO 2025-11-16 20:30:00,123 - root - ", "2025-11-16 20:30:00.123"},
      {"INFO [2025-11-16 20:30:00,123] ", "2025-11-16 20:30:00.123"},
      {"INFO:2025-11-16 20:30:00,123:", "2025-11-16 20:30:00.123"},
      {"[INFO] 2025-11-16 20:30:00,123 ", "2025-11-16 20:30:00.123"},
      {"[INFO] 2025-11-16 20:30:00,123 - root - ", "2025-11-16 20:30:00.123"},
      {"INFO:     ", ""},  // uvicorn
      {"INFO: ", ""},
      {"2025-11-16 20:30:00,123 - root - INFO - bot.py:42 - ", "2025-11-16 20:30:00.123"},
      {"2025-11-16 20:30:00,123 - root - INFO - [bot.py:42] - ", "2025-11-16 20:30:00.123"},
      {"2025-11-16 20:30:00,123 - INFO - bot.py:42 - ", "2025-11-16 20:30:00.123"},
      {"2025-11-16 20:30:00,123 INFO bot.py:42 ", "2025-11-16 20:30:00.123"},
      {"2025-11-16 20:30:00,123 [INFO] src/bot.py:42: ", "2025-11-16 20:30:00.123"},
      {"[2025-11-16 20:30:00,123] [INFO] [bot.py:42] ", "2025-11-16 20:30:00.123"},
      {"2025-11-16 20:30:00,123:INFO:root:", "2025-11-16 20:30:00.123"},
      {"2025-11-16 20:30:00.123 INFO (MainThread) [app.core] ", "2025-11-16 20:30:00.123"},
      {"[2025-11-16 20:30:00,123] INFO: ", "2025-11-16 20:30:00.123"},
      {"[2025-11-16 20:30:00,123] INFO ", "2025-11-16 20:30:00.123"},
      {"11/16/2025 08:30:00 PM INFO ", "2025-11-16 20:30:00"},
      {"11/16/2025 08:30:00 PM ", "2025-11-16 20:30:00"},
      {"11/16/2025 12:30:00 AM - root - INFO - ", "2025-11-16 00:30:00"},
      {"11/16/2025 20:30:00 - name - INFO - ", "2025-11-16 20:30:00"},
      {"16/11/2025 20:30:00 - name - INFO - ", "2025-11-16 20:30:00"},
      {"02/03/2025 20:30:00 - name - INFO - ", "2025-02-03 20:30:00"},
      {"[11/16/25 20:30:00] INFO     ", "2025-11-16 20:30:00"},
      {"2025/11/16 20:30:00 ", "2025-11-16 20:30:00"},
      {"2025/11/16 20:30:00.123456 main.go:23: ", "2025-11-16 20:30:00.123456"},
      {"16.11.2025 20:30:00 INFO ", "2025-11-16 20:30:00"},
      {"02.03.2025 20:30:00 INFO ", "2025-03-02 20:30:00"},
      {"16-Nov-25 20:30:00 - ", "2025-11-16 20:30:00"},
      {"16-Nov-25 08:30:00 PM - root - INFO - ", "2025-11-16 20:30:00"},
      {"20:30:00 - INFO - ", "20:30:00"},
      {"20:30:00 INFO ", "20:30:00"},
      {"20:30:00,123 [INFO] root: ", "20:30:00.123"},
      {"20:30:00 | INFO | root | ", "20:30:00"},
      {"[20:30:00] [INFO] ", "20:30:00"},
      {"2025-11-16 20:30:00,123 INFO     ", "2025-11-16 20:30:00.123"},
      {"[2025-11-16 20:30:00,123] - INFO - ", "2025-11-16 20:30:00.123"},
      {"[2025-11-16 20:30:00,123] - root - INFO - ", "2025-11-16 20:30:00.123"},
      {"2025-11-16 20:30:00 [bot] INFO: ", "2025-11-16 20:30:00"},
      {"2025-11-16 20:30:00,123 - INFO - MainThread - ", "2025-11-16 20:30:00.123"},
      {"16-11-2025 20:30:00 - INFO - ", "2025-11-16 20:30:00"},
      {"02-03-2025 20:30:00 - INFO - ", "2025-03-02 20:30:00"},
      {"11-16-2025 20:30:00 - INFO - ", "2025-11-16 20:30:00"},
      {"2025-11-16T20:30:00.123456Z [info     ] ", "2025-11-16 20:30:00.123456Z"},  // structlog
      {"2025-11-16 20:30:00 [warning  ] ", "2025-11-16 20:30:00"},
      {"2025-11-16 20:30:00,123 - 4242 - INFO - root - ", "2025-11-16 20:30:00.123"},
      {"[2025-11-16T20:30:00.123+0000] {memory.py:42} INFO - ", "2025-11-16 20:30:00.123Z"},  // Airflow
      {"INFO 2025-11-16 20:30:00,123 views 4242 140123 ", "2025-11-16 20:30:00.123"},  // Django's documentation
  };
  for (const Style& style : kStyles) {
    CAPTURE(style.text);
    const Log log(std::string(style.text) + "Memory [app.run] START: RSS=245.3MB\n");
    REQUIRE(log.records.size() == 1);
    CHECK(log.records[0].task_name == "app.run");
    CHECK(log.records[0].at() == style.time);
  }
}

TEST_CASE("envelopes: messages that only look like those prefixes stay whole") {
  const Log critical("CRITICAL: CRASH IMMINENT! 498.7 MB / 512 MB\nSessions: 4 | Queue: 3 | Active DLs: 3 | Cache: 22\n");
  REQUIRE(critical.records.size() == 1);
  CHECK(critical.records[0].rss_mb == doctest::Approx(498.7));
  const Log compact("[2025-10-27 14:47:33] CRITICAL: 494MB - Sessions:7 DLs:1 - Session Created\n");
  REQUIRE(compact.records.size() == 1);
  CHECK(compact.records[0].rss_mb == doctest::Approx(494));
  const Log failed("[2025-10-27 14:47:33] ERROR in Upload: it broke\nMemory at error: 410.0 MB\n");
  REQUIRE(failed.records.size() == 1);
  CHECK(failed.records[0].task_name == "Upload");
  for (const std::string_view text : {"13/13/2025 20:30:00 x", "02/30/2025 20:30:00 x", "2025/11/31 20:30:00 x", "31/12/1066 20:30:00 x", "11/16/2025 x", "10/12 items left", "20:30:00 left",
                                      "20:30:00 - x", "[20:30:00] x", "16.11 MB used", "INFO Process x", "INFORMATION: x", "INFO:x"}) {
    CAPTURE(text);
    TextArena arena;
    Line line;
    line.text = line.message = text;
    peel(line, arena);
    CHECK(line.message == text);
    CHECK_FALSE(line.time.known());
  }
}

TEST_CASE("envelopes: pm2's own lines in `pm2 logs` keep their time") {
  for (const std::string_view front : {"PM2        | ", "PM2  | ", "\x1b[34mPM2        | \x1b[39m", "\x1b[34mPM2        |\x1b[39m "}) {
    CAPTURE(front);
    const Log killed(std::string(front) + "2025-11-16T08:30:00: PM2 log: App [bot:0] exited with code [0] via signal [SIGKILL]\n");
    REQUIRE(killed.records.size() == 1);
    CHECK(killed.records[0].at() == "2025-11-16 08:30:00");
    CHECK(killed.records[0].process_name == "bot");
    const Log over(std::string(front) + "2025-11-16T08:30:00: PM2 log: [PM2][WORKER] Process 0 restarted because it exceeds --max-memory-restart value (current_memory=538968064 max_memory_limit=524288000 [octets])\n");
    REQUIRE(over.records.size() == 1);
    CHECK(over.records[0].at() == "2025-11-16 08:30:00");
    CHECK(over.records[0].process_name == "0");
  }
}

TEST_CASE("envelopes: loggers' prefixes without a time in front are read behind platforms' words, too") {
  const std::string message = "Memory [app.run] START: RSS=245.3MB\n";
  for (const std::string_view logger : {"INFO:root:", "INFO:     ", "INFO - ", "INFO 2025-11-16 20:30:00,123 ", "2025-11-16 20:30:00,123:INFO:root:", "20:30:00 INFO ", "11/16/2025 20:30:00 "}) {
    CAPTURE(logger);
    for (const std::string_view front : {"2026-03-24T01:33:18.531294005Z ", "web  | ", "web-1  | 2026-03-24T01:33:18.531294005Z ", "web-5d8c7-x2v app ", "08:34:15 worker.1  | ", "[web] ",
                                         "web-1  | 2026-03-24T01:33:18.531000+00:00 app/web/0a1b2c3d4e5f "}) {
      CAPTURE(front);
      const Log log(std::string(front) + std::string(logger) + message);
      REQUIRE(log.records.size() == 1);
      CHECK(log.records[0].task_name == "app.run");
      if (logger.find("2025") != std::string_view::npos) CHECK(log.records[0].at().starts_with("2025-11-16 20:30:00"));
    }
  }
  // An application's own time and level.
  const Log own("2025-11-16T20:30:00Z INFO " + message);
  REQUIRE(own.records.size() == 1);
  CHECK(own.records[0].at() == "2025-11-16 20:30:00Z");
}
