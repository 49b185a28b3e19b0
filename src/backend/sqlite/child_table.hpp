#pragma once

// The rows of `child`: the children of a job as it sees them, in whatever queue they are. They
// stay when the children themselves are gone, until their parent is.

#include "backend/sqlite/database.hpp"
#include "contract/flow.hpp"

#include <toril/job.hpp>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace toril::sqlite {

/// A child by its names.
struct ChildName {
    std::string_view queue{};
    std::string_view id{};
};

class ChildTable {
public:
    explicit ChildTable(Database& db);
    ~ChildTable();
    ChildTable(const ChildTable&) = delete;
    ChildTable& operator=(const ChildTable&) = delete;

    using State = contract::Dependency::State;

    void put(std::int64_t parent, State state, const ChildName& child, std::string_view value = {});
    /// Answers whether it was there.
    bool take(std::int64_t parent, State state, const ChildName& child);
    bool any(std::int64_t parent, State state);
    contract::DependencyCounts counts(std::int64_t parent);

    struct Row {
        std::string queue{};
        JobId id{};
        std::string value{};
    };
    /// `count` of those after `after`, in the order of their names.
    std::vector<Row> page(std::int64_t parent,
                          State state,
                          const ChildName& after,
                          std::size_t count);
    /// All of a state, without their values.
    std::vector<Row> all(std::int64_t parent, State state);
    void erase(std::int64_t parent);

private:
    struct Statements;
    std::unique_ptr<Statements> sql_;
};

}  // namespace toril::sqlite
