#include <doctest/doctest.h>

#include <algorithm>
#include <string>

#include "memlog/report/render.h"

using namespace memlog;

namespace {

Value entry(std::size_t i) {
  Value::Object object{{"task", "Task " + std::to_string(i)}, {"max_mb", static_cast<double>(i) / 10.0}, {"list", Value::List{1, 2}}};
  if (i % 7 == 3) object.emplace_back("only_some", true);
  return object;
}

std::vector<Cell> row(std::size_t i) { return {{"Task " + std::to_string(i) + std::string(i % 13, 'x'), Tone::plain}, {static_cast<double>(i) / 10.0, i % 2 == 0 ? Tone::bad : Tone::plain}}; }

// An answer of `n` entries that are made, in three parts.
Report made(std::size_t n) {
  Report report;
  report.schema = "memlog.test/1";
  report.inputs = Value::List{};
  report.entries = "entries";
  report.fields = {{"count", static_cast<std::uint64_t>(n)}, {"entries", Value(n, entry)}};
  report.blocks.emplace_back(MadeParts{2, [n](std::size_t i) {
                                         auto part = std::make_unique<MadePart>();
                                         part->blocks.emplace_back(Heading{"PART " + std::to_string(i), true});
                                         Table table;
                                         table.columns = {{.heading = "TASK", .flexible = true, .name = true}, {"MAX MB", true}};
                                         table.rows.push_back(row(1000 * i));
                                         table.made_rows = n;
                                         table.make_row = row;
                                         table.empty = "nothing";
                                         part->blocks.emplace_back(std::move(table));
                                         return part;
                                       }});
  report.blocks.emplace_back(Paragraph{"end"});
  return report;
}

constexpr Output kOutputs[] = {Output::text, Output::json, Output::ndjson, Output::csv, Output::markdown};

}  // namespace

TEST_CASE("pieces: what is made when it is written reads as what was held") {
  for (const std::size_t n : {0, 1, 20, 2000}) {
    const Report pieces = made(n);
    Report held = made(n);
    held.hold();
    CHECK(as_list(held.field("entries")).size() == n);
    for (const Output output : kOutputs) {
      for (const Style& style : {Style{}, Style{.color = true, .width = 18}}) {
        CAPTURE(n);
        CAPTURE(static_cast<int>(output));
        CHECK(render(pieces, output, style) == render(held, output, style));
      }
    }
    CHECK(render_html(pieces, Value(), "x") == render_html(held, Value(), "x"));
  }
}

TEST_CASE("pieces: an answer leaves while it is written, whatever its length") {
  const Report report = made(20'000);
  for (const Output output : kOutputs) {
    CAPTURE(static_cast<int>(output));
    std::size_t largest = 0;
    std::string all;
    render(report, output, {}, [&](std::string_view piece) {
      largest = std::max(largest, piece.size());
      all += piece;
    });
    CHECK(all == render(report, output, {}));
    CHECK(all.size() > 300'000);
    CHECK(largest < 70'000);
  }
}

TEST_CASE("pieces: each entry is made alone") {
  std::size_t living = 0;
  std::size_t most = 0;
  struct Guest {
    std::size_t& living;
    explicit Guest(std::size_t& count) : living(count) { ++living; }
    ~Guest() { --living; }
  };
  Report report;
  report.entries = "entries";
  report.fields = {{"entries", Value(50, [&](std::size_t) {
                      const auto guest = std::make_shared<Guest>(living);
                      most = std::max(most, living);
                      return Value(std::size_t{1}, [guest](std::size_t) { return Value(1); });
                    })}};
  CHECK(render_json(report).size() > 50);
  CHECK(most == 1);
  CHECK(living == 0);
}

TEST_CASE("pieces: a table is cut among the rows that are made") {
  Table table;
  table.columns = {{"TASK"}, {"MAX MB"}};
  table.rows = {row(1), row(2)};
  table.made_rows = 10;
  table.make_row = row;
  CHECK(table.size() == 12);
  table.cut(5);
  CHECK(table.size() == 5);
  table.cut(1);
  CHECK(table.size() == 1);
  CHECK(table.rows.size() == 1);
}
