#include "memlog/scan/survey.h"

#include <algorithm>

#include "memlog/base/text.h"

namespace memlog {

namespace {

constexpr std::size_t kLongestShape = 120;
constexpr std::size_t kLongestExample = 200;
constexpr std::string_view kMore = "…";

bool is_hex(char c) { return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }

// The end of the run of hexadecimal digits and dashes at `at` when it is an id: eight characters at least, with digits.
std::size_t end_of_id(std::string_view s, std::size_t at) {
  constexpr std::size_t kShortestId = 8;
  std::size_t end = at;
  std::size_t digits = 0;
  std::size_t letters = 0;
  while (end < s.size() && (is_hex(s[end]) || (s[end] == '-' && end + 1 < s.size() && is_hex(s[end + 1])))) {
    digits += is_digit(s[end]) ? 1 : 0;
    letters += is_alpha(s[end]) ? 1 : 0;
    ++end;
  }
  const bool whole = end == s.size() || (!is_alnum(s[end]) && s[end] != '_');
  return whole && letters > 0 && digits > 1 && end - at >= kShortestId ? end : at;
}

// The end of the number at `at`: `12`, `12.5`, `1,234`, `08:30:00`, `10.0.0.1`.
std::size_t end_of_number(std::string_view s, std::size_t at) {
  std::size_t end = at;
  while (end < s.size() && is_digit(s[end])) {
    while (end < s.size() && is_digit(s[end])) ++end;
    const bool joins = end + 1 < s.size() && (s[end] == '.' || s[end] == ',' || s[end] == ':') && is_digit(s[end + 1]);
    if (joins) ++end;
  }
  return end;
}

// The place of the quote that closes the one at `at`, or `at`. An apostrophe inside a word opens nothing.
std::size_t closing_quote(std::string_view s, std::size_t at) {
  if (at > 0 && is_alnum(s[at - 1])) return at;
  const auto end = s.find(s[at], at + 1);
  if (end == std::string_view::npos || (end + 1 < s.size() && is_alnum(s[end + 1]))) return at;
  return end;
}

std::string_view clipped(std::string_view s, std::size_t most) {
  if (s.size() <= most) return s;
  while (most > 0 && (static_cast<unsigned char>(s[most]) & 0xc0) == 0x80) --most;
  return s.substr(0, most);
}

}  // namespace

std::string shape_of(std::string_view message) {
  std::string out;
  message = trim(message);
  std::size_t at = 0;
  while (at < message.size() && out.size() < kLongestShape) {
    const char c = message[at];
    const bool starts_word = at == 0 || !is_alnum(message[at - 1]);
    if (starts_word && is_hex(c)) {
      if (const std::size_t end = end_of_id(message, at); end != at) {
        out += "ID";
        at = end;
        continue;
      }
    }
    if (is_digit(c)) {
      out += 'N';
      at = end_of_number(message, at);
    } else if (c == '\'' || c == '"') {
      const std::size_t end = closing_quote(message, at);
      if (end != at) out.append(1, c).append(kMore);
      out += c;
      at = end + 1;
    } else {
      // Rules and runs of blanks have many lengths.
      std::size_t end = at + 1;
      while (!is_alpha(c) && end < message.size() && message[end] == c) ++end;
      out.append(std::min<std::size_t>(end - at, is_space(c) ? 1 : 3), is_space(c) ? ' ' : c);
      at = end;
    }
  }
  const std::string_view short_enough = clipped(out, kLongestShape);
  const bool cut = at < message.size() || short_enough.size() < out.size();
  return std::string(trim_right(short_enough)) + (cut ? std::string(kMore) : "");
}

void Survey::fold(const EventBatch& batch, std::uint16_t input, std::uint64_t lines_before) {
  for (const SurveyedLine& line : batch.surveyed) {
    const auto known = stacks_.find(line.layers);
    // Damaged lines may seem to have any stack: they are not told apart for ever.
    Stack& stack = known != stacks_.end() || stacks_.size() < kMostStacks ? stacks_[line.layers] : stacks_[0];
    ++stack.lines;
    if (line.record) ++stack.record_lines;
    if (line.time.known() && line.time.dated) {
      if (!stack.first_time.known()) stack.first_time = line.time;
      stack.last_time = line.time;
    }
    if (line.ignored) add_shape(line, input, lines_before + line.line);
  }
}

void Survey::add_shape(const SurveyedLine& line, std::uint16_t input, std::uint64_t number) {
  ++ignored_;
  std::string shape = shape_of(line.message);
  const auto [at, fresh] = shapes_.try_emplace(shape);
  ++at->second.lines;
  if (!fresh) return;
  at->second = {std::move(shape), std::string(clipped(line.text, kLongestExample)), input, number, 1};
  if (shapes_.size() > kMostShapes) forget_rare();
}

void Survey::forget_rare() {
  for (const Shape& rare : [&] {
         std::vector<Shape> all = shapes(shapes_.size());
         all.erase(all.begin(), all.begin() + kMostShapes / 2);
         return all;
       }()) {
    shapes_.erase(rare.shape);
  }
}

std::vector<Survey::Stack> Survey::stacks() const {
  std::vector<Stack> all;
  for (const auto& [layers, stack] : stacks_) {
    all.push_back(stack);
    all.back().layers = layers;
  }
  std::stable_sort(all.begin(), all.end(), [](const Stack& a, const Stack& b) { return a.lines > b.lines; });
  return all;
}

std::vector<Survey::Shape> Survey::shapes(std::size_t most) const {
  std::vector<Shape> all;
  for (const auto& known : shapes_) all.push_back(known.second);
  std::sort(all.begin(), all.end(), [](const Shape& a, const Shape& b) {
    if (a.lines != b.lines) return a.lines > b.lines;
    return a.input != b.input ? a.input < b.input : a.line < b.line;
  });
  if (all.size() > most) all.resize(most);
  return all;
}

}  // namespace memlog
