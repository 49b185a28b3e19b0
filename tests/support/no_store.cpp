// Queue and Worker are faces that open on a Store, and a Store needs every backend. Unit tests
// of what is behind the faces never open one, and link this in its place.

#include <toril/store.hpp>

#include <cstdlib>

namespace toril {

const contract::Backend& Store::backend() const noexcept {
    std::abort();
}

const StoreOptions& Store::options() const noexcept {
    std::abort();
}

}  // namespace toril
