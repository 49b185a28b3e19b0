#include <toril/throttle.hpp>
