#pragma once

#include <cstddef>

namespace memlog::app {

// The cores that this process may use: its scheduling affinity, and no more than the quota of its control group.
std::size_t available_cores();

}  // namespace memlog::app
