#pragma once

// A folder of its own for each test, and short words for what tests do with a store in it.

#include "backend/sqlite/sqlite_store.hpp"
#include "base/mutex.hpp"
#include "base/uuid.hpp"
#include "conformance/client.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <string>
#include <vector>

namespace toril::sqlite {

using namespace std::chrono_literals;

class SqliteTest : public testing::Test {
protected:
    SqliteTest() { std::filesystem::create_directories(folder); }
    ~SqliteTest() override { std::filesystem::remove_all(folder); }

    SqliteOptions options() {
        return {.path = path,
                .durability = contract::Durability::buffered,
                .log = [this](const LogRecord& record) {
                    base::MutexLock lock(mutex_);
                    events_.emplace_back(record.event);
                }};
    }
    std::shared_ptr<contract::JobStore> open() { return open(options()); }
    static std::shared_ptr<contract::JobStore> open(const SqliteOptions& with) {
        auto store = open_sqlite(with);
        EXPECT_TRUE(store) << (store ? "" : store.error().message());
        return store ? *store : nullptr;
    }
    bool was_logged(const std::string& event) {
        base::MutexLock lock(mutex_);
        return std::find(events_.begin(), events_.end(), event) != events_.end();
    }

    static JobId add(conformance::Client& client, const std::string& queue = "mail") {
        auto added =
            client.add({.queue = queue, .jobs = {{.name = "send", .data = "{}", .opts = "{}"}}});
        return added.value().front().value().id;
    }
    /// Takes one for an hour.
    static std::vector<contract::TakenJob> take(conformance::Client& client,
                                                const std::string& queue = "mail") {
        return client
            .finish_and_take(
                {.queue = queue, .taker = {.lock_duration = 1h}, .take = 1, .token = "held"})
            .value()
            .jobs;
    }

    const std::filesystem::path folder =
        std::filesystem::temp_directory_path() / ("toril-sqlite-" + base::make_uuid());
    const std::string path = (folder / "jobs.db").string();

private:
    base::Mutex mutex_;
    std::vector<std::string> events_{};
};

}  // namespace toril::sqlite
