#include <fmt/format.h>

#include <algorithm>
#include <string>

#include "memlog/report/render.h"

namespace memlog {

namespace {

std::string xml(std::string_view text) {
  std::string out;
  // Control characters are not allowed in XML 1.0, not even escaped, and neither are U+FFFE and U+FFFF.
  const std::string shown = printable(text);
  for (std::size_t at = 0; at < shown.size(); ++at) {
    const char c = shown[at];
    if (const std::string_view three = std::string_view(shown).substr(at, 3); three == "\xef\xbf\xbe" || three == "\xef\xbf\xbf") {
      out += "\xef\xbf\xbd";
      at += 2;
      continue;
    }
    switch (c) {
      case '&': out += "&amp;"; break;
      case '<': out += "&lt;"; break;
      case '>': out += "&gt;"; break;
      case '"': out += "&quot;"; break;
      default: out += c;
    }
  }
  return out;
}

// A workflow command's message; in its properties `:` and `,` count as well.
std::string command_text(std::string_view text, bool property) {
  std::string out;
  for (const char c : printable(text)) {
    switch (c) {
      case '%': out += "%25"; break;
      case ':': out += property ? "%3A" : ":"; break;
      case ',': out += property ? "%2C" : ","; break;
      default: out += c;
    }
  }
  return out;
}

std::ptrdiff_t count_of(const Report& report, Finding::State state) {
  return std::count_if(report.findings.begin(), report.findings.end(), [&](const Finding& finding) { return finding.state == state; });
}

}  // namespace

std::string render_junit(const Report& report) {
  std::string out = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n";
  out += fmt::format("  <testsuite name=\"memlog {}\" tests=\"{}\" failures=\"{}\" errors=\"0\" skipped=\"{}\">\n", xml(report.gate), report.findings.size(),
                     count_of(report, Finding::State::broken), count_of(report, Finding::State::undecided));
  for (const Finding& finding : report.findings) {
    out += fmt::format("    <testcase classname=\"memlog.{}\" name=\"{}\"", xml(report.gate), xml(finding.rule));
    const std::string where = finding.path.empty() ? "" : finding.line == 0 ? finding.path : fmt::format("{}:{}", finding.path, finding.line);
    switch (finding.state) {
      case Finding::State::held: out += "/>\n"; break;
      case Finding::State::broken:
        out += fmt::format(">\n      <failure message=\"{}\">{}</failure>\n    </testcase>\n", xml(finding.message), xml(where));
        break;
      case Finding::State::undecided: out += fmt::format(">\n      <skipped message=\"{}\"/>\n    </testcase>\n", xml(finding.message)); break;
    }
  }
  return out + "  </testsuite>\n</testsuites>\n";
}

std::string render_github(const Report& report) {
  std::string out;
  for (const Finding& finding : report.findings) {
    if (finding.state == Finding::State::held) continue;
    std::string properties;
    if (!finding.path.empty() && finding.path != "-") {
      properties += "file=" + command_text(finding.path, true);
      if (finding.line > 0) properties += fmt::format(",line={}", finding.line);
      properties += ",";
    }
    properties += "title=" + command_text("memlog " + report.gate + " " + finding.rule, true);
    out += fmt::format("::{} {}::{}\n", finding.state == Finding::State::broken ? "error" : "warning", properties, command_text(finding.message, false));
  }
  return out;
}

}  // namespace memlog
