#include "memlog/assemble/pod_description.h"

namespace memlog::assemble {

namespace {

// A hostile text may have as many names as it has lines.
constexpr std::size_t kMostLimits = 256;

}  // namespace

PodDescription::Then PodDescription::take(const Event& part, std::string_view text) {
  if (part.line > last_line_ + kReach) *this = {};
  last_line_ = part.line;
  switch (static_cast<PodWord>(static_cast<int>(part.delta_mb))) {
    case PodWord::pod:
      *this = {};
      last_line_ = part.line;
      pod_ = text;
      return Then::is_complete;
    case PodWord::containers:
      described_ = by_describe_ = true;
      in_limits_ = false;
      return Then::is_complete;
    case PodWord::container:
      if (!by_describe_) return Then::goes_on;
      container_ = text;
      started_.clear();
      in_limits_ = false;
      return Then::is_complete;
    case PodWord::limits: in_limits_ = true; return Then::goes_on;
    case PodWord::requests: in_limits_ = false; return Then::goes_on;
    case PodWord::memory:
      if (in_limits_ && limits_.size() < kMostLimits) limits_.insert_or_assign(container_, part.limit_mb);
      in_limits_ = false;
      // A container's limit stands behind its state there.
      return by_describe_ ? Then::is_complete : Then::goes_on;
    case PodWord::metadata:
      *this = {};
      last_line_ = part.line;
      metadata_indent_ = part.rss_mb;
      return Then::is_complete;
    case PodWord::name:
      if (by_describe_) return Then::goes_on;
      // `metadata:` has names of owners further in.
      if (is_known(metadata_indent_) && pod_.empty()) {
        if (part.rss_mb > metadata_indent_) pod_ = text;
        return Then::goes_on;
      }
      container_ = text;
      return in_state_ ? Then::is_complete : Then::goes_on;
    case PodWord::state:
      described_ = true;
      started_.clear();
      if (!by_describe_) {
        in_state_ = true;
        container_.clear();
      }
      return Then::goes_on;
    case PodWord::started: started_ = text; return Then::goes_on;
    case PodWord::end: described_ = false; return Then::is_complete;
  }
  return Then::goes_on;
}

double PodDescription::limit_mb() const {
  const auto known = limits_.find(container_);
  return known == limits_.end() ? kMissing : known->second;
}

void PodDescription::state_is_told() {
  started_.clear();
  if (!by_describe_) container_.clear();
}

}  // namespace memlog::assemble
