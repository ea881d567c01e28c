#include <fmt/format.h>

#include <string>

#include "memlog/base/text.h"
#include "memlog/report/outlet.h"
#include "memlog/report/page_assets.h"
#include "memlog/report/render.h"

namespace memlog {

namespace {

// Text from a log is text in a page too: it can neither open an element nor leave an attribute.
std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : printable(text)) {
    switch (c) {
      case '&': out += "&amp;"; break;
      case '<': out += "&lt;"; break;
      case '>': out += "&gt;"; break;
      case '"': out += "&quot;"; break;
      case '\'': out += "&#39;"; break;
      default: out += c;
    }
  }
  return out;
}

// In a script element nothing may look like markup, whatever a string says.
void append_script_safe(Outlet& out, std::string_view json) {
  for (const char c : json) {
    if (c == '<') out.text += "\\u003c";
    else if (c == '>') out.text += "\\u003e";
    else if (c == '&') out.text += "\\u0026";
    else out.text += c;
    if (c == ',') out.pass_on();
  }
}

std::string_view class_of(Tone tone) {
  switch (tone) {
    case Tone::good: return "good";
    case Tone::warning: return "warning";
    case Tone::bad: return "bad";
    case Tone::dim: return "dim";
    case Tone::strong: return "strong";
    case Tone::plain: return {};
  }
  return {};
}

void append_table(Outlet& to, const Table& table) {
  std::string& out = to.text;
  if (table.size() == 0) {
    if (!table.empty.empty()) out += "<p>" + escaped(table.empty) + "</p>\n";
    return;
  }
  out += "<div class=\"scroll\"><table><thead><tr>";
  for (const Column& column : table.columns) out += (column.right ? "<th class=\"n\">" : "<th>") + escaped(column.heading) + "</th>";
  out += "</tr></thead><tbody>\n";
  table.for_each_row([&](const std::vector<Cell>& row) {
    out += "<tr>";
    for (std::size_t c = 0; c < table.columns.size(); ++c) {
      std::string classes(table.columns[c].right ? "n" : "");
      if (const std::string_view tone = class_of(row[c].tone); !tone.empty()) classes += (classes.empty() ? "" : " ") + std::string(tone);
      out += classes.empty() ? "<td" : "<td class=\"" + classes + "\"";
      // Sorted by what it is, not by what is shown of it.
      if (const double number = as_number(row[c].value); number == number) out += fmt::format(" data-v=\"{}\"", number);
      out += ">" + escaped(cell_text(row[c].value, table.columns[c].decimals)) + "</td>";
    }
    out += "</tr>\n";
    to.pass_on();
  });
  out += "</tbody></table></div>\n";
}

void append_text(std::string& out, const char* element, std::string_view text, Tone tone, int indent) {
  std::string classes(class_of(tone));
  if (indent > 0) classes += (classes.empty() ? "" : " ") + std::string("inset");
  out += classes.empty() ? fmt::format("<{}>", element) : fmt::format("<{} class=\"{}\">", element, classes);
  bool first = true;
  while (!text.empty()) {
    if (!first) out += '\n';
    out += escaped(take_until(text, "\n"));
    first = false;
  }
  out += fmt::format("</{}>\n", element);
}

// A page of several windows begins with the way to each.
void append_contents(std::string& out, const Report& report) {
  std::string links;
  std::size_t mains = 0;
  for_each_block(report.blocks, [&](const Block& block) {
    const auto* heading = std::get_if<Heading>(&block);
    if (heading == nullptr || !heading->main) return;
    ++mains;
    links += fmt::format("<a href=\"#part{}\">", mains) + escaped(heading->text) + "</a>\n";
  });
  if (mains > 1) out += "<nav>" + links + "</nav>\n";
}

}  // namespace

void render_html(const Report& report, const Value& chart, std::string_view title, std::string_view about, const Sink& sink) {
  // The policy allows this script, this style and the pictures within them, and nothing else: no network above all.
  const std::string policy = fmt::format("default-src 'none'; script-src 'sha256-{}'; style-src 'sha256-{}'; img-src data:; base-uri 'none'; form-action 'none'", kPageScriptHash, kPageStyleHash);
  Outlet to(sink);
  std::string& out = to.text;
  out += "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<meta http-equiv=\"Content-Security-Policy\" content=\"" + policy + "\">\n";
  out += "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>" + escaped(title) + "</title>\n<style>" + kPageStyle.text() + "</style>\n</head>\n<body>\n";
  out += "<h1>" + escaped(title) + "</h1>\n";
  if (!about.empty()) out += "<p class=\"dim\">" + escaped(about) + "</p>\n";
  out += "<div id=\"frame\"><div id=\"hover\"><span class=\"dim\">move over the curve for its readings, drag to zoom, double-click to see all</span></div><div id=\"chart\"></div>"
         "<div id=\"keys\"><button id=\"reset\" type=\"button\">all of it</button></div></div>\n";
  append_contents(out, report);
  std::size_t mains = 0;
  for_each_block(report.blocks, [&](const Block& block) {
    if (const auto* heading = std::get_if<Heading>(&block)) out += (heading->main ? fmt::format("<h2 id=\"part{}\">", ++mains) : "<h3>") + escaped(heading->text) + (heading->main ? "</h2>\n" : "</h3>\n");
    else if (const auto* paragraph = std::get_if<Paragraph>(&block)) append_text(out, "p", paragraph->text, paragraph->tone, paragraph->indent);
    else if (const auto* figure = std::get_if<Figure>(&block)) append_text(out, "pre", figure->text, figure->tone, figure->indent);
    else append_table(to, std::get<Table>(block));
    to.pass_on();
  });
  out += "<script type=\"application/json\" id=\"data\">";
  render_value(chart, [&](std::string_view piece) { append_script_safe(to, piece); });
  out += "</script>\n<script>" + kPageScript.text() + "</script>\n</body>\n</html>\n";
  to.finish();
}

std::string render_html(const Report& report, const Value& chart, std::string_view title, std::string_view about) {
  return text_of([&](const Sink& sink) { render_html(report, chart, title, about, sink); });
}

}  // namespace memlog
