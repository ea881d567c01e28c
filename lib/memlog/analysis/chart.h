#pragma once

#include "memlog/analysis/curves.h"
#include "memlog/analysis/usage.h"
#include "memlog/report/report.h"

namespace memlog {

// The curves as a page draws them: names and inputs once, readings as short lists that point to them. `crashes` are
// those of an answer of `crash`: its deaths are marks.
Value chart_value(const Curves& curves, const Zones& zones, const Value& crashes, const ReadResult& result);

}  // namespace memlog
