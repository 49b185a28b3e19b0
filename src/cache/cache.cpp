#include <toril/cache.hpp>
