#pragma once

#include <span>
#include <string_view>

namespace memlog {

// The word of `known` that `word` was probably meant to be: one that it begins, else the nearest that is at most a third
// of its letters away by Levenshtein distance. Empty when none is near.
std::string_view suggest(std::string_view word, std::span<const std::string_view> known);

}  // namespace memlog
