#include "memlog/stats/leak_result.h"

namespace memlog::stats {

std::string_view name_of(Verdict verdict) {
  switch (verdict) {
    case Verdict::insufficient_data: return "insufficient_data";
    case Verdict::no_leak: return "no_leak";
    case Verdict::below_threshold: return "below_threshold";
    case Verdict::leak: return "leak";
  }
  return {};
}

std::string_view name_of(Reason reason) {
  switch (reason) {
    case Reason::none: return {};
    case Reason::steady_growth: return "steady_growth";
    case Reason::growth_since_onset: return "growth_since_onset";
    case Reason::growth_per_run: return "growth_per_run";
    case Reason::flat: return "flat";
    case Reason::shrinking: return "shrinking";
    case Reason::saturating: return "saturating";
    case Reason::level_shift: return "level_shift";
    case Reason::load_rise: return "load_rise";
    case Reason::not_significant: return "not_significant";
    case Reason::too_many_processes: return "too_many_processes";
  }
  return {};
}

std::string_view name_of(Confidence confidence) {
  switch (confidence) {
    case Confidence::low: return "low";
    case Confidence::medium: return "medium";
    case Confidence::high: return "high";
  }
  return {};
}

}  // namespace memlog::stats
