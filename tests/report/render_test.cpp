#include "memlog/report/render.h"

#include <doctest/doctest.h>

#include <cmath>
#include <nlohmann/json.hpp>
#include <string>

#include "memlog/base/decimal.h"

using namespace memlog;

namespace {

Report small() {
  Report report;
  report.schema = "memlog.test/1";
  report.inputs = Value::List{};
  report.entries = "entries";
  report.fields = {{"metric", "rss"},
                   {"entries", Value::List{Value::Object{{"rank", 1}, {"rss_mb", 598.4}, {"task", "a,b \"c\""}, {"source", Value::Object{{"path", "x.log"}, {"line", 3}}}},
                                           Value::Object{{"rank", 2}, {"rss_mb", kMissing}, {"task", Value()}, {"note", "only here"}}}}};
  report.blocks.push_back(Heading{"PEAKS"});
  report.blocks.push_back(Table{{{"RANK", true, 0}, {"RSS MB", true}, {"TASK", false, 1, true}},
                                {{{1}, {598.4, Tone::bad}, {"Nations Dump Processing of everything"}}, {{2}, {1234.0}, {"Żółw 日本"}}},
                                ""});
  report.blocks.push_back(Paragraph{"two lines\nof text"});
  return report;
}

}  // namespace

TEST_CASE("text: columns are aligned, numbers at the right, headings as they are") {
  CHECK(render_text(small(), {}) ==
        "PEAKS\n"
        "RANK  RSS MB  TASK\n"
        "   1   598.4  Nations Dump Processing of everything\n"
        "   2  1234.0  Żółw 日本\n"
        "two lines\n"
        "of text\n");
}

TEST_CASE("text: names are cut only to fit a terminal, and keep some of themselves") {
  const std::string narrow = render_text(small(), {.color = false, .width = 40});
  CHECK(narrow.find("   1   598.4  Nations Dump Processing o…\n") != std::string::npos);
  const std::string tiny = render_text(small(), {.color = false, .width = 10});
  CHECK(tiny.find("Nations…") != std::string::npos);
  CHECK(tiny.find("598.4") != std::string::npos);
  CHECK(render_text(small(), {.color = false, .width = 200}) == render_text(small(), {}));
}

TEST_CASE("text: a path keeps its end, where the line number is") {
  Report report;
  report.blocks.push_back(Table{{{"SOURCE", false, 1, true, true}}, {{{"logs/ä/memory_20251006.log:135"}}}, ""});
  CHECK(render_text(report, {.color = false, .width = 12}) == "SOURCE\n…006.log:135\n");
}

TEST_CASE("text: wide characters count as two columns") {
  CHECK(display_width("abc") == 3);
  CHECK(display_width("日本") == 4);
  CHECK(display_width("Żółw") == 4);
  CHECK(display_width("") == 0);
}

TEST_CASE("text: paragraphs are wrapped for a terminal and left whole for grep") {
  Report report;
  report.blocks.push_back(Paragraph{"one two three four five six seven eight", Tone::plain, 2});
  CHECK(render_text(report, {}) == "  one two three four five six seven eight\n");
  CHECK(render_text(report, {.color = false, .width = 24}) == "  one two three four\n    five six seven eight\n");
}

TEST_CASE("text: colour only where it is asked for, and reset") {
  CHECK(render_text(small(), {}).find('\x1b') == std::string::npos);
  const std::string colored = render_text(small(), {.color = true, .width = 0});
  CHECK(colored.find("\x1b[31m598.4\x1b[0m") != std::string::npos);
}

TEST_CASE("text: nothing from a log moves the cursor") {
  CHECK(printable("a\x1b[2Jb") == "a\\x1b[2Jb");
  CHECK(printable("bell\x07 nul" + std::string(1, '\0')) == "bell\\x07 nul\\x00");
  CHECK(printable("line\nbreak\r") == "line\\x0abreak\\x0d");
  CHECK(printable("tab\there") == "tab here");
  CHECK(printable("c1 \xc2\x9b" "31m") == "c1 \\xc2\\x9b31m");
  CHECK(printable("\xe2\x80\xae" "evil") == "\\xe2\\x80\\xaeevil");
  CHECK(printable("broken \xff\xc3") == "broken \\xff\\xc3");
  CHECK(printable("Żółw 日本 📊") == "Żółw 日本 📊");
  Report report;
  report.blocks.push_back(Heading{"\x1b[1m"});
  report.blocks.push_back(Paragraph{"\x1b[2m"});
  report.blocks.push_back(Table{{{"\x1b[3m"}}, {{{"\x1b[4m"}}}, ""});
  CHECK(render_text(report, {}).find('\x1b') == std::string::npos);
}

TEST_CASE("text: cells have the column's decimals, no minus zero, and a dash for nothing") {
  CHECK(cell_text(598.44, 1) == "598.4");
  CHECK(cell_text(-0.04, 1) == "0.0");
  CHECK(cell_text(-0.06, 1) == "-0.1");
  CHECK(cell_text(kMissing, 1) == "-");
  CHECK(cell_text(Value(), 1) == "-");
  CHECK(cell_text(7, 1) == "7");
  CHECK(cell_text(true, 1) == "yes");
  CHECK(cell_text(Value::List{"a", 1.0}, 1) == "a, 1.0");
}

