#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "memlog/event/text_arena.h"

// The little of JSON that log envelopes need: one object on one line, whose values are looked at one after the other.
namespace memlog::envelope {

// The text of a JSON string up to its closing quote, as it stands there (escapes and all); removed from `s` with the
// quote. `s` begins behind the opening quote. A string that the end of the line cuts off is taken as far as it goes.
std::string_view take_json_string(std::string_view& s);

// The string without its escapes: itself where it has none, else a copy in `arena`. `\u00e9` becomes UTF-8.
std::string_view unescape_json(std::string_view raw, TextArena& arena);

// The character as UTF-8; returns the place behind it.
char* put_utf8(char* out, std::uint32_t c);

// Any value at the front of `s`, with everything inside it; removed. A string comes without its quotes.
std::string_view take_json_value(std::string_view& s);

// Walks over the members of an object: `s` begins behind the brace or behind the member before. Nothing at the end of
// the object or where it is none.
struct JsonMember {
  std::string_view key;    // escaped, as it stands there
  std::string_view value;  // a string without its quotes, anything else as it stands there
  bool text = false;       // it is a string
};
std::optional<JsonMember> next_json_member(std::string_view& s);

}  // namespace memlog::envelope
