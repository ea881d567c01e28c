#pragma once

#include <array>
#include <cstddef>

// The worked example of the method: 36 idle readings of the daily log, 5 minutes apart from 08:30, limit 512 MB
// (truly 18 MB/h and AR(1) noise, φ 0.6, σ 2.5).
namespace worked_example {

inline constexpr std::array kRssMb = {
    199.7, 200.3, 203.6, 200.9, 202.3, 207.1, 206.1, 210.2, 212.2, 210.6, 212.4, 216.7,
    219.8, 222.8, 220.1, 224.5, 223.5, 224.9, 228.4, 228.9, 232.1, 231.1, 229.4, 230.7,
    229.7, 232.8, 238.8, 240.2, 239.8, 240.6, 243.1, 248.7, 247.1, 253.6, 259.3, 255.3};

inline double seconds(std::size_t i) { return 300.0 * static_cast<double>(i); }

}  // namespace worked_example
