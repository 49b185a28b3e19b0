#include "backend/sqlite/child_table.hpp"

#include "toril/sqlite/statements.hpp"

namespace toril::sqlite {

struct ChildTable::Statements {
    explicit Statements(Database& connection) : db(connection) {}

    Database& db;
    Statement put{db, sql::flow, "put"};
    Statement take{db, sql::flow, "take"};
    Statement any{db, sql::flow, "any"};
    Statement counts{db, sql::flow, "counts"};
    Statement page{db, sql::flow, "page"};
    Statement all{db, sql::flow, "all"};
    Statement erase{db, sql::flow, "erase"};
};

ChildTable::ChildTable(Database& db) : sql_(std::make_unique<Statements>(db)) {}
ChildTable::~ChildTable() = default;

void ChildTable::put(std::int64_t parent,
                     State state,
                     const ChildName& child,
                     std::string_view value) {
    sql_->put.run(parent, static_cast<int>(state), child.queue, child.id, value);
}

bool ChildTable::take(std::int64_t parent, State state, const ChildName& child) {
    return sql_->take.run(parent, static_cast<int>(state), child.queue, child.id) > 0;
}

bool ChildTable::any(std::int64_t parent, State state) {
    return sql_->any.rows(parent, static_cast<int>(state)).next();
}

contract::DependencyCounts ChildTable::counts(std::int64_t parent) {
    contract::DependencyCounts counts;
    Cursor row = sql_->counts.rows(parent);
    while (row.next()) {
        const auto count = static_cast<std::uint64_t>(row.number(1));
        switch (static_cast<State>(row.small(0))) {
            case State::unprocessed: counts.unprocessed = count; break;
            case State::processed: counts.processed = count; break;
            case State::ignored: counts.ignored = count; break;
            case State::failed: counts.failed = count; break;
        }
    }
    return counts;
}

std::vector<ChildTable::Row> ChildTable::page(std::int64_t parent,
                                              State state,
                                              const ChildName& after,
                                              std::size_t count) {
    std::vector<Row> found;
    Cursor row = sql_->page.rows(
        parent, static_cast<int>(state), after.queue, after.id, static_cast<std::int64_t>(count));
    while (row.next())
        found.push_back({row.text(0), row.text(1), row.text(2)});
    return found;
}

std::vector<ChildTable::Row> ChildTable::all(std::int64_t parent, State state) {
    std::vector<Row> found;
    Cursor row = sql_->all.rows(parent, static_cast<int>(state));
    while (row.next())
        found.push_back({row.text(0), row.text(1), {}});
    return found;
}

void ChildTable::erase(std::int64_t parent) {
    sql_->erase.run(parent);
}

}  // namespace toril::sqlite
