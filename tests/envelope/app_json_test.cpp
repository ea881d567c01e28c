#include "memlog/envelope/app_json.h"

#include <doctest/doctest.h>

#include <string>

using namespace memlog;

namespace {

struct Case {
  std::string_view line;
  Level level;
  std::string_view time;
  std::string_view message;
};

}  // namespace

TEST_CASE("app json: time, level and message of what Python's and other loggers write") {
  const Case cases[] = {
      {R"({"asctime": "2025-11-16 08:30:00,123", "levelname": "ERROR", "name": "app", "message": "upload failed"})", Level::error, "2025-11-16T08:30:00.123", "upload failed"},
      {R"({"time": "2025-11-16T08:30:00Z", "level": "warning", "message": "slow"})", Level::warning, "2025-11-16T08:30:00Z", "slow"},
      {R"({"event": "slow", "level": "warning", "timestamp": "2025-11-16T08:30:00.5+02:00"})", Level::warning, "2025-11-16T08:30:00.5+02:00", "slow"},
      {R"({"timestamp":"2025-11-16 08:30:00,123+0000","level":"INFO","location":"handler:7","message":"ok \"so far\""})", Level::info, "2025-11-16T08:30:00.123Z", "ok \"so far\""},
      {R"({"@timestamp":"2025-11-16T08:30:00.000Z","log.level":"error","message":"down","ecs.version":"1.6.0"})", Level::error, "2025-11-16T08:30:00.000Z", "down"},
      {R"({"@timestamp":"2025-11-16T08:30:00.000Z","log":{"level":"error","logger":"a"},"message":"down"})", Level::error, "2025-11-16T08:30:00.000Z", "down"},
      {R"({"text": "x\n", "record": {"level": {"icon": "x", "name": "CRITICAL", "no": 50}, "message": "out", "time": {"repr": "2025-11-16 08:30:00.123456+00:00", "timestamp": 1763281800.1}}})",
       Level::critical, "2025-11-16T08:30:00.123456Z", "out"},
      {R"({"level":50,"time":1763281800123,"pid":1,"msg":"pino"})", Level::error, "2025-11-16T08:30:00.123Z", "pino"},
      {R"({"level":40,"time":1763281800123,"pid":1,"msg":"pino"})", Level::warning, "2025-11-16T08:30:00.123Z", "pino"},
      {R"({"level":"error","ts":1763281800.25,"caller":"a.go:1","msg":"zap"})", Level::error, "2025-11-16T08:30:00.250Z", "zap"},
      {R"({"ts":1763281800123456789,"msg":"nanoseconds"})", Level::none, "2025-11-16T08:30:00.123Z", "nanoseconds"},
      {R"({"severity":"ERROR","time":"1763281800","message":"google"})", Level::error, "2025-11-16T08:30:00.000Z", "google"},
      {R"({"created": 1763281800.5, "levelno": 40, "msg": "python's own numbers"})", Level::error, "2025-11-16T08:30:00.500Z", "python's own numbers"},
      {R"({"@t":"2025-11-16T08:30:00.0Z","@m":"serilog","@l":"Fatal"})", Level::critical, "2025-11-16T08:30:00.0Z", "serilog"},
      {R"({"Level":"Error","Message":"upper case"})", Level::error, "", "upper case"},
  };
  for (const Case& one : cases) {
    CAPTURE(one.line);
    TextArena arena;
    Line line;
    line.text = line.message = one.line;
    REQUIRE(envelope::app_json(line, arena));
    CHECK(line.level == one.level);
    CHECK(format_time(line.time) == one.time);
    CHECK(line.message == one.message);
    CHECK(line.prefixed == (one.level != Level::none));  // without a level it is an exporter's line, not a logger's record
  }
}

TEST_CASE("app json: the process is what a logger calls it, not its pid") {
  const auto process = [](std::string_view text) {
    TextArena arena;
    Line line;
    line.text = line.message = text;
    REQUIRE(envelope::app_json(line, arena));
    return std::string(line.process);
  };
  CHECK(process(R"({"levelname":"INFO","processName":"ForkPoolWorker-1","message":"m"})") == "ForkPoolWorker-1");
  CHECK(process(R"({"event":"m","level":"info","process":42,"process_name":"ForkPoolWorker-2"})") == "ForkPoolWorker-2");
  CHECK(process(R"({"message":"m","log.level":"info","process":{"name":"MainProcess","pid":7}})") == "MainProcess");
  CHECK(process(R"({"record":{"level":{"name":"INFO"},"message":"m","process":{"id":7,"name":"SpawnProcess-1"}}})") == "SpawnProcess-1");
  for (const char* none : {R"("process":42)", R"("process":"42")", R"("processName":null)", R"("processName":7)", R"("processName":"")"}) {
    CAPTURE(none);
    CHECK(process(R"({"levelname":"INFO","message":"m",)" + std::string(none) + "}").empty());
  }
}

TEST_CASE("app json: what a record says of an exception stands behind its message") {
  TextArena arena;
  Line line;
  line.message = R"({"time":"2025-11-16T08:30:00","level":"error","message":"failed","exc_info":"Traceback:\n  File\nConnectionResetError: peer","err":null})";
  REQUIRE(envelope::app_json(line, arena));
  CHECK(line.message == "failed\nTraceback:\n  File\nConnectionResetError: peer");
}

TEST_CASE("app json: other objects, and cut ones, are left as they are or read as far as they go") {
  for (const std::string_view text : {R"({"a": 1})", R"({"message": "no time, no level"})", R"({"level": "error", "time": "2025-11-16T08:30:00"})", "{", "{}", "{not json}", "[1]", ""}) {
    CAPTURE(text);
    TextArena arena;
    Line line;
    line.message = text;
    CHECK_FALSE(envelope::app_json(line, arena));
    CHECK(line.message == text);
    CHECK_FALSE(line.time.known());
    CHECK(line.level == Level::none);
  }
  TextArena arena;
  Line line;
  line.message = R"({"time":"2025-11-16T08:30:00","level":"error","message":"cut o)";
  REQUIRE(envelope::app_json(line, arena));
  CHECK(line.message == "cut o");
  // A record may tell its error many times; not all are kept.
  std::string many = R"({"time":"2025-11-16T08:30:00","message":"m")";
  for (int i = 0; i < 300'000; ++i) many += R"(,"err":"x")";
  line = {};
  line.message = many;
  REQUIRE(envelope::app_json(line, arena));
  CHECK(line.message == "m\nx\nx\nx\nx\nx\nx\nx\nx");
  // An error without a message is one; nested objects and huge depth harm nobody.
  std::string deep = R"({"time":"2025-11-16T08:30:00","error":"e","log":)";
  for (int i = 0; i < 100'000; ++i) deep += R"({"log":)";
  line = {};
  line.message = deep;
  REQUIRE(envelope::app_json(line, arena));
  CHECK(line.message == "\ne");
}
