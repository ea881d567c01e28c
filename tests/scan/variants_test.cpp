#include <doctest/doctest.h>

#include <functional>
#include <nlohmann/json.hpp>

#include "memlog/analysis/by_task.h"
#include "memlog/analysis/crash.h"
#include "memlog/analysis/leaks.h"
#include "memlog/analysis/peak.h"
#include "memlog/report/render.h"
#include "support/answers.h"
#include "support/backslash.h"
#include "support/log_builder.h"
#include "support/pack.h"

using namespace memlog;
using namespace memlog::test;

// One log in every wrapper, encoding and compression: the answers are the same bytes, but for the inputs' own figures.
namespace {

std::string answers(const TempDirectory& directory, const std::string& name, const std::string& bytes) {
  Peak peak({});
  ByTask::Options task_options;
  task_options.runs = true;
  ByTask by_task(task_options);
  Leaks leaks({});
  Crash crash({});
  ReadResult result;
  read_events(list_inputs({directory.write(name, bytes)}), {}, result, [&](const Slice& slice) {
    peak.fold(slice);
    by_task.fold(slice);
    leaks.fold(slice);
    crash.fold(slice);
  });
  REQUIRE(result.inputs.size() == 1);
  const LineCounts& lines = result.inputs[0].lines;
  CHECK(lines.lines == lines.records + lines.ignored + lines.malformed);
  result.inputs[0].path = "log";
  return render_json(peak.report(result)) + render_json(by_task.report(result)) + render_json(leaks.report(result)) + render_json(crash.report(result));
}

using Change = std::function<std::string(const std::string&)>;

std::string each_line(const std::string& text, const std::function<std::string(std::string_view, int)>& change) {
  std::string out;
  std::string_view rest = text;
  for (int i = 0; !rest.empty(); ++i) out += change(take_until(rest, "\n"), i) + "\n";
  return out;
}

// A platform's clock: its own zone, one second a line.
std::string clock(int i, char between) {
  char text[32];
  std::snprintf(text, sizeof text, "2026-08-%02d%c%02d:%02d:%02d", 1 + i / 86400, between, i / 3600 % 24, i / 60 % 60, i % 60);
  return text;
}
std::string month_clock(int i) {
  char text[32];
  std::snprintf(text, sizeof text, "Aug %2d %02d:%02d:%02d", 1 + i / 86400, i / 3600 % 24, i / 60 % 60, i % 60);
  return text;
}

std::string json_text(std::string_view line) { return nlohmann::json(std::string(line)).dump(-1, ' ', true, nlohmann::json::error_handler_t::replace); }

Change prefix(const std::function<std::string(int)>& front, const std::string& behind = "") {
  return [front, behind](const std::string& text) { return each_line(text, [&](std::string_view line, int i) { return front(i) + std::string(line) + behind; }); };
}

Change stack(const Change& outer, const Change& inner) {
  return [outer, inner](const std::string& text) { return outer(inner(text)); };
}

std::map<std::string, Change> wrappers() {
  std::map<std::string, Change> all;
  all["docker json"] = [](const std::string& text) {
    return each_line(text, [](std::string_view line, int i) {
      return "{\"log\":" + json_text(std::string(line) + "\n") + ",\"stream\":\"stderr\",\"time\":\"" + clock(i, 'T') + ".123456789Z\"}";
    });
  };
  all["journal json"] = [](const std::string& text) {
    return each_line(text, [](std::string_view line, int i) {
      return "{\"MESSAGE\":" + json_text(line) + ",\"_HOSTNAME\":\"web\",\"SYSLOG_IDENTIFIER\":\"python\",\"__REALTIME_TIMESTAMP\":\"" + std::to_string(1774312398531294 + i) + "\"}";
    });
  };
  all["cri"] = prefix([](int i) { return clock(i, 'T') + ".123456789Z stderr F "; });
  all["cri with a zone"] = prefix([](int i) { return clock(i, 'T') + ".123456789+02:00 stdout F "; });
  all["compose"] = prefix([](int) { return "celery-worker-1  | "; });
  all["compose with a name"] = prefix([](int) { return "my_app | "; });
  all["compose with a name in colour"] = prefix([](int) { return "\x1b[36mcelery-worker  | \x1b[0m"; });
  all["compose -t"] = prefix([](int i) { return "celery-worker-1  | " + clock(i, 'T') + ".123456789Z "; });
  all["compose in colour"] = prefix([](int) { return "\x1b[36mweb-1  | \x1b[0m"; });
  all["syslog"] = prefix([](int i) { return month_clock(i) + " web python[42]: "; });
  all["syslog with priority"] = prefix([](int i) { return "<30>" + month_clock(i) + " web python[42]: "; });
  all["syslog 5424"] = prefix([](int i) { return "<30>1 " + clock(i, 'T') + "Z host app 42 - - "; });
  all["syslog 5424 with data"] = prefix([](int i) { return "<30>1 " + clock(i, 'T') + ".123Z host app 42 ID47 [ex@1 a=\"b\\\"]\"] "; });
  all["journal short-iso"] = prefix([](int i) { return clock(i, 'T') + "+0200 web python[42]: "; });
  all["journal short-full"] = prefix([](int i) { return "Sun " + clock(i, ' ') + " CET web python[42]: "; });
  all["heroku"] = prefix([](int i) { return clock(i, 'T') + ".123456+00:00 app[worker.1]: "; });
  all["fly"] = prefix([](int i) { return clock(i, 'T') + "Z app[148ed193b95789] lhr [info] "; });
  all["platform time"] = prefix([](int i) { return clock(i, 'T') + ".123456789Z "; });
  all["kubectl"] = prefix([](int) { return "[pod/web-1/app] "; });
  all["kubectl with time"] = prefix([](int i) { return "[pod/web-1/app] " + clock(i, 'T') + ".123456789Z "; });
  all["pm2"] = prefix([](int) { return "0|worker  | "; });
  all["pm2 with time"] = prefix([](int i) { return "0|worker  | " + clock(i, 'T') + ": "; });
  all["colours"] = prefix([](int) { return "\x1b[32m"; }, "\x1b[0m");
  const auto single = all;
  const auto add = [&](const std::string& outer, const std::string& inner) { all[outer + " of " + inner] = stack(single.at(outer), single.at(inner)); };
  add("syslog", "compose");
  add("syslog 5424", "docker json");
  add("journal json", "compose in colour");
  add("docker json", "colours");
  add("compose", "syslog");
  add("cri", "pm2");
  add("heroku", "colours");
  add("journal short-iso", "compose -t");
  return all;
}

std::string utf16(const std::string& text, bool big, bool mark) {
  std::string out = mark ? (big ? "\xfe\xff" : "\xff\xfe") : "";
  const auto put = [&](unsigned unit) {
    const char high = static_cast<char>(unit >> 8);
    const char low = static_cast<char>(unit & 0xff);
    out += big ? high : low;
    out += big ? low : high;
  };
  for (std::size_t i = 0; i < text.size();) {
    const auto first = static_cast<unsigned char>(text[i]);
    const std::size_t n = first < 0x80 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
    unsigned c = n == 1 ? first : first & (0x7fU >> n);
    for (std::size_t k = 1; k < n; ++k) c = c << 6 | (static_cast<unsigned char>(text.at(i + k)) & 0x3fU);
    i += n;
    if (c < 0x10000) {
      put(c);
    } else {
      put(0xd800 + ((c - 0x10000) >> 10));
      put(0xdc00 + ((c - 0x10000) & 0x3ff));
    }
  }
  return out;
}

// Read as Latin-1 and saved as UTF-8.
std::string mojibake(const std::string& text) {
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x80) {
      out += c;
    } else {
      out += static_cast<char>(0xc0 | (byte >> 6));
      out += static_cast<char>(0x80 | (byte & 0x3f));
    }
  }
  return out;
}

