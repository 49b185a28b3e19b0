#pragma once

// The rows of `scheduler`.

#include "backend/sqlite/database.hpp"
#include "contract/scheduler.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

namespace toril::sqlite {

class SchedulerTable {
public:
    explicit SchedulerTable(Database& db);
    ~SchedulerTable();
    SchedulerTable(const SchedulerTable&) = delete;
    SchedulerTable& operator=(const SchedulerTable&) = delete;

    std::optional<contract::Scheduler> find(std::int64_t queue, std::string_view id);
    /// When its pending run is due; empty: there is no such scheduler.
    std::optional<std::int64_t> next_ms(std::int64_t queue, std::string_view id);
    /// By next run. Positions as in BullMQ.
    std::vector<contract::Scheduler> page(std::int64_t queue,
                                          std::int64_t start,
                                          std::int64_t end,
                                          bool ascending);

    void put(std::int64_t queue, const contract::Scheduler& scheduler);
    void continued(std::int64_t queue, std::string_view id, std::int64_t next_ms);
    void erase(std::int64_t queue, std::string_view id);
    void erase_all(std::int64_t queue);

private:
    struct Statements;
    std::unique_ptr<Statements> sql_;
};

}  // namespace toril::sqlite
