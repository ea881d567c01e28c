#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace memlog::stats {

// A curve in bounded memory: time in equal bins, of each the lowest and the highest reading, so that peaks survive
// however long the log is. When the time is longer than all bins, their width doubles. The same readings in the same
// order give the same curve.
class Curve {
 public:
  struct Point {
    double t = 0;
    double mb = 0;
    std::uint64_t source = 0;      // whatever finds the reading again
    std::uint32_t label = 0;
    bool used = false;
  };
  struct Bin {
    Point low;
    Point high;
  };

  explicit Curve(std::size_t bins = 2048) : most_(bins) {}

  void add(double t, double mb, std::uint32_t label, std::uint64_t source);

  // The kept readings by time: of a bin with one reading that one, else its lowest and its highest.
  std::vector<Point> points() const;

  bool empty() const { return bins_.empty(); }
  double width_s() const { return width_s_; }

 private:
  void widen();
  static void merge(Bin& bin, const Bin& other);

  std::size_t most_;
  std::vector<Bin> bins_;
  double origin_ = 0;
  double width_s_ = 1.0 / 64;
};

}  // namespace memlog::stats
