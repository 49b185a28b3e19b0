// What decides, and what is told to whom, when the store comes and goes. The store is the one in
// memory, behind a link that the test cuts.

#include "throttle/decider.hpp"

#include "backend/memory/limit_store.hpp"

#include <gtest/gtest.h>

#include <optional>

using namespace std::chrono_literals;

namespace toril::throttle {
namespace {

using contract::LimitParams;
using contract::LimitReply;

constexpr Micros store_start = 1'763'745'000'000'000us;

enum class Link { up, refuses, loses_asks, loses_answers };

// A store that is asked over a link; both have a clock that the test moves.
class FarStore final : public contract::LimitStore {
public:
    explicit FarStore(std::shared_ptr<Micros> time)
        : time_(std::move(time)),
          store_(memory::open_limit_store([this] { return store_start + *time_ + step; })) {}

    void decide(LimitParams params, contract::Done<LimitReply> done) override {
        asked.push_back(params);
        if (link == Link::refuses) return done(Error(ErrorCode::unavailable, "refused"));
        heard.push_back(params);
        if (link == Link::loses_asks) return done(Error(ErrorCode::timed_out, "late"));
        if (held) return held->push_back([=, this] { store_->decide(params, done); });
        store_->decide(std::move(params), [this, done](Result<LimitReply> reply) {
            if (link == Link::loses_answers) return done(Error(ErrorCode::outcome_unknown, "cut"));
            done(std::move(reply));
        });
    }
    void reset(std::string key, Millis timeout, contract::DoneStatus done) override {
        if (link != Link::up) return done(Error(ErrorCode::unavailable, "refused"));
        store_->reset(std::move(key), timeout, std::move(done));
    }
    void close(Millis) override {}

    // What the store was told of, the costs that it may have heard.
    std::vector<std::int64_t> debits() const {
        std::vector<std::int64_t> costs;
        for (const LimitParams& params : heard)
            if (params.kind == Kind::debit && params.asks[0].key == "k")
                costs.push_back(params.asks[0].cost);
        return costs;
    }
    // Its memory is lost: a server that was restarted.
    void empty() {
        store_ = memory::open_limit_store([this] { return store_start + *time_ + step; });
    }

    Link link = Link::up;
    Micros step{0};  // by which its clock was set
    std::vector<LimitParams> asked{};
    std::vector<LimitParams> heard{};  // not refused
    std::optional<std::vector<std::function<void()>>> held{};

private:
    std::shared_ptr<Micros> time_;
    std::shared_ptr<contract::LimitStore> store_;
};

class DeciderTest : public testing::Test {
protected:
    DeciderTest() { decider = make({}); }

