#include "memlog/stats/student_t.h"

#include <cmath>
#include <initializer_list>
#include <limits>

namespace memlog::stats {
namespace {

constexpr int kMaxTerms = 10000;    // the fraction needs about sqrt(max(a, b)) terms: enough for 10^7 degrees of freedom
constexpr double kTiny = 1e-300;    // Lentz: replaces a zero denominator
constexpr double kPrecise = 1e-15;
constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

double away_from_zero(double v) { return std::fabs(v) < kTiny ? kTiny : v; }

// Coefficient of the m-th pair of terms: the even one, then the odd one.
double even_term(double a, double b, double x, double m) { return m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m)); }
double odd_term(double a, double b, double x, double m) {
  return -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1));
}

double beta_fraction(double a, double b, double x) {
  double c = 1.0;
  double d = 1.0 / away_from_zero(1.0 + odd_term(a, b, x, 0.0));
  double value = d;
  for (int m = 1; m <= kMaxTerms; ++m) {
    double step = 1.0;
    for (const double term : {even_term(a, b, x, m), odd_term(a, b, x, m)}) {
      d = 1.0 / away_from_zero(1.0 + term * d);
      c = away_from_zero(1.0 + term / c);
      step = c * d;
      value *= step;
    }
    if (std::fabs(step - 1.0) < kPrecise) break;
  }
  return value;
}

}  // namespace

double incomplete_beta(double a, double b, double x, double y) {
  if (!(x > 0.0)) return x == 0.0 ? 0.0 : kNan;
  if (!(y > 0.0)) return y == 0.0 ? 1.0 : kNan;
  const double log_front = std::lgamma(a + b) - std::lgamma(a) - std::lgamma(b) + a * std::log(x) + b * std::log(y);
  const double front = std::exp(log_front);
  // The fraction converges fast on one side of the mean only; the other side follows by symmetry.
  if (x < (a + 1.0) / (a + b + 2.0)) return front * beta_fraction(a, b, x) / a;
  return 1.0 - front * beta_fraction(b, a, y) / b;
}

double student_t_tail(double x, double df) {
  if (std::isnan(x) || !(df > 0.0) || std::isinf(df)) return kNan;
  if (std::isinf(x) || std::isinf(x * x)) return x > 0 ? 0.0 : 1.0;
  const double total = df + x * x;
  const double outside = 0.5 * incomplete_beta(0.5 * df, 0.5, df / total, x * x / total);
  return x >= 0.0 ? outside : 1.0 - outside;
}

double student_t_quantile(double p, double df) {
  if (!(p > 0.0 && p < 1.0) || !(df > 0.0) || std::isinf(df)) return kNan;
  if (p < 0.5) return -student_t_quantile(1.0 - p, df);
  const double tail = 1.0 - p;
  double high = 1.0;
  while (student_t_tail(high, df) > tail && high < 1e150) high *= 2.0;
  double low = 0.0;
  for (int i = 0; i < 200 && high - low > 1e-15 * high; ++i) {
    const double middle = 0.5 * (low + high);
    (student_t_tail(middle, df) > tail ? low : high) = middle;
  }
  return 0.5 * (low + high);
}

}  // namespace memlog::stats
