#include <doctest/doctest.h>

#include <cmath>
#include <limits>

#include "memlog/stats/student_t.h"

using namespace memlog::stats;

namespace {

bool near(double got, double want, double relative) { return std::fabs(got - want) <= relative * std::fabs(want); }

struct Case {
  double x;
  double df;
  double tail;
};

}  // namespace

TEST_CASE("student t: tails agree with scipy.stats.t.sf, far out too") {
  const Case cases[] = {
      {2.0, 7.5, 0.0414484976490831},   {-1.3, 34.0, 0.898827287639315},   {0.0, 3.0, 0.5},
      {40.0, 5.0, 9.20598108588648e-08}, {0.001, 1.0, 0.499681690219919},  {3.0, 1000.0, 0.00138335452211909},
      {12.0, 100.0, 2.19754385780218e-21}, {-5.0, 2.0, 0.981125224324688}, {1.5, 1e5, 0.0668087797614153},
  };
  for (const Case& c : cases) {
    CAPTURE(c.x);
    CAPTURE(c.df);
    CHECK(near(student_t_tail(c.x, c.df), c.tail, 1e-9));
  }
}

TEST_CASE("student t: quantiles invert scipy.stats.t.sf") {
  CHECK(near(student_t_quantile(0.95, 34.0), 1.690924255186854, 1e-9));
  CHECK(near(student_t_quantile(0.95, 7.5), 1.87574747921129, 1e-9));
  CHECK(near(student_t_quantile(0.9999, 3.0), 22.2037422732042, 1e-9));
  CHECK(near(student_t_quantile(0.05, 10.0), -1.81246112281073, 1e-9));
  CHECK(near(student_t_quantile(0.6, 1.0), 0.324919696234074, 1e-9));
  CHECK(std::fabs(student_t_quantile(0.5, 4.0)) < 1e-12);
}

TEST_CASE("student t: what is not a number or not a probability gives no number") {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const double infinity = std::numeric_limits<double>::infinity();
  CHECK(std::isnan(student_t_tail(nan, 3.0)));
  CHECK(std::isnan(student_t_tail(1.0, 0.0)));
  CHECK(std::isnan(student_t_tail(1.0, nan)));
  CHECK(std::isnan(student_t_quantile(0.0, 3.0)));
  CHECK(std::isnan(student_t_quantile(1.0, 3.0)));
  CHECK(std::isnan(student_t_quantile(0.5, -1.0)));
  CHECK(student_t_tail(infinity, 3.0) == 0.0);
  CHECK(student_t_tail(-infinity, 3.0) == 1.0);
  CHECK(student_t_tail(1e200, 3.0) == 0.0);
}

TEST_CASE("student t: the incomplete beta function agrees with scipy.special.betainc and keeps to its ends") {
  CHECK(near(incomplete_beta(2.0, 3.0, 0.4, 0.6), 0.5248, 1e-13));
  CHECK(near(incomplete_beta(0.5, 20.0, 0.01, 0.99), 0.471369935485016, 1e-12));
  CHECK(incomplete_beta(2.0, 3.0, 0.0, 1.0) == 0.0);
  CHECK(incomplete_beta(2.0, 3.0, 1.0, 0.0) == 1.0);
}
