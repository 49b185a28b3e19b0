// A store that is closed answers, and says so.

#include "conformance_side/cache_fixture.hpp"

namespace toril::conformance {
namespace {

TORIL_CACHE_SUITE(CacheClose);

TEST_P(CacheClose, CanBeRepeated) {
    set("a", entry("apple"));
    store->close(1s);
    store->close(1s);
}

TEST_P(CacheClose, OfAStoreThatWasNeverUsedIsFine) {
    store->close(1s);
}

TEST_P(CacheClose, MakesLaterCallsFailAtOnce) {
    set("a", entry("apple"));
    store->close(1s);
    const auto got = base::wait_for_answer<Result<CacheAnswer>>(10s, [&](auto done) {
        store->get({.cache = cache, .keys = {"a"}, .timeout = 5s, .now = now()}, std::move(done));
    });

    ASSERT_FALSE(got);
    EXPECT_NE(got.error().code(), ErrorCode::timed_out);
    const Result<bool> stored = try_set("a", entry("apple"));
    ASSERT_FALSE(stored);
    EXPECT_NE(stored.error().code(), ErrorCode::timed_out);
}

TEST_P(CacheClose, AnswersWhatIsUnderWay) {
    base::OneShot<bool> answered;
    store->get({.cache = cache, .keys = {"a"}, .timeout = 10s, .now = now()},
               [&](const Result<CacheAnswer>&) { answered.set(true); });
    store->close(5s);

    EXPECT_TRUE(answered.wait_for(10s));
}

TEST_P(CacheClose, EndsTheNewsOfThatStoreOnly) {
    const auto other = place.open();
    const auto closed = listen(*store);
    const auto open = listen(*other);
    store->close(1s);
    closed->take();
    store = place.open();
    set("a", entry("apple"));

    EXPECT_TRUE(open->wait_for("changed a"));
    EXPECT_TRUE(closed->take().empty());
    other->close(1s);
}

}  // namespace
}  // namespace toril::conformance
