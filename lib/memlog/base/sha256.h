#pragma once

#include <string>
#include <string_view>

namespace memlog {

// The SHA-256 of `bytes` (FIPS 180-4), in base64: how a content security policy names the scripts that it allows.
std::string sha256_base64(std::string_view bytes);

}  // namespace memlog