std::map<std::string, Change> encodings() {
  std::map<std::string, Change> all;
  all["crlf"] = [](const std::string& text) { return each_line(text, [](std::string_view line, int) { return std::string(line) + "\r"; }); };
  all["utf-8 with a mark"] = [](const std::string& text) { return "\xef\xbb\xbf" + text; };
  for (const bool big : {false, true}) {
    for (const bool mark : {false, true}) {
      all[std::string("utf-16 ") + (big ? "be" : "le") + (mark ? " with a mark" : "")] = [big, mark](const std::string& text) { return utf16(text, big, mark); };
    }
  }
  all["wrongly decoded"] = mojibake;
  all["wrongly decoded twice"] = stack(mojibake, mojibake);
  all["not encoded"] = backslash_replaced;
  for (const char* wrapper : {"docker json", "cri", "syslog", "compose in colour"}) all[std::string(wrapper) + " of what was not encoded"] = stack(wrappers().at(wrapper), backslash_replaced);
  all["utf-16 of crlf"] = stack(all["utf-16 le with a mark"], all["crlf"]);
  all["no last line break"] = [](const std::string& text) { return text.substr(0, text.size() - 1); };
  all["zeros behind"] = [](const std::string& text) { return text + std::string(5000, '\0'); };
  return all;
}

