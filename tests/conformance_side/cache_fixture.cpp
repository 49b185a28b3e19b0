#include "conformance_side/cache_fixture.hpp"

namespace toril::conformance {

CacheStoreConformance::CacheStoreConformance() : CacheStoreConformance(GetParam().make()) {}

CacheStoreConformance::CacheStoreConformance(CachePlace made)
    : CacheClient(made.open()), place(std::move(made)) {}

CacheStoreConformance::~CacheStoreConformance() {
    store->close(5s);
    store.reset();
    place.clean_up();
}

void CacheStoreConformance::pass_time(Millis by) {
    now_ += by;
    place.pass_time(by);
}

}  // namespace toril::conformance