TEST_CASE("json: schema and inputs come first, keys stay in their order, unknown numbers are null") {
  const std::string text = render_json(small());
  CHECK(text.ends_with("}\n"));
  CHECK(text.find("\"schema\"") < text.find("\"inputs\""));
  CHECK(text.find("\"inputs\"") < text.find("\"metric\""));
  const auto json = nlohmann::json::parse(text);
  CHECK(json["entries"][0]["rss_mb"] == 598.4);
  CHECK(json["entries"][1]["rss_mb"].is_null());
  CHECK(json["entries"][0]["source"]["line"] == 3);
}

TEST_CASE("json: bytes that are no UTF-8 and control characters stay valid JSON") {
  Report report;
  report.fields = {{"x", std::string("a\xff\x01\x1b\"\\\n\xf0\x9f\x93\x8a")}};
  const auto json = nlohmann::json::parse(render_json(report));
  CHECK(json["x"] == "a\xef\xbf\xbd\x01\x1b\"\\\n\xf0\x9f\x93\x8a");
  std::string direct;
  append_json_string(direct, std::string_view("a\xff\x01\x1b\"\\\n\xf0\x9f\x93\x8a"));
  CHECK(nlohmann::json::parse(direct) == json["x"]);
}

TEST_CASE("json: numbers are the shortest that read back, and stay numbers with a point") {
  const auto number = [](double value) {
    std::string out;
    append_json_number(out, value);
    return out;
  };
  CHECK(number(598.4) == "598.4");
  CHECK(number(512) == "512.0");
  CHECK(number(0.1 + 0.2) == "0.30000000000000004");
  CHECK(number(-1.4) == "-1.4");
  CHECK(number(kMissing) == "null");
  CHECK(number(HUGE_VAL) == "null");
}

TEST_CASE("ndjson: one entry a line") {
  CHECK(render_ndjson(small()) ==
        "{\"rank\":1,\"rss_mb\":598.4,\"task\":\"a,b \\\"c\\\"\",\"source\":{\"path\":\"x.log\",\"line\":3}}\n"
        "{\"rank\":2,\"rss_mb\":null,\"task\":null,\"note\":\"only here\"}\n");
}

TEST_CASE("csv: quoted where it must be, nested objects are columns, what an entry lacks is empty") {
  CHECK(render_csv(small()) ==
        "rank,rss_mb,task,source_path,source_line,note\n"
        "1,598.4,\"a,b \"\"c\"\"\",x.log,3,\n"
        "2,,,,,only here\n");
  std::string out;
  append_csv(out, "two\nlines");
  CHECK(out == "\"two\nlines\"");
}

TEST_CASE("markdown: a log's text stays text") {
  Report report;
  report.blocks.push_back(Heading{"A | B"});
  report.blocks.push_back(Table{{{"TASK"}, {"MB", true}}, {{{"a|b *c* <script> `x` [y](z) _w_"}, {1.0}}, {{"\x1b[2J"}, {kMissing}}}, ""});
  CHECK(render_markdown(report) ==
        "## A \\| B\n\n"
        "| TASK | MB |\n| --- | ---: |\n"
        "| a\\|b \\*c\\* \\<script> \\`x\\` \\[y\\](z) \\_w\\_ | 1.0 |\n"
        "| \\\\x1b\\[2J | - |\n\n");
}

TEST_CASE("render: control characters of a log are raw in no form of an answer") {
  const std::string name = "a\x1b[31m\xc2\x9b\x7f\tb";
  Report report;
  report.entries = "tasks";
  report.fields = {{"tasks", Value::List{Value(Value::Object{{"task", name}})}}};
  Table table;
  table.columns = {{"TASK"}};
  table.rows = {{{name}}};
  report.blocks.emplace_back(table);
  for (const Output output : {Output::text, Output::json, Output::ndjson, Output::csv, Output::markdown}) {
    CAPTURE(static_cast<int>(output));
    const std::string text = render(report, output, {});
    CHECK(text.find('\x1b') == std::string::npos);
    CHECK(text.find('\x7f') == std::string::npos);
    CHECK(text.find("\xc2\x9b") == std::string::npos);
  }
  CHECK(render_csv(report) == "task\na\\x1b[31m\\xc2\\x9b\\x7f\tb\n");
  CHECK(render_ndjson(report) == "{\"task\":\"a\\u001b[31m\\u009b\\u007f\\tb\"}\n");
  std::string string;
  append_json_string(string, name);
  CHECK(string == "\"a\\u001b[31m\\u009b\\u007f\\tb\"");
}

TEST_CASE("json: a value piece by piece is the text of the whole") {
  const Value made(30'000, [](std::size_t i) { return Value(Value::List{static_cast<double>(i) / 4.0, Value(), "<b> \"x\" \u00e9"}); });
  const Value value = Value::Object{{"a", 1}, {"none", Value::List{}}, {"nothing", Value::Object{}}, {"missing", kMissing}, {"deep", Value::Object{{"points", made}, {"k", true}}}, {"list", Value::List{1, 2.5, "x"}}};
  std::string text;
  std::size_t pieces = 0;
  render_value(value, [&](std::string_view piece) {
    text += piece;
    ++pieces;
  });
  CHECK(text == render_value(value));
  CHECK(pieces > 3);
  text.clear();
  render_value(Value("x"), [&](std::string_view piece) { text += piece; });
  CHECK(text == "\"x\"");
}
