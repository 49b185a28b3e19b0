// Random runs against a model: stores that refuse, forget and delay answers, are away for a while,
// and producers that are opened anew in the middle. Whatever happens, a job that was acknowledged
// arrives exactly once, and in the order of the acknowledgements; one that was not, at most once.

#include "backend/faulty/faulty_store.hpp"
#include "backend/memory/memory_store.hpp"
#include "backend/sqlite/sqlite_store.hpp"
#include "spool/spooled_adds.hpp"
#include "spool_fixture.hpp"
#include "support/signal.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <map>
#include <mutex>
#include <random>

using namespace std::chrono_literals;

namespace toril::spool {
namespace {

class Acknowledgements final : public AddSink {
public:
    void added(std::size_t, Result<contract::Added> answer) override {
        if (answer) note(answer->id);
        answered_.raise();
    }
    void spooled(std::size_t, JobId id) override {
        note(std::move(id));
        answered_.raise();
    }
    bool wait(std::size_t answers) { return answered_.wait(answers); }
    std::vector<std::string> ids() const {
        const std::lock_guard lock(mutex_);
        return ids_;
    }

private:
    void note(JobId id) {
        const std::lock_guard lock(mutex_);
        ids_.push_back(std::move(id));
    }

    mutable std::mutex mutex_;
    std::vector<std::string> ids_;
    support::Signal answered_;
};

// Faults by chance, and now and then a few calls in a row that find nobody.
faulty::Plan plan_of(std::uint64_t seed) {
    const faulty::Plan single =
        faulty::seeded(seed, {.refuse = 0.1, .forget = 0.25, .delay = 0.25});
    auto random = std::make_shared<std::mt19937_64>(seed + 1);
    auto away = std::make_shared<int>(0);
    return [single, random, away](const faulty::Call& call) {
        if (call.operation != faulty::Operation::add) return faulty::Fault::none;
        if (*away == 0 && (*random)() % 20 == 0) *away = 1 + static_cast<int>((*random)() % 30);
        if (*away > 0) {
            --*away;
            return (*random)() % 3 == 0 ? faulty::Fault::forget : faulty::Fault::refuse;
        }
        return single(call);
    };
}

struct Case {
    std::string store;
    bool in_memory;  // the spool
};

class SpoolOrderTest : public testing::TestWithParam<Case> {
protected:
    SpoolOrderTest() {
        const char* given = std::getenv("TORIL_TEST_SEED");
        seed_ = given != nullptr ? std::strtoull(given, nullptr, 10) : std::random_device{}();
        if (GetParam().store == "memory") {
            inner_ = memory::open_memory();
        } else {
            auto opened = sqlite::open_sqlite({.path = (folder_.path() / "store.db").string()});
            EXPECT_TRUE(opened) << opened.error().message();
            inner_ = *opened;
        }
        store_ = faulty::inject_faults(inner_, plan_of(seed_));
    }
    ~SpoolOrderTest() override {
        adds_.reset();
        EXPECT_TRUE(store_->close(5s));
    }

    void open() {
        adds_.reset();
        adds_ = std::make_unique<SpooledAdds>(
            store_,
            open_log(GetParam().in_memory ? "" : folder_.file()),
            LineOptions{.queue = "q",
                        .timing = {.patience = 3ms, .backoff_step = 1ms, .backoff_longest = 3ms},
                        .bounds = {100'000, 1u << 30, false}},
            SpoolReport("q", {}, nullptr));
    }

    std::vector<std::string> arrived() {
        std::vector<std::string> ids;
        support::Signal answered;
        inner_->page({.queue = "q", .end = -1, .ascending = true}, [&](auto jobs) {
            if (jobs)
                for (const Job& job : *jobs)
                    ids.push_back(job.id);
            answered.raise();
        });
        EXPECT_TRUE(answered.wait());
        return ids;
    }

    TempFolder folder_{};
    std::uint64_t seed_ = 0;
    std::shared_ptr<contract::JobStore> inner_;
    std::shared_ptr<contract::JobStore> store_;
    std::unique_ptr<SpooledAdds> adds_;
};

TEST_P(SpoolOrderTest, EachAcknowledgedJobArrivesOnceAndInOrder) {
    SCOPED_TRACE("TORIL_TEST_SEED=" + std::to_string(seed_));
    std::mt19937_64 random(seed_ + 2);
    auto acknowledged = std::make_shared<Acknowledgements>();
    open();
    std::size_t submitted = 0;
    while (submitted < 1'500) {
        const std::size_t count = 1 + random() % 20;
        std::vector<PendingAdd> adds;
        for (std::size_t i = 0; i < count; ++i)
            adds.push_back({{.name = "n", .data = "{}", .opts = "{}"}, acknowledged, i});
        ASSERT_TRUE(adds_->submit(adds));
        submitted += count;
        if (random() % 2 == 0) {
            ASSERT_TRUE(acknowledged->wait(submitted));
        }
        // In memory the end of a queue would wait for its store.
        if (!GetParam().in_memory && random() % 20 == 0) open();
    }
    ASSERT_TRUE(acknowledged->wait(submitted));
    ASSERT_TRUE(adds_->flush(20s));

    const std::vector<std::string> promised = acknowledged->ids();
    std::map<std::string, std::size_t> place;
    const std::vector<std::string> there = arrived();
    for (std::size_t i = 0; i < there.size(); ++i)
        EXPECT_TRUE(place.emplace(there[i], i).second) << there[i] << " arrived twice";
    EXPECT_EQ(promised.size(), submitted) << "nothing is refused here";
    std::optional<std::size_t> last;
    for (const std::string& id : promised) {
        const auto at = place.find(id);
        ASSERT_NE(at, place.end()) << id << " was acknowledged, and did not arrive";
        if (last) {
            ASSERT_LT(*last, at->second) << id << " was overtaken";
        }
        last = at->second;
    }
}

INSTANTIATE_TEST_SUITE_P(
    Stores,
    SpoolOrderTest,
    testing::Values(Case{"memory", false}, Case{"memory", true}, Case{"sqlite", false}),
    [](const auto& kind) {
        return kind.param.store + (kind.param.in_memory ? "InMemory" : "InAFile");
    });

}  // namespace
}  // namespace toril::spool
