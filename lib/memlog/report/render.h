#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "memlog/report/report.h"

namespace memlog {

enum class Output : std::uint8_t { text, json, ndjson, csv, markdown, junit, github };

// How text may look where it goes.
struct Style {
  bool color = false;
  int width = 0;            // columns of a terminal; 0: not a terminal, nothing is cut
};

// Where an answer goes, in pieces as they are ready.
using Sink = std::function<void(std::string_view)>;

void render(const Report& report, Output output, const Style& style, const Sink& sink);
std::string render(const Report& report, Output output, const Style& style);

std::string render_text(const Report& report, const Style& style);
std::string render_markdown(const Report& report);
std::string render_json(const Report& report);
std::string render_ndjson(const Report& report);
std::string render_csv(const Report& report);
void render_text(const Report& report, const Style& style, const Sink& sink);
void render_markdown(const Report& report, const Sink& sink);
void render_json(const Report& report, const Sink& sink);
void render_ndjson(const Report& report, const Sink& sink);
void render_csv(const Report& report, const Sink& sink);

// The findings of a gate, for CI: a JUnit document, and GitHub's workflow commands, which become annotations.
std::string render_junit(const Report& report);
std::string render_github(const Report& report);

// One page that holds everything: the report, and `chart` drawn (see analysis/chart.h). It needs no network, and its own
// content security policy allows nothing but its own script and style. `about` stands below the title.
std::string render_html(const Report& report, const Value& chart, std::string_view title, std::string_view about = {});
void render_html(const Report& report, const Value& chart, std::string_view title, std::string_view about, const Sink& sink);

// One value as compact JSON.
std::string render_value(const Value& value);
// The same piece by piece: lists whose elements are made are not held.
void render_value(const Value& value, const Sink& sink);

// A cell as text: numbers with the column's decimals, `-` for null.
std::string cell_text(const Value& value, int decimals);

// Text from a log, safe for a terminal: control characters (and bytes that are no UTF-8) are shown as `\x1b`. Line
// breaks too, so one entry stays one line.
std::string printable(std::string_view text);

// Columns that `text` takes on a terminal.
int display_width(std::string_view text);

// A field of a CSV line, quoted where it must be (RFC 4180).
void append_csv(std::string& out, std::string_view field);

// A JSON string with its quotes; bytes that are no UTF-8 become U+FFFD.
void append_json_string(std::string& out, std::string_view text);
// `\u001b`, of a character below 0x10000.
void append_json_escape(std::string& out, char32_t c);

// The shortest decimal that reads back as `number`; `null` for NaN.
void append_json_number(std::string& out, double number);

}  // namespace memlog
