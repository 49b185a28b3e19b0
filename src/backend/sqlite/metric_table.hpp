#pragma once

// Finished jobs per minute, as BullMQ counts them (bullmq-wire 3.4.1).

#include "backend/sqlite/database.hpp"
#include "contract/event.hpp"

#include <cstdint>
#include <vector>

namespace toril::sqlite {

class MetricTable {
public:
    explicit MetricTable(Database& db);

    struct Finished {
        bool failed = false;
        std::int64_t jobs = 0;
        int points_max = 0;  // minutes to be kept
        std::int64_t at_ms = 0;
    };
    void count(std::int64_t queue, const Finished& finished);
    contract::Metrics page(std::int64_t queue, const contract::MetricsParams& params);
    void erase_all(std::int64_t queue);

private:
    struct Row {
        contract::Metrics sums{};
        std::vector<std::int64_t> minutes{};  // the newest first
    };
    Row find(std::int64_t queue, bool failed);

    Statement find_;
    Statement put_;
    Statement erase_all_;
};

}  // namespace toril::sqlite
