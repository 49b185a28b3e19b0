#pragma once

// The latest answer of each worker and lane, for a caller that lost it and asks again.
//
// In memory: a worker that asks again lives in this process, and a commit whose outcome is
// unknown is looked up before anybody is answered. Payloads are not kept: they are read anew.

#include "contract/job_store.hpp"

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace toril::sqlite {

class TakeReplays {
public:
    /// What this call answered when it came first, without payloads; empty when it comes first
    /// now. Errors: `invalid_argument` when its lane is past this sequence.
    Result<std::optional<contract::FinishedAndTaken>> find(
        const contract::FinishAndTakeParams& call) const;

    void keep(const contract::FinishAndTakeParams& call,
              const contract::FinishedAndTaken& answer,
              Timestamp now);

    void committed() { fresh_.clear(); }
    void rolled_back();

private:
    using Lane = std::pair<std::string, int>;
    struct LastCall {
        std::uint64_t sequence = 0;
        contract::FinishedAndTaken answer{};
        Timestamp at{};
    };

    std::map<Lane, LastCall> lanes_{};
    std::vector<Lane> fresh_{};  // kept by the transaction under way
};

}  // namespace toril::sqlite
