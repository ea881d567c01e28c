#pragma once

#include <string_view>

// What a page is made of besides its data: written by the build from the files themselves.
namespace memlog {

extern const std::string_view kDygraphsScript;
extern const std::string_view kDygraphsStyle;
extern const std::string_view kPageScript;
extern const std::string_view kPageStyle;

}  // namespace memlog
