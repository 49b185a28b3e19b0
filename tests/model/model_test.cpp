// Random sequences of operations on two stores at once: their answers, and all that can be
// seen of them, must be the same after every step.
//
//     TORIL_TEST_SEED=0x1234       that sequence, and those after it
//     TORIL_TEST_SEQUENCES=20000   so many for every store, instead of the short form's

#include "backend/memory/memory_store.hpp"
#include "model/invariants.hpp"
#include "model/snapshot.hpp"
#include "model/world.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <cctype>
#include <cstdlib>
#include <functional>
#include <iostream>
#include <memory>
#include <optional>
#include <random>
#include <sstream>

namespace toril::model {
namespace {

using Operations = std::vector<Operation>;

struct Plan {
    const char* backend;
    std::uint64_t sequences;  // of the short form: all together take well under a minute
};
void PrintTo(const Plan& plan, std::ostream* out) {
    *out << plan.backend;
}
constexpr Plan plans[] = {{"memory", 1'500}, {"sqlite", 200}, {"redis", 100}};

std::optional<std::uint64_t> number_from_environment(const char* name) {
    const char* value = std::getenv(name);
    if (value == nullptr || *value == '\0') return std::nullopt;
    return std::strtoull(value, nullptr, 0);
}

std::uint64_t first_seed() {
    if (const auto given = number_from_environment("TORIL_TEST_SEED")) return *given;
    std::random_device device;
    return (std::uint64_t{device()} << 32) | device();
}

std::string hex(std::uint64_t number) {
    std::ostringstream out;
    out << "0x" << std::hex << number;
    return out.str();
}

// The oracle, and the store that is compared with it; the oracle alone when there is none.
class Comparison {
public:
    explicit Comparison(const conformance::Backend* backend)
        : oracle_({.store = memory::open_memory([this] { return now(); })}) {
        if (backend == nullptr) return;
        subject_ = std::make_unique<Side>(backend->open([this] { return now(); }));
    }
    ~Comparison() {
        if (!subject_) return;
        EXPECT_TRUE(subject_->opened.store->close(Millis{5'000}));
        subject_->opened.clean_up();
    }

    /// What went wrong, with the number of the step; empty when nothing did.
    std::string run(const Operations& operations) {
        World world("m" + std::to_string(++runs_), now());
        Invariants invariants;
        std::string failure;
        for (int i = 0; i < queues; ++i) {
            make(oracle_, world.queue(i));
            if (subject_) make(*subject_, world.queue(i));
        }
        for (std::size_t i = 0; i < operations.size() && failure.empty(); ++i) {
            failure = step(world, invariants, operations[i]);
            if (!failure.empty())
                failure = "step " + std::to_string(i + 1) + ", " + to_string(operations[i]) + "\n" +
                          failure;
        }
        clear(world);
        return failure;
    }

private:
    Timestamp now() const { return Timestamp(Millis(now_)); }

    using Snapshots = std::map<std::string, Snapshot>;

    static void open_log(Side& side, const std::string& queue) {
        side.logs.erase(queue);
        side.logs.try_emplace(queue, side.opened.store, queue);
    }

    // Whether things that happen to a queue which is not there are told is left open: it is.
    static void make(Side& side, const std::string& queue) {
        open_log(side, queue);
        EXPECT_TRUE(side.client.set_concurrency(queue, 100));
    }

    // The queue of the step; all of them once jobs of several may have to do with each other.
    Snapshots look(Side& side, const World& world, const Step& step) {
        Snapshots seen;
        for (int i = 0; i < queues; ++i) {
            const std::string queue = world.queue(i);
            if (queue != step.queue && !world.has_flows()) continue;
            // The events of a queue that is gone are gone, and its ids begin anew.
            if (queue == step.queue && step.operation.kind == Kind::obliterate) make(side, queue);
            seen[queue] =
                model::look(side.client, side.logs.at(queue), queue, step.now, world.has_flows());
            if (queue == step.queue && step.operation.kind == Kind::obliterate)
                seen[queue].events.clear();
        }
        return seen;
    }

    std::string step(World& world, Invariants& invariants, const Operation& operation) {
        const Step step = world.prepare(operation);
        if (!world.is_settled(step)) return "";
        now_ = world.now().time_since_epoch().count();
        const Snapshot before = look(oracle_, world, step).at(step.queue);
        const Answer answer = perform(oracle_, step);
        world.learn(step, answer);
        const Snapshots after = look(oracle_, world, step);
        std::string broken = invariants.check(step, answer, before, after.at(step.queue));
        if (broken.empty()) broken = Invariants::check_flows(after);
        if (!broken.empty())
            return broken + "\n" + to_string(before) + "then\n" + to_string(after.at(step.queue));
        if (is_repeated(operation) && perform(oracle_, step).text != answer.text)
            return "the oracle answers a repeat in another way";
        return subject_ ? compare(world, step, answer, after) : "";
    }

    std::string compare(const World& world,
                        const Step& step,
                        const Answer& expected,
                        const Snapshots& state) {
        for (int times = is_repeated(step.operation) ? 2 : 1; times > 0; --times) {
            const Answer answer = perform(*subject_, step);
            const std::string wanted = without_prefixes(expected.text, world);
            const std::string found = without_prefixes(answer.text, world);
            if (found != wanted) return "answered differently\n" + first_difference(wanted, found);
        }
        const Snapshots seen = look(*subject_, world, step);
        for (const auto& [queue, snapshot] : state) {
            const std::string wanted = without_prefixes(to_string(snapshot), world);
            const std::string found = without_prefixes(to_string(seen.at(queue)), world);
            if (found != wanted)
                return "left another state in " + queue + "\n" + first_difference(wanted, found);
        }
        return "";
    }

    // Keys begin with the store's own prefix: `prefix:queue:id` becomes `queue:id`.
    static std::string without_prefixes(const std::string& text, const World& world) {
        std::string out;
        const std::string queue = ":" + world.name() + "-";
        std::size_t from = 0;
        for (std::size_t at; (at = text.find(queue, from)) != text.npos; from = at + 1) {
            out.append(text, from, at - from);
            while (!out.empty() &&
                   (std::isalnum(static_cast<unsigned char>(out.back())) != 0 || out.back() == '-'))
                out.pop_back();
        }
        return out.append(text, from);
    }

    static bool is_repeated(const Operation& operation) {
        return operation.twice &&
               (operation.kind == Kind::add || operation.kind == Kind::add_flow ||
                operation.kind == Kind::call);
    }

    // Sequences share a store, each with queues of its own; none is left behind.
    void clear(const World& world) {
        for (int i = 0; i < queues; ++i) {
            while (oracle_.client.obliterate(world.queue(i), true).value())
                continue;
            if (!subject_) continue;
            while (subject_->client.obliterate(world.queue(i), true).value())
                continue;
        }
        oracle_.logs.clear();
        if (subject_) subject_->logs.clear();
        // And no token is remembered: a server would hold those of thousands of sequences.
        now_ += lapse_time.count();
        if (subject_) subject_->opened.pass_time(lapse_time);
    }

    static constexpr int queues = 3;

    std::atomic<std::int64_t> now_{1'700'000'000'000};
    std::uint64_t runs_ = 0;
    Side oracle_;
    std::unique_ptr<Side> subject_{};
};

// Leaves out what the failure does not need: halves first, then smaller pieces, then single
// operations, until none can go.
Operations shrink(Operations operations, const std::function<bool(const Operations&)>& fails) {
    for (std::size_t piece = std::max<std::size_t>(operations.size() / 2, 1); piece > 0;) {
        bool smaller = false;
        for (std::size_t at = 0; at < operations.size();) {
            Operations without = operations;
            const auto from = without.begin() + static_cast<std::ptrdiff_t>(at);
            without.erase(
                from, from + static_cast<std::ptrdiff_t>(std::min(piece, operations.size() - at)));
            if (fails(without)) {
                operations = std::move(without);
                smaller = true;
            } else {
                at += piece;
            }
        }
        if (!smaller) piece /= 2;
    }
    return operations;
}

std::string report(std::uint64_t seed, const Operations& operations, Comparison& comparison) {
    const Operations smallest = shrink(operations, [&](const Operations& candidate) {
        return !comparison.run(candidate).empty();
    });
    std::string text = "replay: TORIL_TEST_SEED=" + hex(seed) + " TORIL_TEST_SEQUENCES=1\n";
    for (const Operation& operation : smallest)
        text += "  " + to_string(operation) + "\n";
    return text + comparison.run(smallest);
}

class Model : public testing::TestWithParam<Plan> {};

TEST_P(Model, IsWhatTheStoreDoes) {
    const std::string name = GetParam().backend;
    const auto backends = conformance::backends();
    const auto backend = std::find_if(
        backends.begin(), backends.end(), [&](const auto& each) { return each.name == name; });
    if (backend == backends.end()) GTEST_SKIP() << "no " << name << " in this run";

    Comparison comparison(name == "memory" ? nullptr : &*backend);
    const std::uint64_t seed = first_seed();
    const std::uint64_t sequences =
        number_from_environment("TORIL_TEST_SEQUENCES").value_or(GetParam().sequences);
    std::cout << name << ": " << sequences << " sequences from seed " << hex(seed) << '\n';
    for (std::uint64_t i = 0; i < sequences; ++i) {
        const Operations operations = Generator(seed + i).sequence();
        if (comparison.run(operations).empty()) continue;
        FAIL() << report(seed + i, operations, comparison);
    }
}

INSTANTIATE_TEST_SUITE_P(Of, Model, testing::ValuesIn(plans), [](const auto& tested) {
    return tested.param.backend;
});

TEST(ModelTest, MakesTheSameSequenceFromTheSameSeed) {
    for (std::uint64_t seed = 0; seed < 50; ++seed) {
        const Operations one = Generator(seed).sequence();
        const Operations two = Generator(seed).sequence();
        ASSERT_EQ(one.size(), two.size());
        for (std::size_t i = 0; i < one.size(); ++i)
            EXPECT_EQ(to_string(one[i]), to_string(two[i]));
    }
}

TEST(ModelTest, ShrinksAFailureToWhatItNeeds) {
    const auto fails = [](const Operations& some) {
        bool adds = false;
        for (const Operation& each : some) {
            adds |= each.kind == Kind::add;
            if (adds && each.kind == Kind::call) return true;
        }
        return false;
    };
    Operations all;
    for (std::uint64_t seed = 7; !fails(all); ++seed)
        all = Generator(seed).sequence();

    const Operations smallest = shrink(all, fails);

    ASSERT_EQ(smallest.size(), 2u);
    EXPECT_EQ(smallest[0].kind, Kind::add);
    EXPECT_EQ(smallest[1].kind, Kind::call);
}

}  // namespace
}  // namespace toril::model
