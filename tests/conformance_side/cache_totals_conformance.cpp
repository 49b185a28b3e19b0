// What all processes count together, and how much of a cache there is.

#include "conformance_side/cache_fixture.hpp"

#include <map>
#include <string>

namespace toril::conformance {
namespace {

using contract::CacheTotals;
using Counts = std::map<std::string, std::uint64_t>;

TORIL_CACHE_SUITE(CacheTotalsOf);

Status tally(CacheStore& store, const Counts& counts) {
    return base::wait_for_answer<Status>(
        20s, [&](auto done) { store.tally("tasks", counts, 10s, std::move(done)); });
}

CacheTotals totals(CacheStore& store) {
    auto answer = base::wait_for_answer<Result<CacheTotals>>(
        20s, [&](auto done) { store.totals("tasks", 10s, std::move(done)); });
    EXPECT_TRUE(answer) << answer.error().message();
    return answer ? *answer : CacheTotals{};
}

TEST_P(CacheTotalsOf, NothingAreNone) {
    const CacheTotals none = totals(*store);

    EXPECT_EQ(none.counts, Counts{});
    EXPECT_EQ(none.entries, 0u);
    EXPECT_EQ(none.bytes, 0u);
}

TEST_P(CacheTotalsOf, SeveralProcessesAddUp) {
    const std::shared_ptr<CacheStore> other = place.open();
    ASSERT_TRUE(tally(*store, {{"hits", 2}, {"misses", 1}}));
    ASSERT_TRUE(tally(*other, {{"hits", 3}}));

    EXPECT_EQ(totals(*store).counts, (Counts{{"hits", 5}, {"misses", 1}}));
}

TEST_P(CacheTotalsOf, EntriesGrowAndShrinkWithThem) {
    set("a", entry("apple"));
    set("b", entry(std::string(5'000, 'b')));
    const CacheTotals two = totals(*store);
    EXPECT_EQ(two.entries, 2u);
    EXPECT_GT(two.bytes, 5'000u);

    remove({"b"});
    const CacheTotals one = totals(*store);
    EXPECT_EQ(one.entries, 1u);
    EXPECT_LT(one.bytes, 5'000u);
}

}  // namespace
}  // namespace toril::conformance
