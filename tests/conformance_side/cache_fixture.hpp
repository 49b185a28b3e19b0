#pragma once

// What every case of the suite starts from: an empty cache, and a clock that only the test moves.

#include "conformance_side/cache_backends.hpp"
#include "conformance_side/cache_client.hpp"

namespace toril::conformance {

class CacheStoreConformance : public testing::TestWithParam<CacheBackend>, public CacheClient {
protected:
    CacheStoreConformance();
    ~CacheStoreConformance() override;

    void pass_time(Millis by);

    const CachePlace place;

private:
    explicit CacheStoreConformance(CachePlace made);
};

#define TORIL_CACHE_SUITE(suite)                                                 \
    class suite : public CacheStoreConformance {};                               \
    GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(suite);                        \
    INSTANTIATE_TEST_SUITE_P(                                                    \
        On, suite, testing::ValuesIn(cache_backends()), [](const auto& tested) { \
            return tested.param.name;                                            \
        })

}  // namespace toril::conformance
