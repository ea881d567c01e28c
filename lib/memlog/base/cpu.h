#pragma once

// Vector instructions beyond those that every machine has. The program must run anywhere: code that needs them is
// compiled for them function by function (MEMLOG_AVX2) and called only where has_avx2() says so; what it does can be
// done without.
#if defined(__x86_64__) && defined(__GNUC__)
#define MEMLOG_HAS_AVX2_CODE 1
#define MEMLOG_AVX2 __attribute__((target("avx2,bmi,bmi2")))
#else
#define MEMLOG_HAS_AVX2_CODE 0
#endif

namespace memlog {

// Asked once.
inline bool has_avx2() {
#if MEMLOG_HAS_AVX2_CODE
  static const bool has = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi") && __builtin_cpu_supports("bmi2");
  return has;
#else
  return false;
#endif
}

}  // namespace memlog