const char* const kLogs[] = {"telegram-v1/memory_debug.log", "telegram-v1/logs.txt", "telegram-v3/memory_debug.log", "celery/worker.log", "polymarket/bot.log", "daily/memory_20251007.log"};

}  // namespace

TEST_CASE("variants: a log in any stack of envelopes gives the same answers") {
  const TempDirectory directory;
  for (const std::string name : kLogs) {
    CAPTURE(name);
    const std::string text = testdata(name);
    const std::string plain = answers(directory, "x.log", text);
    for (const auto& [wrapper, wrap] : wrappers()) {
      CAPTURE(wrapper);
      CHECK((answers(directory, "x.log", wrap(text)) == plain));
    }
  }
}

TEST_CASE("variants: a log in any encoding gives the same answers") {
  const TempDirectory directory;
  for (const std::string name : kLogs) {
    CAPTURE(name);
    const std::string text = testdata(name);
    const std::string plain = answers(directory, "x.log", text);
    for (const auto& [encoding, encode] : encodings()) {
      CAPTURE(encoding);
      CHECK((answers(directory, "x.log", encode(text)) == plain));
    }
  }
}

TEST_CASE("variants: a log in any compression gives the same answers") {
  const TempDirectory directory;
  const auto every_wrapper = wrappers();
  for (const std::string name : kLogs) {
    CAPTURE(name);
    const std::string text = testdata(name);
    const std::string plain = answers(directory, "x.log", text);
    for (const char* filter : {"gzip", "xz", "zstd", "bzip2", "lz4"}) {
      CAPTURE(filter);
      CHECK((answers(directory, "x.log", pack({{"x", text}}, "raw", filter)) == plain));
      CHECK((answers(directory, "x.tar", pack({{"x.log", text}}, "ustar", filter)) == plain));
      CHECK((answers(directory, "x.log", pack({{"x", utf16(every_wrapper.at("docker json")(text), false, true)}}, "raw", filter)) == plain));
    }
    CHECK((answers(directory, "x.zip", pack({{"x.log", text}}, "zip", "none")) == plain));
  }
}

TEST_CASE("variants: a transport that drops everything but ASCII costs no counter, context or status") {
  const auto ascii = [](const std::string& text) {
    std::string out;
    std::copy_if(text.begin(), text.end(), std::back_inserter(out), [](char c) { return static_cast<unsigned char>(c) < 0x80; });
    return out;
  };
  // Names of files may have characters of their own; a row of sirens, where a block began, is an empty line.
  const auto events = [&](const std::string& text) {
    const TempDirectory directory;
    Json list = answers_of({directory.write("x.log", text)}, {}, true).all["events"]["events"];
    for (Json& event : list) event.erase("source");
    return ascii(list.dump());
  };
  for (const std::string name : {"telegram-v1/memory_debug.log", "telegram-v1/logs.txt", "telegram-v3/memory_debug.log", "telegram-v3/logs.txt", "memory_debug/guide_crash.log"}) {
    CAPTURE(name);
    const std::string text = testdata(name);
    const std::string left = ascii(text);
    REQUIRE(left.size() < text.size());
    CHECK((events(left) == events(text)));
  }
}
