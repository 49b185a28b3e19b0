// A queue's line over a store that the test answers for.

#include "spool/spooled_adds.hpp"

#include "backend/memory/memory_store.hpp"
#include "spool_fixture.hpp"
#include "support/intercepted_store.hpp"
#include "support/signal.hpp"

#include <gtest/gtest.h>

#include <deque>
#include <mutex>

using namespace std::chrono_literals;

namespace toril::spool {
namespace {

// Every answer as text, in the order in which they came.
class Answers final : public AddSink {
public:
    void added(std::size_t, Result<contract::Added> answer) override {
        note(answer
                 ? "added " + answer->id
                 : std::string(to_string(answer.error().code())) + ": " + answer.error().message());
    }
    void spooled(std::size_t, JobId id) override { note("spooled " + id); }

    std::string wait(std::size_t number) {
        EXPECT_TRUE(came_.wait(number + 1)) << "answer " << number << " did not come";
        const std::lock_guard lock(mutex_);
        return number < answers_.size() ? answers_[number] : "";
    }
    std::size_t count() const { return came_.count(); }

private:
    void note(std::string text) {
        {
            const std::lock_guard lock(mutex_);
            answers_.push_back(std::move(text));
        }
        came_.raise();
    }

    std::mutex mutex_;
    std::vector<std::string> answers_;
    support::Signal came_;
};

class SpooledAddsTest : public testing::Test {
protected:
    using AddDone = support::InterceptedStore::AddDone;

    SpooledAddsTest() {
        store_->on_add = [this](const contract::AddParams& params, AddDone& done) {
            std::unique_lock lock(mutex_);
            batches_.push_back(params);
            const bool held = mode_ == Mode::hold;
            const bool away = mode_ == Mode::away;
            if (held) held_.push_back(std::move(done));
            lock.unlock();
            sent_.raise();
            if (away) done(Error(ErrorCode::unavailable, "the store is away"));
            return held || away;
        };
    }

    enum class Mode { works, away, hold };
    void store_is(Mode mode) {
        const std::lock_guard lock(mutex_);
        mode_ = mode;
    }

