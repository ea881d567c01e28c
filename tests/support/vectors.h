#pragma once

#include <vector>

#include "memlog/base/cpu.h"

namespace memlog::test {

// Those that this machine can try.
inline std::vector<Vectors> all_vectors() {
  std::vector<Vectors> out = {Vectors::none};
  if (vectors() != Vectors::none) out.push_back(Vectors::avx2);
  if (vectors() == Vectors::avx512) out.push_back(Vectors::avx512);
  return out;
}

}  // namespace memlog::test
