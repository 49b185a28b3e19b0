#pragma once

// What every case of the suite starts from: an empty store, asked and waited for.

#include "base/sync.hpp"
#include "conformance_side/lock_backends.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <ostream>
#include <string>
#include <utility>
#include <vector>

namespace toril {

inline void PrintTo(const Status& status, std::ostream* out) {
    *out << (status ? "done" : std::string(to_string(status.error().code())));
}

}  // namespace toril

namespace toril::conformance {

using contract::LockKind;
using contract::ReleaseOutcome;
using Begun = contract::BeginAnswer::Kind;

inline constexpr Millis store_timeout{5'000};
inline constexpr Millis test_patience{20'000};

/// The code of a refusal, or nothing when it was done.
template <class Answer>
std::optional<ErrorCode> refusal(const Answer& answer) {
    return answer ? std::optional<ErrorCode>() : answer.error().code();
}

class LockStoreConformance : public testing::TestWithParam<LockBackend> {
protected:
    LockStoreConformance() : opened(GetParam().open()), store(*opened.store), ttl(opened.ttl) {}
    ~LockStoreConformance() override {
        store.close(Millis{0});
        opened.clean_up();
    }

    template <class T, class Start>
    T ask(const Start& start) {
        Result<T> answer = base::wait_for_answer<Result<T>>(test_patience, start);
        if (answer) return *answer;
        ADD_FAILURE() << to_string(answer.error().code()) << ": " << answer.error().message();
        return T{};
    }
    template <class Start>
    Status ask_status(const Start& start) {
        return base::wait_for_answer<Status>(test_patience, start);
    }

    contract::AcquireAnswer acquire(const std::string& token,
                                    const std::string& key = "k",
                                    std::optional<Millis> for_time = {}) {
        return ask<contract::AcquireAnswer>([&](auto done) {
            store.acquire({.key = key,
                           .token = token,
                           .owner = "owner of " + token,
                           .ttl = for_time.value_or(ttl),
                           .timeout = store_timeout},
                          done);
        });
    }
    std::vector<Status> renew(std::vector<contract::LockRef> locks) {
        return ask<std::vector<Status>>(
            [&](auto done) { store.renew(std::move(locks), store_timeout, done); });
    }
    Status renew_one(const std::string& token, const std::string& key = "k") {
        const auto answers = renew({{.key = key, .token = token, .ttl = ttl}});
        return answers.size() == 1 ? answers.front()
                                   : Error(ErrorCode::corrupt, "not one answer for one lock");
    }
    ReleaseOutcome release(const std::string& token, const std::string& key = "k") {
        return ask<ReleaseOutcome>(
            [&](auto done) { store.release({.key = key, .token = token}, store_timeout, done); });
    }
    Status release_owner(const std::string& owner, const std::string& key = "k") {
        return ask_status([&](auto done) { store.release_owner(key, owner, store_timeout, done); });
    }
    std::optional<contract::LockHolder> status(const std::string& key = "k") {
        return ask<std::optional<contract::LockHolder>>(
            [&](auto done) { store.status(key, store_timeout, done); });
    }

    contract::BeginAnswer begin(const std::string& token,
                                const std::string& fingerprint = "f",
                                const std::string& key = "r") {
        return ask<contract::BeginAnswer>([&](auto done) {
            store.begin({.key = key,
                         .fingerprint = fingerprint,
                         .token = token,
                         .lease = ttl,
                         .timeout = store_timeout},
                        done);
        });
    }
    Status renew_record(const std::string& token) {
        const auto answers = ask<std::vector<Status>>([&](auto done) {
            store.renew_records({{.key = "r", .token = token, .ttl = ttl}}, store_timeout, done);
        });
        return answers.size() == 1 ? answers.front()
                                   : Error(ErrorCode::corrupt, "not one answer for one record");
    }
    Status finish(const std::string& token, const std::string& value, bool failed = false) {
        return ask_status([&](auto done) {
            store.finish({.key = "r",
                          .token = token,
                          .value = value,
                          .failed = failed,
                          .keep = ttl,
                          .timeout = store_timeout},
                         done);
        });
    }
    Status forget(const std::string& token) {
        return ask_status(
            [&](auto done) { store.forget({.key = "r", .token = token}, store_timeout, done); });
    }

    /// Until what nobody renews is over.
    void pass_ttl() { opened.pass_time(ttl + Millis{50}); }
    void pass_half_of_ttl() { opened.pass_time(ttl / 2); }

    OpenedLocks opened;
    contract::LockStore& store;
    const Millis ttl;
};

#define TORIL_LOCK_SUITE(suite)                                                 \
    class suite : public LockStoreConformance {};                               \
    INSTANTIATE_TEST_SUITE_P(                                                   \
        On, suite, testing::ValuesIn(lock_backends()), [](const auto& tested) { \
            return tested.param.name;                                           \
        })

}  // namespace toril::conformance
