#pragma once

// Who takes jobs of which queue: a row for each watcher of work, for as long as it is there. Rows
// of a process that died go when its jobs are put back.

#include "backend/sqlite/database.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace toril::sqlite {

struct WorkerRow {
    std::int64_t id = 0;
    std::int64_t process = 0;
    std::string queue{};
    std::string name{};
    std::int64_t began_ms = 0;
    std::int64_t pid = 0;  // of the process; read only
};

class WorkerTable {
public:
    WorkerTable(Database& db, std::string_view prefix);

    void put(const WorkerRow& worker);
    void erase(std::int64_t id);
    void erase_of_process(std::int64_t process);
    /// The oldest first. Their processes may be dead.
    std::vector<WorkerRow> of_queue(std::string_view queue);

private:
    const std::string prefix_;
    Statement put_;
    Statement erase_;
    Statement erase_of_process_;
    Statement of_queue_;
};

}  // namespace toril::sqlite
