#include <fmt/format.h>

#include <algorithm>
#include <string>

#include "memlog/base/text.h"
#include "memlog/report/fit_table.h"
#include "memlog/report/outlet.h"
#include "memlog/report/render.h"

namespace memlog {

namespace {

std::string_view color_of(Tone tone) {
  switch (tone) {
    case Tone::good: return "\x1b[32m";
    case Tone::warning: return "\x1b[33m";
    case Tone::bad: return "\x1b[31m";
    case Tone::dim: return "\x1b[2m";
    case Tone::strong: return "\x1b[1m";
    case Tone::plain: return {};
  }
  return {};
}

void append_toned(std::string& out, std::string_view text, Tone tone, const Style& style) {
  const std::string_view color = style.color ? color_of(tone) : std::string_view{};
  out += color;
  out += text;
  if (!color.empty()) out += "\x1b[0m";
}

void append_padded(std::string& out, const std::string& text, int width, bool right, Tone tone, const Style& style, bool last) {
  const int blanks = std::max(0, width - display_width(text));
  if (right) out.append(static_cast<std::size_t>(blanks), ' ');
  append_toned(out, text, tone, style);
  if (!right && !last) out.append(static_cast<std::size_t>(blanks), ' ');
}

// Wraps at blanks; without a terminal lines stay whole, for grep.
void append_paragraph(std::string& out, const Paragraph& paragraph, const Style& style) {
  std::string_view rest = paragraph.text;
  while (true) {
    const auto newline = rest.find('\n');
    const std::string line = printable(rest.substr(0, newline));
    // Where several stand below one another, further lines of one are set in.
    const int hanging = paragraph.indent > 0 ? 2 : 0;
    int indent = paragraph.indent;
    std::string_view left = line;
    do {
      const std::string margin(static_cast<std::size_t>(indent), ' ');
      const int room = style.width > 0 ? std::max(20, style.width - indent) : 0;
      indent = paragraph.indent + hanging;
      std::string_view piece = left;
      if (room > 0 && display_width(piece) > room) {
        std::size_t end = 0;
        for (std::size_t at = left.find(' '); at != std::string_view::npos; at = left.find(' ', at + 1)) {
          if (display_width(left.substr(0, at)) > room) break;
          end = at;
        }
        // A word that is too long stands alone.
        piece = left.substr(0, end > 0 ? end : left.find(' '));
      }
      out += margin;
      append_toned(out, left.size() > piece.size() ? trim_right(piece) : piece, paragraph.tone, style);
      out += '\n';
      left.remove_prefix(piece.size());
      while (!left.empty() && left.front() == ' ') left.remove_prefix(1);
    } while (!left.empty());
    if (newline == std::string_view::npos) break;
    rest.remove_prefix(newline + 1);
  }
}

// What had no room is added to `left_out`.
void append_table(Outlet& outlet, const Table& table, const Style& style, std::vector<std::string>& left_out) {
  std::string& out = outlet.text;
  if (table.size() == 0) {
    if (!table.empty.empty()) append_paragraph(out, {table.empty}, style);
    return;
  }
  const std::size_t n = table.columns.size();
  std::vector<std::string> texts(n);
  const auto read = [&](const std::vector<Cell>& row) {
    for (std::size_t c = 0; c < n; ++c) texts[c] = printable(cell_text(row[c].value, table.columns[c].decimals));
  };
  // Twice over the rows, once for the widths: texts of all of them would be the answer once more.
  const std::vector<Fitted> fitted = fit_table(table, [&](const EachLine& each) {
    table.for_each_row([&](const std::vector<Cell>& row) {
      read(row);
      each(texts);
    });
  }, style.width);
  std::size_t last = 0;
  for (std::size_t c = 0; c < n; ++c) {
    if (fitted[c].shown) last = c;
    else if (std::find(left_out.begin(), left_out.end(), table.columns[c].heading) == left_out.end()) left_out.push_back(table.columns[c].heading);
  }
  const auto append_line = [&](auto text_of, auto tone_of) {
    for (std::size_t c = 0; c <= last; ++c) {
      if (!fitted[c].shown) continue;
      append_padded(out, cut_text(text_of(c), fitted[c].width, fitted[c].cut), fitted[c].width, table.columns[c].right, tone_of(c), style, c == last);
      if (c != last) out.append(kColumnGap, ' ');
    }
    out += '\n';
  };
  append_line([&](std::size_t c) { return printable(table.columns[c].heading); }, [](std::size_t) { return Tone::strong; });
  table.for_each_row([&](const std::vector<Cell>& row) {
    read(row);
    append_line([&](std::size_t c) { return texts[c]; }, [&](std::size_t c) { return row[c].tone; });
    outlet.pass_on();
  });
}

// The drawing that has room.
const std::string& drawing(const Figure& figure, int width) {
  if (width <= 0 || figure.narrow.empty()) return figure.text;
  std::string_view rest = figure.text;
  while (!rest.empty()) {
    if (figure.indent + display_width(take_until(rest, "\n")) > width) return figure.narrow;
  }
  return figure.text;
}

}  // namespace

std::string cell_text(const Value& value, int decimals) {
  struct Visitor {
    int decimals;
    std::string operator()(std::monostate) const { return "-"; }
    std::string operator()(bool b) const { return b ? "yes" : "no"; }
    std::string operator()(std::int64_t n) const { return std::to_string(n); }
    std::string operator()(double number) const {
      std::string text = fmt::format("{:.{}f}", number, decimals);
      // -0.04 to one decimal is no negative number.
      if (text.front() == '-' && text.find_first_not_of("-0.") == std::string::npos) text.erase(0, 1);
      return text;
    }
    std::string operator()(const std::string& text) const { return text; }
    std::string operator()(const Value::List& list) const {
      std::string out;
      for (const Value& element : list) out += (out.empty() ? "" : ", ") + cell_text(element, decimals);
      return out;
    }
    std::string operator()(const Value::MadeList& list) const {
      std::string out;
      for (std::size_t i = 0; i < list->size; ++i) out += (out.empty() ? "" : ", ") + cell_text(list->make(i), decimals);
      return out;
    }
    std::string operator()(const Value::Object&) const { return "{…}"; }
  };
  return std::visit(Visitor{decimals}, value.data());
}

void render_text(const Report& report, const Style& style, const Sink& sink) {
  Outlet outlet(sink);
  std::string& out = outlet.text;
  std::vector<std::string> left_out;
  for_each_block(report.blocks, [&](const Block& block) {
    if (const auto* heading = std::get_if<Heading>(&block)) {
      if (!out.empty()) out += '\n';
      append_paragraph(out, {heading->text, Tone::strong}, style);
    } else if (const auto* paragraph = std::get_if<Paragraph>(&block)) {
      append_paragraph(out, *paragraph, style);
    } else if (const auto* figure = std::get_if<Figure>(&block)) {
      append_paragraph(out, {drawing(*figure, style.width), figure->tone, figure->indent}, {style.color, 0});
    } else {
      append_table(outlet, std::get<Table>(block), style, left_out);
    }
    outlet.pass_on();
  });
  if (!left_out.empty()) {
    std::string names;
    for (const std::string& name : left_out) names += (names.empty() ? "" : ", ") + name;
    append_paragraph(out, {"no room here for " + names + "; --wide shows all", Tone::dim}, style);
  }
  outlet.finish();
}

std::string render_text(const Report& report, const Style& style) {
  return text_of([&](const Sink& sink) { render_text(report, style, sink); });
}

void render(const Report& report, Output output, const Style& style, const Sink& sink) {
  switch (output) {
    case Output::text: return render_text(report, style, sink);
    case Output::json: return render_json(report, sink);
    case Output::ndjson: return render_ndjson(report, sink);
    case Output::csv: return render_csv(report, sink);
    case Output::markdown: return render_markdown(report, sink);
    case Output::junit: return sink(render_junit(report));
    case Output::github: return sink(render_github(report));
  }
}

std::string render(const Report& report, Output output, const Style& style) {
  return text_of([&](const Sink& sink) { render(report, output, style, sink); });
}

}  // namespace memlog
