#include "backend/sqlite/worker_table.hpp"

#include "toril/sqlite/statements.hpp"

namespace toril::sqlite {

WorkerTable::WorkerTable(Database& db, std::string_view prefix)
    : prefix_(prefix),
      put_(db, sql::worker, "put"),
      erase_(db, sql::worker, "erase"),
      erase_of_process_(db, sql::worker, "erase_of_process"),
      of_queue_(db, sql::worker, "of_queue") {}

void WorkerTable::put(const WorkerRow& worker) {
    put_.run(worker.id, worker.process, prefix_, worker.queue, worker.name, worker.began_ms);
}

void WorkerTable::erase(std::int64_t id) {
    erase_.run(id);
}

void WorkerTable::erase_of_process(std::int64_t process) {
    erase_of_process_.run(process);
}

std::vector<WorkerRow> WorkerTable::of_queue(std::string_view queue) {
    std::vector<WorkerRow> found;
    Cursor row = of_queue_.rows(prefix_, queue);
    while (row.next())
        found.push_back({.process = row.number(0),
                         .queue = std::string(queue),
                         .name = row.text(2),
                         .began_ms = row.number(3),
                         .pid = row.number(1)});
    return found;
}

}  // namespace toril::sqlite
