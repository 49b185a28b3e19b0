#pragma once

// The lock store on a Redis of the tests, asked and waited for, and the keys beside it.

#include "backend/redis/lock/lock_store.hpp"
#include "base/sync.hpp"
#include "base/uuid.hpp"
#include "support/redis_server.hpp"

#include <toril/redis/connection.hpp>

#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace toril::redis_store {

inline constexpr Millis patience{20'000};

class LockClient {
public:
    explicit LockClient(const std::string& url,
                        std::string with_prefix = "locks-" + base::make_uuid())
        : prefix(std::move(with_prefix)),
          factory(std::make_shared<redis::Factory>(*redis::Config::from_url(url))),
          store(open_lock_store(factory, {.prefix = prefix})) {}

    Result<contract::AcquireAnswer> acquire(const std::string& token,
                                            const std::string& key = "k",
                                            Millis timeout = Millis{5'000}) {
        return base::wait_for_answer<Result<contract::AcquireAnswer>>(patience, [&](auto done) {
            store->acquire({.key = key,
                            .token = token,
                            .owner = "owner of " + token,
                            .ttl = Millis{60'000},
                            .timeout = timeout},
                           done);
        });
    }
    Status renew(const std::string& token, const std::string& key = "k") {
        using Answers = Result<std::vector<Status>>;
        const Answers answers = base::wait_for_answer<Answers>(patience, [&](auto done) {
            store->renew(
                {{.key = key, .token = token, .ttl = Millis{60'000}}}, Millis{5'000}, done);
        });
        return answers ? answers->front() : Status(answers.error());
    }
    Result<contract::ReleaseOutcome> release(const std::string& token,
                                             const std::string& key = "k") {
        return base::wait_for_answer<Result<contract::ReleaseOutcome>>(patience, [&](auto done) {
            store->release({.key = key, .token = token}, Millis{5'000}, done);
        });
    }
    Status release_owner(const std::string& owner, const std::string& key = "k") {
        return base::wait_for_answer<Status>(
            patience, [&](auto done) { store->release_owner(key, owner, Millis{5'000}, done); });
    }
    Result<contract::BeginAnswer> begin(const std::string& token) {
        return base::wait_for_answer<Result<contract::BeginAnswer>>(patience, [&](auto done) {
            store->begin({.key = "r",
                          .fingerprint = "f",
                          .token = token,
                          .lease = Millis{60'000},
                          .timeout = Millis{5'000}},
                         done);
        });
    }
    Status finish(const std::string& token, const std::string& value) {
        return base::wait_for_answer<Status>(patience, [&](auto done) {
            store->finish({.key = "r",
                           .token = token,
                           .value = value,
                           .keep = Millis{60'000},
                           .timeout = Millis{5'000}},
                          done);
        });
    }

    /// One command, as text: of an array, its texts with spaces between them.
    std::string raw(const std::vector<std::string>& words) {
        redis::Request request;
        request.command(words.front());
        for (std::size_t i = 1; i < words.size(); ++i)
            request.arg(words[i]);
        const Result<redis::Reply> reply = factory->shared().call(std::move(request));
        if (!reply) return "!" + std::string(to_string(reply.error().code()));
        const redis::Value root = reply->root();
        if (root.type() == redis::ReplyType::integer) return std::to_string(root.integer());
        if (root.size() == 0) return std::string(root.text());
        std::string all;
        for (const redis::Value part : root)
            all.append(all.empty() ? "" : " ").append(part.text());
        return all;
    }
    std::string name(const std::string& kind, const std::string& key = "k") const {
        return prefix + ":toril:" + kind + ":{" + key + "}";
    }

    const std::string prefix;
    const std::shared_ptr<redis::Factory> factory;
    const std::shared_ptr<contract::LockStore> store;
};

template <class Answer>
std::optional<ErrorCode> refusal(const Answer& answer) {
    return answer ? std::optional<ErrorCode>() : answer.error().code();
}

}  // namespace toril::redis_store
