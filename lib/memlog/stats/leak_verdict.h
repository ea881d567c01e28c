#pragma once

#include "memlog/stats/leak_result.h"
#include "memlog/stats/model_average.h"

namespace memlog::stats {

// Turns probabilities into words. `chances` is the number of processes that are analysed one by one: each is a chance
// of a false alarm, so each has to be surer.
Verdict decide(const Average& average, std::size_t chances);

// That the verdict is right.
Confidence confidence_in(Verdict verdict, const Average& average);

// Why, by the class with most weight; of a positive verdict, by the one among those that keep growing.
ShapeClass deciding_class(Verdict verdict, const Average& average);
Reason reason_for(Verdict verdict, const Average& average);

}  // namespace memlog::stats