    std::shared_ptr<Decider> make(const ThrottleOptions& options) {
        return std::make_shared<Decider>(
            DeciderParts{.store = store,
                         .fallbacks = board,
                         .table = std::move(*HostTable::open_private(1'000)),
                         .options = options,
                         .log = base::Logger([this](const LogRecord& record) {
                             events.emplace_back(record.event);
                         }),
                         .clock = [time = time] { return *time; }});
    }
    Result<Decided> ask(Kind kind, Asks asks) {
        std::optional<Result<Decided>> answer;
        decider->decide(
            kind, std::move(asks), [&](Result<Decided> decided) { answer = std::move(decided); });
        if (!answer) throw std::runtime_error("no answer");
        return *answer;
    }
    Decided decide(Kind kind, std::int64_t cost = 1, const std::string& key = "k") {
        Result<Decided> decided = ask(kind, {{.key = key, .rule = rule, .cost = cost}});
        if (decided) return *decided;
        ADD_FAILURE() << decided.error().message();
        return {.decisions = {{}}};
    }
    Decided take(std::int64_t cost = 1, const std::string& key = "k") {
        return decide(Kind::take, cost, key);
    }
    int take_while_allowed() {
        int taken = 0;
        while (take().decisions[0].allowed)
            ++taken;
        return taken;
    }
    void come_back() {
        store->link = Link::up;
        EXPECT_TRUE(decider->is_store_back());
    }

    RateRule rule{.max = 10, .per = 60s};
    std::shared_ptr<Micros> time = std::make_shared<Micros>(1'000s);
    std::shared_ptr<FarStore> store = std::make_shared<FarStore>(time);
    std::shared_ptr<base::FallbackBoard> board = std::make_shared<base::FallbackBoard>();
    std::vector<std::string> events{};
    std::shared_ptr<Decider> decider{};
};

TEST_F(DeciderTest, LetsTheStoreDecideWhileItIsThere) {
    const Decided decided = take();

    EXPECT_TRUE(decided.decisions[0].allowed);
    EXPECT_EQ(decided.decisions[0].remaining, 9);
    EXPECT_EQ(decided.mode, LimitMode::store);
    EXPECT_TRUE(events.empty());
}

TEST_F(DeciderTest, RefusesFromMemoryWhatWasRefusedUntilItCouldBeAllowed) {
    take(10);
    const Micros retry = take().decisions[0].retry_after;
    const std::size_t asked = store->asked.size();

    *time += retry - 1us;
    const Decided remembered = take();
    EXPECT_EQ(remembered.mode, LimitMode::remembered);
    EXPECT_EQ(remembered.decisions[0].retry_after, 1us);
    EXPECT_EQ(store->asked.size(), asked) << "nobody was asked";

    *time += 1us;
    EXPECT_TRUE(take().decisions[0].allowed);
}

TEST_F(DeciderTest, AsksTheStoreForLessThanWhatWasRefused) {
    take(5);
    EXPECT_FALSE(take(8).decisions[0].allowed);

    EXPECT_TRUE(take(5).decisions[0].allowed);
}

TEST_F(DeciderTest, RemembersNoRefusalOnceSomethingWasGivenBack) {
    take(10);
    take();

    decide(Kind::refund);

    EXPECT_TRUE(take().decisions[0].allowed);
}

TEST_F(DeciderTest, AsksEachTimeWhenRefusalsAreNotToBeRemembered) {
    decider = make({.remember_refusals = false});
    take(10);
    take();
    const std::size_t asked = store->asked.size();

    EXPECT_EQ(take().mode, LimitMode::store);
    EXPECT_EQ(store->asked.size(), asked + 1);
}

// R2: from where the store was, not from the beginning.
TEST_F(DeciderTest, CountsOnFromTheStoresStateWhenItIsAway) {
    take(7);
    store->link = Link::refuses;

    EXPECT_EQ(take_while_allowed(), 3);
    EXPECT_EQ(take().mode, LimitMode::local);
    *time += 64s;
    EXPECT_EQ(take_while_allowed(), 10) << "and time goes on";
}

// R2: back in the same way.
TEST_F(DeciderTest, TellsTheStoreWhatWasTakenMeanwhileBeforeItsWordCounts) {
    take(2);
    store->link = Link::refuses;
    take();
    take(5);
    come_back();

    const Decided decided = take();

    EXPECT_EQ(decided.mode, LimitMode::store);
    EXPECT_EQ(decided.decisions[0].remaining, 10 - 2 - 6 - 1);
    EXPECT_EQ(store->debits(), std::vector<std::int64_t>{6});
    EXPECT_EQ(decider->counters().sum(Counters::carried_over), 1U);
    take();
    EXPECT_EQ(store->debits().size(), 1U) << "once";
}

TEST_F(DeciderTest, LetsAServerThatForgotAllAllowNoMoreThanItsOwnShare) {
    EXPECT_EQ(take_while_allowed(), 10);
    store->link = Link::refuses;
    EXPECT_EQ(take_while_allowed(), 0);
    store->empty();
    come_back();

    // R2: 2 x max in all, over an outage.
    EXPECT_LE(take_while_allowed(), 10);
}

// R4: it may have been taken there; it is counted here, and never asked again.
TEST_F(DeciderTest, CountsWhatMayHaveHappenedAsTakenAndSendsItOnce) {
    store->link = Link::loses_answers;
    const std::size_t before = store->asked.size();

    const Decided decided = take(4);

    EXPECT_TRUE(decided.decisions[0].allowed);
    EXPECT_EQ(decided.mode, LimitMode::local);
    EXPECT_EQ(store->asked.size(), before + 1);
    come_back();
    EXPECT_EQ(take().decisions[0].remaining, 10 - 4 - 4 - 1) << "on the safe side: twice";
}

TEST_F(DeciderTest, TellsNothingAgainOfWhichTheAnswerWasLost) {
    store->link = Link::refuses;
    take(3);
    take(1);
    come_back();
    store->link = Link::loses_answers;
    EXPECT_EQ(take().mode, LimitMode::local);
    store->link = Link::up;
    EXPECT_EQ(take().mode, LimitMode::store);

    EXPECT_EQ(store->debits(), (std::vector<std::int64_t>{4, 1}));
}

TEST_F(DeciderTest, TellsAgainWhatTheStoreDidNotHearForCertain) {
    store->link = Link::refuses;
    take(3);
    come_back();
    store->link = Link::refuses;
    take();
    come_back();

    EXPECT_EQ(take().decisions[0].remaining, 10 - 3 - 1 - 1);
}

TEST_F(DeciderTest, DecidesHereWhileSomebodyElseIsTellingTheStore) {
    store->link = Link::refuses;
    take(2);
    take(1);
    come_back();
    store->held.emplace();
    std::optional<Result<Decided>> first;
    decider->decide(Kind::take, {{.key = "k", .rule = rule}}, [&](Result<Decided> decided) {
        first = std::move(decided);
    });

    EXPECT_EQ(take().mode, LimitMode::local);

    auto held = std::move(*store->held);
    store->held.reset();
    for (const auto& go : held)
        go();
    ASSERT_TRUE(first && *first);
    EXPECT_EQ((*first)->mode, LimitMode::store);
    EXPECT_EQ(take().decisions[0].remaining, 10 - 3 - 1 - 1 - 1);
}

TEST_F(DeciderTest, AsksNobodyInVainWhileTheStoreIsAway) {
    store->link = Link::loses_asks;
    take();
    take();
    const std::size_t asked = store->asked.size();
    for (int i = 0; i < 100; ++i)
        take();

    EXPECT_EQ(store->asked.size(), asked);
    EXPECT_FALSE(decider->is_store_back());
    EXPECT_EQ(store->asked.size(), asked + 1) << "the scout looks";
    EXPECT_EQ(store->asked.back().kind, Kind::debit) << "a store that refuses writes is away too";
}

TEST_F(DeciderTest, SaysOnceThatTheStoreIsAwayAndOnceThatItIsBack) {
    store->link = Link::refuses;
    for (int i = 0; i < 5; ++i)
        take();
    EXPECT_TRUE(board->is_any_active());
    come_back();
    take();

    EXPECT_EQ(events, (std::vector<std::string>{"throttle.away", "throttle.back"}));
    EXPECT_FALSE(board->is_any_active());
    ASSERT_EQ(board->all().size(), 1U);
    EXPECT_EQ(board->all()[0].subsystem, "throttle");
    EXPECT_EQ(board->all()[0].mode, "local");
    EXPECT_GE(board->all()[0].count, 5U);
}

TEST_F(DeciderTest, AllowsAllWhenOpenAndNothingWhenClosed) {
    store->link = Link::refuses;
    decider = make({.when_away = LimitWhenAway::open});
    for (int i = 0; i < 20; ++i)
        EXPECT_TRUE(take().decisions[0].allowed);
    EXPECT_EQ(take().mode, LimitMode::open);

    decider = make({.when_away = LimitWhenAway::closed});
    const Result<Decided> closed = ask(Kind::take, {{.key = "k", .rule = rule}});
    ASSERT_FALSE(closed);
    EXPECT_EQ(closed.error().code(), ErrorCode::unavailable);
}

// R10
TEST_F(DeciderTest, TakesFromAllOrFromNoneAlsoWhileTheStoreIsAway) {
    store->link = Link::refuses;
    const Asks both{{.key = "a", .rule = rule, .cost = 6}, {.key = "b", .rule = rule, .cost = 10}};
    ASSERT_TRUE(ask(Kind::take, both)->decisions[1].allowed);

    const Result<Decided> refused = ask(Kind::take, both);

    EXPECT_FALSE(refused->decisions[0].allowed);
    EXPECT_FALSE(refused->decisions[1].allowed);
    EXPECT_TRUE(take(4, "a").decisions[0].allowed) << "nothing more was taken from a";
}

// R7
TEST_F(DeciderTest, TrustsTheStoreAgainAfterItsClockWasSetBack) {
    take(10);
    take();
    store->step = -24h;
    *time += 70s;

    Decided decided = take();
    EXPECT_FALSE(decided.decisions[0].allowed) << "nobody gets a fresh start";
    EXPECT_LE(decided.decisions[0].retry_after, 2 * rule.per);
    *time += decided.decisions[0].retry_after;
    EXPECT_TRUE(take().decisions[0].allowed);
}

// R5
TEST_F(DeciderTest, GivesBackHereWhileTheStoreIsAway) {
    store->link = Link::refuses;
    take(10);
    decide(Kind::refund, 4);

    EXPECT_EQ(take_while_allowed(), 4);
    come_back();
    *time += 70s;
    EXPECT_EQ(take().decisions[0].allowed, false) << "10 are told now";
}

TEST_F(DeciderTest, ForgetsAKeyThatIsResetHereToo) {
    take(10);
    take();
    Status done = Error(ErrorCode::failed, "not called");

    decider->reset("k", [&](Status status) { done = std::move(status); });

    EXPECT_TRUE(done);
    EXPECT_TRUE(take().decisions[0].allowed);
}

TEST_F(DeciderTest, PassesOnWhatIsWrongWithTheStoresData) {
    class Corrupt final : public contract::LimitStore {
        void decide(LimitParams, contract::Done<LimitReply> done) override {
            done(Error(ErrorCode::corrupt, "not a state"));
        }
        void reset(std::string, Millis, contract::DoneStatus) override {}
        void close(Millis) override {}
    };
    decider =
        std::make_shared<Decider>(DeciderParts{.store = std::make_shared<Corrupt>(),
                                               .fallbacks = board,
                                               .table = std::move(*HostTable::open_private(1'000)),
                                               .clock = [time = time] { return *time; }});

    const Result<Decided> decided = ask(Kind::take, {{.key = "k", .rule = rule}});

    ASSERT_FALSE(decided);
    EXPECT_EQ(decided.error().code(), ErrorCode::corrupt);
    EXPECT_FALSE(board->is_any_active());
}

}  // namespace
}  // namespace toril::throttle
