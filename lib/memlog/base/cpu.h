#pragma once

#include <cstdint>

// Vector instructions beyond those that every machine has. The program must run anywhere: code that needs them is
// compiled for them function by function (MEMLOG_AVX2, MEMLOG_AVX512) and called only where vectors() says so; what it
// does can be done without.
#if defined(__x86_64__) && defined(__GNUC__)
#define MEMLOG_HAS_AVX2_CODE 1
#define MEMLOG_AVX2 __attribute__((target("avx2,bmi,bmi2")))
#define MEMLOG_AVX512 __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx2,bmi,bmi2")))
#else
#define MEMLOG_HAS_AVX2_CODE 0
#endif

namespace memlog {

enum class Vectors : std::uint8_t { none, avx2, avx512 };

// What the machine has; asked once.
inline Vectors vectors() {
#if MEMLOG_HAS_AVX2_CODE
  static const Vectors has = [] {
    if (!__builtin_cpu_supports("avx2") || !__builtin_cpu_supports("bmi") || !__builtin_cpu_supports("bmi2")) return Vectors::none;
    const bool wide = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl");
    return wide ? Vectors::avx512 : Vectors::avx2;
  }();
  return has;
#else
  return Vectors::none;
#endif
}

}  // namespace memlog
