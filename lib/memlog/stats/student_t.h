#pragma once

// Student's t distribution with any positive, not necessarily whole, number of degrees of freedom.
namespace memlog::stats {

// Regularised incomplete beta function I_x(a, b) for a, b > 0 and x in [0, 1]. `y` is 1 - x, given apart so that
// neither end loses digits. Continued fraction of Abramowitz & Stegun 26.5.8, evaluated by Lentz's method.
double incomplete_beta(double a, double b, double x, double y);

// P(T > x) for T with df degrees of freedom (Abramowitz & Stegun 26.7.1). NaN when x is NaN or df is not positive.
double student_t_tail(double x, double df);

// The x with P(T <= x) = p, for p in (0, 1); NaN otherwise. Bisection on student_t_tail.
double student_t_quantile(double p, double df);

}  // namespace memlog::stats
