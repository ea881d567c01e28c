#pragma once

#include <vector>

#include "memlog/stats/shapes.h"

namespace memlog::stats {

// Adds the shapes steps1 … steps4, without and with a trend: forward selection of the shift that lowers the whitened
// residual most, its place paid for as Zhang & Siegmund 2007 advise. PELT [Killick 2012] would find the best set of
// shifts instead, but only for independent errors.
void add_level_shifts(ShapeFrame& frame, std::vector<Candidate>& out);

}  // namespace memlog::stats
