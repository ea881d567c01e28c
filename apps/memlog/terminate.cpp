// In the static program only. libstdc++ prints the name of an exception that nobody catches, for which it needs a demangler
// of 50 kB; main() catches every exception, and says more of it.
#include <cstdlib>

namespace __gnu_cxx {

void __verbose_terminate_handler();
void __verbose_terminate_handler() { std::abort(); }

}  // namespace __gnu_cxx
