#pragma once

#include <string_view>

#include "memlog/report/packed_text.h"

// What a page is made of besides its data: written by the build from the files themselves (cmake/embed.cmake), with
// the hashes by which its content security policy names them.
namespace memlog {

extern const PackedText kPageScript;            // dygraphs and ours
extern const std::string_view kPageScriptHash;  // SHA-256 in base64
extern const PackedText kPageStyle;
extern const std::string_view kPageStyleHash;

}  // namespace memlog