    void open(LineOptions options = {}, base::Logger log = {}) {
        if (options.queue.empty()) options.queue = "q";
        if (options.bounds.jobs_max == 0) options.bounds = {1'000, 1'000'000, false};
        if (options.timing.patience == 1s) options.timing.patience = 20ms;
        options.timing.backoff_step = 1ms;
        options.timing.turn_every = 1ms;
        adds_ = std::make_unique<SpooledAdds>(
            store_, open_log(file_), options, SpoolReport("q", std::move(log), board_));
    }

    void add(const std::string& id, contract::AddJob job = {}) {
        job.id = id;
        job.name = "n";
        job.data = "{}";
        job.opts = "{}";
        PendingAdd add{std::move(job), answers_, 0};
        const Status submitted = adds_->submit({&add, 1});
        ASSERT_TRUE(submitted) << submitted.error().message();
    }

    contract::AddParams batch(std::size_t number) {
        EXPECT_TRUE(sent_.wait(number + 1)) << "batch " << number << " was not sent";
        const std::lock_guard lock(mutex_);
        return number < batches_.size() ? batches_[number] : contract::AddParams{};
    }
    void answer_held(std::size_t number, const StoreAnswer& with) {
        AddDone done;
        {
            const std::lock_guard lock(mutex_);
            done = held_.at(number);
        }
        done(with);
    }

    std::vector<std::string> waiting() {
        std::vector<std::string> ids;
        store_->inner->page({.queue = "q", .end = -1, .ascending = true}, [&](auto jobs) {
            for (const Job& job : *jobs)
                ids.push_back(job.id);
        });
        return ids;
    }

    TempFolder folder_{};
    std::string file_ = folder_.file();
    std::mutex mutex_;
    Mode mode_ = Mode::works;
    std::deque<contract::AddParams> batches_;
    std::deque<AddDone> held_;
    support::Signal sent_;
    std::shared_ptr<support::InterceptedStore> store_ =
        std::make_shared<support::InterceptedStore>(memory::open_memory());
    std::shared_ptr<base::FallbackBoard> board_ = std::make_shared<base::FallbackBoard>();
    std::shared_ptr<Answers> answers_ = std::make_shared<Answers>();
    std::unique_ptr<SpooledAdds> adds_;
};

TEST_F(SpooledAddsTest, AddsStraightToAStoreThatAnswers) {
    open();

    add("a");

    EXPECT_EQ(answers_->wait(0), "added a");
    EXPECT_EQ(adds_->stats().state, SpoolState::direct);
    EXPECT_EQ(adds_->stats().spooled, 0u);
    EXPECT_EQ(batch(0).repeat_lifetime, contract::spool_repeat_lifetime);
}

TEST_F(SpooledAddsTest, GivesAJobWithoutAnIdOneThatIsKnownWhateverHappens) {
    open();

    add("");

    EXPECT_TRUE(answers_->wait(0).starts_with("added s-")) << answers_->wait(0);
}

TEST_F(SpooledAddsTest, KeepsWhatTheStoreDoesNotTake) {
    store_is(Mode::away);
    open();

    add("a");
    add("b");

    EXPECT_EQ(answers_->wait(0), "spooled a");
    EXPECT_EQ(answers_->wait(1), "spooled b");
    EXPECT_EQ(adds_->stats().state, SpoolState::spooling);
    EXPECT_EQ(adds_->stats().jobs, 2u);
    store_is(Mode::works);
    EXPECT_TRUE(adds_->flush(20s));
    EXPECT_EQ(waiting(), (std::vector<std::string>{"a", "b"}));
    EXPECT_EQ(adds_->stats().state, SpoolState::direct);
    EXPECT_EQ(adds_->stats().forwarded, 2u);
    EXPECT_EQ(adds_->stats().jobs, 0u);
}

TEST_F(SpooledAddsTest, RepeatsABatchWithoutAnAnswerFirstAndAsItWas) {
    store_is(Mode::hold);
    open();
    add("a");
    const contract::AddParams first = batch(0);
    add("b");
    EXPECT_EQ(answers_->wait(0), "spooled a");
    EXPECT_EQ(answers_->wait(1), "spooled b");

    const contract::AddParams again = batch(1);

    EXPECT_EQ(again.repeat_token, first.repeat_token);
    EXPECT_EQ(again.repeat_sequence, first.repeat_sequence);
    ASSERT_EQ(again.jobs.size(), 1u);
    EXPECT_EQ(again.jobs[0].id, "a");
    store_is(Mode::works);
    answer_held(0, Error(ErrorCode::timed_out, "too late for anybody"));
    answer_held(1, Error(ErrorCode::outcome_unknown, "the link died"));
    EXPECT_TRUE(adds_->flush(20s));
    EXPECT_EQ(waiting(), (std::vector<std::string>{"a", "b"}));
    EXPECT_EQ(answers_->count(), 2u) << "each is answered once";
}

TEST_F(SpooledAddsTest, AddsOnceWhatTheStoreHadAddedWithoutSayingSo) {
    store_is(Mode::hold);
    open();
    add("a");
    const contract::AddParams first = batch(0);
    store_->inner->add(first, [](auto) {});
    store_->inner->remove({"q", "a"}, true, [](auto) {});  // its id tells nothing any more
    EXPECT_EQ(answers_->wait(0), "spooled a");
    batch(1);
    store_is(Mode::works);
    answer_held(1, Error(ErrorCode::outcome_unknown, "the link died"));

    EXPECT_TRUE(adds_->flush(20s));

    EXPECT_TRUE(waiting().empty());
}

TEST_F(SpooledAddsTest, SendsNoTwoCallsUnderOneSequence) {
    store_is(Mode::away);
    open();
    add("a");
    answers_->wait(0);
    store_is(Mode::works);
    EXPECT_TRUE(adds_->flush(20s));
    add("b");
    EXPECT_EQ(answers_->wait(1), "added b");

    const std::lock_guard lock(mutex_);
    std::map<std::pair<std::string, std::uint64_t>, std::string> calls;
    for (const contract::AddParams& params : batches_) {
        const auto call =
            calls.try_emplace({params.repeat_token, params.repeat_sequence}, params.jobs[0].id);
        EXPECT_EQ(call.first->second, params.jobs[0].id);
    }
    EXPECT_EQ(batches_.back().jobs[0].id, "b");
    EXPECT_EQ(calls.rbegin()->second, "b") << "a later call has a higher sequence";
}

TEST_F(SpooledAddsTest, CountsADelayFromTheAcknowledgement) {
    store_is(Mode::away);
    open();
    const Timestamp before = base::wall_now();
    add("a", {.delay = 10s});
    answers_->wait(0);
    const Timestamp after = base::wall_now();
    store_is(Mode::works);
    ASSERT_TRUE(adds_->flush(20s));

    std::optional<Result<Job>> job;
    store_->inner->job({"q", "a"}, [&](auto found) { job = std::move(found); });

    ASSERT_TRUE(job && *job);
    EXPECT_EQ((*job)->state, JobState::delayed);
    EXPECT_GE((*job)->timestamp, before);
    EXPECT_LE((*job)->timestamp, after);
}

TEST_F(SpooledAddsTest, LeavesInTheFileWhatAnotherProcessForwards) {
    store_is(Mode::away);
    open();
    add("a");
    add("b");
    answers_->wait(1);
    adds_.reset();
    store_is(Mode::works);

    open();

    EXPECT_TRUE(adds_->flush(20s));
    EXPECT_EQ(waiting(), (std::vector<std::string>{"a", "b"}));
}

TEST_F(SpooledAddsTest, PutsNewAddsBehindThoseOfAnotherProcess) {
    store_is(Mode::away);
    open();
    auto other = open_log(file_);
    ASSERT_TRUE(other->take_turn());
    ASSERT_TRUE(other->append(jobs_of({"theirs"}), base::wall_now(), {10, 10'000, false}));

    store_is(Mode::works);
    add("ours");

    EXPECT_EQ(answers_->wait(0), "spooled ours");
    EXPECT_TRUE(waiting().empty()) << "another one forwards";
    other.reset();
    EXPECT_TRUE(adds_->flush(20s));
    EXPECT_EQ(waiting(), (std::vector<std::string>{"theirs", "ours"}));
}

TEST_F(SpooledAddsTest, IsDirectAgainWhenAnotherProcessHasForwarded) {
    store_is(Mode::away);
    open();
    add("a");
    answers_->wait(0);
    adds_.reset();
    auto other = open_log(file_);
    ASSERT_TRUE(other->take_turn());
    store_is(Mode::works);
    open();
    EXPECT_EQ(adds_->flush(5ms).error().code(), ErrorCode::timed_out);

    const auto batch = other->next({"other", 1}, 500, 1u << 20).value();
    ASSERT_TRUE(other->settle(*batch, base::wall_now(), {}));

    EXPECT_TRUE(adds_->flush(20s));
    add("b");
    EXPECT_EQ(answers_->wait(1), "added b");
}

TEST_F(SpooledAddsTest, RefusesAddsWhenItIsFullAndSaysWhatToDo) {
    store_is(Mode::away);
    open({.bounds = {2, 1'000'000, false}});
    for (const char* id : {"a", "b", "c"})
        add(id);

    EXPECT_EQ(answers_->wait(1), "spooled b");
    EXPECT_TRUE(answers_->wait(2).starts_with("limit_reached: the spool of queue \"q\" is full"))
        << answers_->wait(2);
    EXPECT_EQ(adds_->stats().refused, 1u);
}

TEST_F(SpooledAddsTest, DropsTheOldestWhenItIsFullAndToldTo) {
    store_is(Mode::away);
    open({.timing = {.patience = 0ms}, .bounds = {2, 1'000'000, true}});
    add("first");
    answers_->wait(0);
    for (const char* id : {"a", "b", "c"})
        add(id);

    EXPECT_EQ(answers_->wait(3), "spooled c");
    EXPECT_GT(adds_->stats().dropped, 0u);
    EXPECT_EQ(adds_->stats().jobs, 2u);
}

TEST_F(SpooledAddsTest, KeepsAsideWhatTheStoreWillNeverTakeAndGoesOn) {
    store_is(Mode::away);
    std::mutex mutex;
    std::vector<std::string> events;
    open({}, base::Logger([&](const LogRecord& record) {
             const std::lock_guard lock(mutex);
             events.emplace_back(record.event);
         }));
    add("a");
    add("orphan", {.parent = contract::ParentLink{.queue = "q", .id = "gone"}});
    add("b");
    EXPECT_EQ(answers_->wait(1), "spooled orphan");

    store_is(Mode::works);

    ASSERT_TRUE(adds_->flush(20s));
    EXPECT_EQ(waiting(), (std::vector<std::string>{"a", "b"}));
    EXPECT_EQ(adds_->stats().rejected, 1u);
    EXPECT_EQ(adds_->stats().forwarded, 2u);
    adds_.reset();
    EXPECT_EQ(events, (std::vector<std::string>{"spool.began", "spool.rejected", "spool.drained"}));
    const auto lines = sqlite_spool::read_lines(file_);
    ASSERT_TRUE(lines);
    EXPECT_EQ(lines->at(0).rejected, 1u);
}

TEST_F(SpooledAddsTest, AnswersADefiniteNoOfTheStoreItself) {
    open();

    add("orphan", {.parent = contract::ParentLink{.queue = "q", .id = "gone"}});

    EXPECT_TRUE(answers_->wait(0).starts_with("not_found")) << answers_->wait(0);
    EXPECT_EQ(adds_->stats().spooled, 0u);
}

TEST_F(SpooledAddsTest, WaitsAtItsEndForAStoreWhenItIsInMemory) {
    store_is(Mode::away);
    file_.clear();
    open();
    add("a");
    EXPECT_EQ(answers_->wait(0), "spooled a");
    store_is(Mode::works);

    adds_.reset();

    EXPECT_EQ(waiting(), std::vector<std::string>{"a"});
}

TEST_F(SpooledAddsTest, SaysWhatIsLostWithASpoolInMemory) {
    store_is(Mode::away);
    file_.clear();
    std::mutex mutex;
    std::string lost;
    open({.closing_max = 10ms}, base::Logger([&](const LogRecord& record) {
             const std::lock_guard lock(mutex);
             if (record.event == "spool.lost") lost = record.fields.at(1).second;
         }));
    add("a");
    answers_->wait(0);

    adds_.reset();

    EXPECT_EQ(lost, "1");
}

}  // namespace
}  // namespace toril::spool
