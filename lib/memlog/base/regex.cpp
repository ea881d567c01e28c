#include "memlog/base/regex.h"

#include <re2/re2.h>

#include "memlog/base/error.h"

namespace memlog {

struct Regex::Impl {
  explicit Impl(std::string_view pattern) : re(re2::StringPiece(pattern.data(), pattern.size()), RE2::Quiet) {}
  // Kept from line to line; each thread has its own.
  static std::vector<re2::StringPiece>& found() {
    thread_local std::vector<re2::StringPiece> pieces;
    return pieces;
  }
  RE2 re;
};

Regex::Regex(std::string_view pattern, std::string_view option) : impl_(std::make_unique<Impl>(pattern)) {
  if (impl_->re.ok()) return;
  const std::string& fragment = impl_->re.error_arg();
  // RE2 ends with the part that it cannot read; the line below shows the whole, and where.
  std::string_view reason = impl_->re.error();
  if (!fragment.empty() && reason.ends_with(": " + fragment)) reason.remove_suffix(fragment.size() + 2);
  std::string what = "cannot read the pattern of " + std::string(option) + ": " + std::string(reason) + "\n  ";
  what += pattern;
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

std::vector<std::pair<std::string, int>> Regex::named_groups() const {
  std::vector<std::pair<std::string, int>> groups;
  for (const auto& [index, name] : impl_->re.CapturingGroupNames()) groups.emplace_back(name, index);
  return groups;
}

bool Regex::match(std::string_view text, std::vector<std::string_view>& groups) const {
  const int n = impl_->re.NumberOfCapturingGroups() + 1;
  std::vector<re2::StringPiece>& found = impl_->found();
  found.assign(static_cast<std::size_t>(n), re2::StringPiece());
  if (!impl_->re.Match(re2::StringPiece(text.data(), text.size()), 0, text.size(), RE2::UNANCHORED, found.data(), n)) return false;
  groups.clear();
  for (const re2::StringPiece& piece : found) groups.emplace_back(piece.data(), piece.size());
  return true;
}

}  // namespace memlog
