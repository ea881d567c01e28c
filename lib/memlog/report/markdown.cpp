#include <string>

#include "memlog/base/text.h"
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

void append_table(std::string& out, const Table& table) {
  if (table.rows.empty()) {
    if (!table.empty.empty()) out += escaped(table.empty) + "\n\n";
    return;
  }
  for (const Column& column : table.columns) out += "| " + escaped(column.heading) + " ";
  out += "|\n";
  for (const Column& column : table.columns) out += column.right ? "| ---: " : "| --- ";
  out += "|\n";
  for (const auto& row : table.rows) {
    for (std::size_t c = 0; c < table.columns.size(); ++c) out += "| " + escaped(cell_text(row[c].value, table.columns[c].decimals)) + " ";
    out += "|\n";
  }
  out += '\n';
}

}  // namespace

std::string render_markdown(const Report& report) {
  std::string out;
  bool mains = false;
  for (const Block& block : report.blocks) {
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
      append_table(out, std::get<Table>(block));
    }
  }
  return out;
}

}  // namespace memlog
