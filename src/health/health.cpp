#include <toril/health.hpp>
