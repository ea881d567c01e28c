#pragma once

#include <vector>

#include "memlog/input/source.h"
#include "memlog/scan/input_stream.h"

namespace memlog {

// Dates without a year in inputs that others, which are dated, are told along with: the year is the one that puts them into
// the span of those, or nearest to it. The input's `modified` is set so that its dates get that year. An input whose name has
// a date, and one that is alone, stays as it is.
std::vector<InputPath> settle_years(std::vector<InputPath> inputs, const InputStream::Options& options);

}  // namespace memlog
