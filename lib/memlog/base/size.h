#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace memlog {

// Reads a size such as `512MB`, `1.5 GiB`, `600` or `70%` less the percent sign, and returns it in MB of 1024 * 1024
// bytes, the unit of every log that memlog reads. A bare number is MB. K, M, G and T with or without B or iB are
// powers of 1024, as in the logs; B is bytes. Nothing for anything else or a negative size.
std::optional<double> parse_size_mb(std::string_view text);

// `598.4 MB`, `2.0 GB` from 10,000 MB on.
std::string format_size(double mb);

}  // namespace memlog
