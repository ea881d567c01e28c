#include "memlog/report/pack.h"

#include <doctest/doctest.h>

#include <stdexcept>

#include "memlog/base/decimal.h"
#include "memlog/report/render.h"

using namespace memlog;

namespace {

Report everything() {
  Report report;
  report.schema = "memlog.test/1";
  report.inputs = Value::List{};
  report.fields = {{"null", Value()},
                   {"yes", true},
                   {"whole", std::int64_t{-7}},
                   {"number", 0.1},
                   {"missing", kMissing},
                   {"text", std::string(300, 'x') + "\xff\n"},
                   {"list", Value::List{1, Value::List{}, "two"}},
                   {"object", Value::Object{{"empty", Value::Object{}}, {"made", Value(3, [](std::size_t i) { return Value(std::to_string(i)); })}}}};
  Heading heading{"MEMORY"};
  heading.main = true;
  report.blocks = {heading, Paragraph{"words", Tone::bad, 2}, Figure{"__^", Tone::good, 3, "^"}};
  Table table;
  table.columns = {{"TASK", false, 1, true, true, false, 2}, {"MB", true, 3}};
  table.rows = {{{"a", Tone::good}, {1.5}}};
  table.made_rows = 2;
  table.make_row = [](std::size_t i) { return std::vector<Cell>{{"made"}, {static_cast<double>(i)}}; };
  report.blocks.emplace_back(table);
  report.blocks.emplace_back(Table{{{"NONE"}}, {}, "nothing"});
  return report;
}

}  // namespace

TEST_CASE("pack: what was put aside comes back as it was") {
  const Report report = everything();
  Packer packer;
  packer.object(report.fields);
  packer.blocks(report.blocks);
  packer.text("end");
  Unpacker unpacker(packer.bytes);
  Report back;
  back.schema = report.schema;
  back.inputs = report.inputs;
  back.fields = unpacker.object();
  back.blocks = unpacker.blocks();
  CHECK(unpacker.text() == "end");
  CHECK(as_list(back.field("object")["made"]).size() == 3);
  for (const Output output : {Output::text, Output::json, Output::markdown}) {
    CHECK(render(back, output, {.color = true}) == render(report, output, {.color = true}));
    CHECK(render(back, output, {.width = 9}) == render(report, output, {.width = 9}));
  }
}

TEST_CASE("pack: what ends early is an error and no answer") {
  Packer packer;
  packer.object(everything().fields);
  for (std::size_t size = 0; size < packer.bytes.size(); ++size) {
    Unpacker unpacker(std::string_view(packer.bytes).substr(0, size));
    CHECK_THROWS_AS(unpacker.object(), std::logic_error);
  }
}
