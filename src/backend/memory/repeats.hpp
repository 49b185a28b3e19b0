#pragma once

// First answers, kept for callers that lost them and ask again.

#include "contract/job_store.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

namespace toril::memory {

class Repeats {
public:
    using AddAnswer = std::vector<Result<contract::Added>>;

    /// An add of jobs, or of a flow.
    struct AddCall {
        std::string token{};
        std::uint64_t sequence = 0;
        Millis lifetime{contract::repeat_token_lifetime};
    };
    /// Null when this add comes first now.
    const AddAnswer* find(const AddCall& add) const;
    void keep(const AddCall& add, const AddAnswer& answer, Timestamp now);

    /// What this call answered when it came first; empty when it comes first now.
    /// Errors: `invalid_argument` when its lane is past this sequence.
    Result<std::optional<contract::FinishedAndTaken>> find(
        const contract::FinishAndTakeParams& call) const;
    void keep(const contract::FinishAndTakeParams& call,
              const contract::FinishedAndTaken& answer,
              Timestamp now);

private:
    struct LastAdd {
        std::uint64_t sequence = 0;
        AddAnswer answer{};
        Timestamp until{};
    };
    struct LastCall {
        std::uint64_t sequence = 0;
        contract::FinishedAndTaken answer{};
        Timestamp until{};
    };

    std::unordered_map<std::string, LastAdd> adds_{};
    std::map<std::pair<std::string, int>, LastCall> lanes_{};
};

}  // namespace toril::memory
