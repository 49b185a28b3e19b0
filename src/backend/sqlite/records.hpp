#pragma once

// What belongs to the store as a whole: who has it open, how many commits it saw, and first
// answers of adds for callers that ask again.

#include "backend/sqlite/database.hpp"
#include "contract/job_store.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace toril::sqlite {

struct Ledger {
    std::string store_id{};
    std::int64_t commits = 0;
};

/// An add that may be asked again. Without a queue: of a flow.
struct AddCall {
    std::string_view queue{};
    std::string_view token{};
    std::uint64_t sequence = 0;
    Millis lifetime{contract::repeat_token_lifetime};
};

class Records {
public:
    Records(Database& db, std::string_view prefix);

    std::int64_t add_process(std::int64_t pid, std::int64_t now_ms);
    void erase_process(std::int64_t id);
    std::vector<std::int64_t> other_processes(std::int64_t id);

    void count_commit() { count_commit_.run(); }
    Ledger ledger();

    using AddAnswer = std::vector<Result<contract::Added>>;
    std::optional<AddAnswer> find_add(const AddCall& add);
    void keep_add(const AddCall& add, const AddAnswer& answer, std::int64_t now_ms);

private:
    std::string prefix_;
    Statement insert_process_;
    Statement erase_process_;
    Statement other_processes_;
    Statement count_commit_;
    Statement ledger_;
    Statement find_add_;
    Statement keep_add_;
    Statement forget_adds_;
    std::int64_t forget_again_ms_ = 0;  // when old answers are looked for next
};

}  // namespace toril::sqlite
