#include <string>

#include "memlog/base/text.h"
#include "memlog/report/outlet.h"
#include "memlog/report/render.h"

namespace memlog {

namespace {

// Text from a log must stay text: bars would end a cell, the others would be markup.
std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : printable(text)) {
    if (c == '|' || c == '\\' || c == '`' || c == '*' || c == '_' || c == '<' || c == '[' || c == ']') out += '\\';
    out += c;
  }
  return out;
}

void append_table(Outlet& outlet, const Table& table) {
  std::string& out = outlet.text;
  if (table.size() == 0) {
    if (!table.empty.empty()) out += escaped(table.empty) + "\n\n";
    return;
  }
  for (const Column& column : table.columns) out += "| " + escaped(column.heading) + " ";
  out += "|\n";
  for (const Column& column : table.columns) out += column.right ? "| ---: " : "| --- ";
  out += "|\n";
  table.for_each_row([&](const std::vector<Cell>& row) {
    for (std::size_t c = 0; c < table.columns.size(); ++c) out += "| " + escaped(cell_text(row[c].value, table.columns[c].decimals)) + " ";
    out += "|\n";
    outlet.pass_on();
  });
  out += '\n';
}

}  // namespace

void render_markdown(const Report& report, const Sink& sink) {
  Outlet outlet(sink);
  std::string& out = outlet.text;
  bool mains = false;
  for_each_block(report.blocks, [&](const Block& block) {
    if (const auto* heading = std::get_if<Heading>(&block)) {
      if (!out.empty() && !out.ends_with("\n\n")) out += '\n';
      mains = mains || heading->main;
      out += (mains && !heading->main ? "### " : "## ") + escaped(heading->text) + "\n\n";
    } else if (const auto* paragraph = std::get_if<Paragraph>(&block)) {
      std::string_view rest = paragraph->text;
      const std::string mark = paragraph->indent > 0 ? std::string(static_cast<std::size_t>(paragraph->indent / 4 * 2), ' ') + "- " : std::string();
      while (!rest.empty()) {
        const auto newline = rest.find('\n');
        out += mark + escaped(rest.substr(0, newline)) + "\n";
        rest.remove_prefix(newline == std::string_view::npos ? rest.size() : newline + 1);
      }
      if (mark.empty()) out += '\n';
    } else if (const auto* figure = std::get_if<Figure>(&block)) {
      if (!out.empty() && !out.ends_with("\n\n")) out += '\n';
      out += "```text\n";
      for (std::string_view rest = figure->text; !rest.empty();) out += printable(take_until(rest, "\n")) + "\n";
      out += "```\n\n";
    } else {
      if (!out.empty() && !out.ends_with("\n\n")) out += '\n';
      append_table(outlet, std::get<Table>(block));
    }
    outlet.pass_on();
  });
  outlet.finish();
}

std::string render_markdown(const Report& report) {
  return text_of([&](const Sink& sink) { render_markdown(report, sink); });
}

}  // namespace memlog
