#include <toril/lock.hpp>
