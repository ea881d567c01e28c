#include "memlog/base/regex.h"

#include <re2/re2.h>

#include "memlog/base/error.h"

namespace memlog {

struct Regex::Impl {
  explicit Impl(std::string_view pattern) : re(re2::StringPiece(pattern.data(), pattern.size()), RE2::Quiet) {}
  RE2 re;
};

Regex::Regex(std::string_view pattern, std::string_view option) : impl_(std::make_unique<Impl>(pattern)) {
  if (impl_->re.ok()) return;
  std::string what = "cannot read the pattern of " + std::string(option) + ": " + impl_->re.error() + "\n  ";
  what += pattern;
  const std::string& fragment = impl_->re.error_arg();
  const auto at = fragment.empty() ? std::string_view::npos : pattern.find(fragment);
  if (at != std::string_view::npos) what += "\n  " + std::string(at, ' ') + "^";
  throw Error(what, "patterns are RE2: https://github.com/google/re2/wiki/Syntax; quote characters that should stand for themselves with '\\'");
}

Regex::~Regex() = default;
Regex::Regex(Regex&&) noexcept = default;
Regex& Regex::operator=(Regex&&) noexcept = default;

bool Regex::matches(std::string_view text) const {
  return RE2::PartialMatch(re2::StringPiece(text.data(), text.size()), impl_->re);
}

}  // namespace memlog
