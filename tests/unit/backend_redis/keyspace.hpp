#pragma once

// A queue's keys as they are on the server, as text: what a test compares with the examples in
// the specification.

#include "backend/redis/redis_store.hpp"
#include "conformance/client.hpp"

#include <toril/redis/connection.hpp>

#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <string>
#include <vector>

namespace toril::redis_store {

/// Suffix of a key (of another queue's, ":queue:suffix") -> its content:
///   string     its text
///   list       [left, ..., right]
///   set        {a, b}               in order
///   sorted set {member: score, ...} lowest first
///   hash       field=value ...      in order of fields
///   stream     (field value ...) (field value ...)
using Keys = std::map<std::string, std::string>;

inline constexpr std::int64_t example_time = 1'795'186'657'720;

class StoreTest : public ::testing::Test {
protected:
    StoreTest();
    explicit StoreTest(const std::string& url);
    ~StoreTest() override;

    /// Runs one command; the answer's text, an integer's digits, or its error's text.
    std::string raw(const std::vector<std::string>& command);
    Keys keys();
    /// One key, or "" when it is not there.
    std::string key(const std::string& suffix);
    /// The events since the last call of this.
    std::vector<std::string> events();
    std::string name_of(const std::string& suffix) const { return base + suffix; }

    JobId add(contract::AddJob job = {});
    contract::FinishedAndTaken call(contract::FinishAndTakeParams params);
    std::vector<JobId> take(std::size_t count, const std::string& token = "t");
    /// Ends runs that were taken with token "t"; the codes of refusals, "" for done.
    std::vector<std::string> finish(std::vector<contract::Outcome> outcomes);
    Status complete(const JobId& id, const std::string& value = "null", KeepJobs keep = {});
    Status fail(const JobId& id, const std::string& reason = "bad", KeepJobs keep = {});
    contract::JobRef ref(const JobId& id) const { return {queue, id}; }

    const std::string prefix;
    const std::string queue = "q";
    const std::string base;
    Timestamp now{Millis{example_time}};
    std::shared_ptr<contract::JobStore> store;
    conformance::Client client;

private:
    std::string read(const std::string& key);

    redis::Factory factory_;
    redis::Connection connection_;
    std::string last_event_ = "-";
};

}  // namespace toril::redis_store
