#pragma once

#include <cstdint>

// Ordinary least squares of memory on time, one sample at a time, in constant memory.
namespace memlog::stats {

// A straight line with an intercept. Sums are of distances from the first sample (Chan, Golub & LeVeque 1983: shifted
// data), so times in seconds since 1970 cost no digits; Welford's update would cost a division for each sample of a
// log of millions. Slope per unit of t: NaN until two different times were seen.
class RunningLine {
 public:
  void add(double t, double y) {
    if (count_ == 0) {
      first_t_ = t;
      first_y_ = y;
    }
    add_next(t, y);
  }
  // The same where there is a sample already: in a loop over a copy of the line, the sums stay in registers.
  void add_next(double t, double y) {
    ++count_;
    const double dt = t - first_t_;
    const double dy = y - first_y_;
    sum_t_ += dt;
    sum_y_ += dy;
    sum_tt_ += dt * dt;
    sum_ty_ += dt * dy;
  }

  std::uint64_t count() const { return count_; }
  double slope() const;
  double value_at(double t) const { return fitted().at(t); }
  // The same for who asks for many.
  struct Fitted {
    double middle_y = 0.0;
    double slope = 0.0;
    double first_t = 0.0;
    double middle_t = 0.0;    // behind the first
    double at(double t) const { return middle_y + slope * (t - first_t - middle_t); }
  };
  Fitted fitted() const;
  double intercept() const { return value_at(0.0); }

  // Centred sums Σ(t-t̄)² and Σ(t-t̄)(y-ȳ).
  double centred_tt() const;
  double centred_ty() const;

 private:
  std::uint64_t count_ = 0;
  double first_t_ = 0.0;
  double first_y_ = 0.0;
  double sum_t_ = 0.0;
  double sum_y_ = 0.0;
  double sum_tt_ = 0.0;
  double sum_ty_ = 0.0;
};

// One slope for several segments, each with a level of its own: what happens between two segments, a restart, says
// nothing about the slope. The within-groups estimator of the analysis of covariance: ΣΣty / ΣΣtt.
class SegmentedLine {
 public:
  void add(double t, double y) { open_.add(t, y); }
  void new_segment();
  double slope() const;
  const RunningLine& open() const { return open_; }           // of the segment alone
  void set_open(const RunningLine& line) { open_ = line; }    // with more samples

 private:
  RunningLine open_;
  double sum_tt_ = 0.0;
  double sum_ty_ = 0.0;
};

}  // namespace memlog::stats
