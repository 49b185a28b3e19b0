#pragma once

// The rows of `deduplication` and `deduplication_next`: who holds an id, until when, and the job
// that comes after the holder.

#include "backend/sqlite/database.hpp"
#include "contract/job_store.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace toril::sqlite {

class DeduplicationTable {
public:
    explicit DeduplicationTable(Database& db);
    ~DeduplicationTable();
    DeduplicationTable(const DeduplicationTable&) = delete;
    DeduplicationTable& operator=(const DeduplicationTable&) = delete;

    struct Holder {
        JobId job{};
        std::int64_t expires_at_ms = 0;  // 0: when it is finished or removed
    };
    std::optional<Holder> holder(std::int64_t queue, std::string_view id, std::int64_t now_ms);
    void put(std::int64_t queue, std::string_view id, const Holder& holder);
    void erase(std::int64_t queue, std::string_view id);
    /// A few of those whose time is over: each new one pays for some old ones.
    void erase_expired(std::int64_t now_ms);

    /// The job that is added when the holder is finished. `number` is its id if it has none.
    struct Next {
        contract::AddJob job{};
        std::int64_t number = 0;
    };
    void put_next(std::int64_t queue, std::string_view id, const Next& next);
    std::optional<Next> next(std::int64_t queue, std::string_view id);
    void erase_next(std::int64_t queue, std::string_view id);

    void erase_queue(std::int64_t queue);

private:
    struct Statements;
    std::unique_ptr<Statements> sql_;
};

}  // namespace toril::sqlite
