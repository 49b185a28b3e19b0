#pragma once

// A renewal of many, in parts of which none holds the server for long.

#include "backend/redis/lock/lock_links.hpp"
#include "contract/lock_store.hpp"

#include <algorithm>
#include <functional>
#include <memory>
#include <utility>
#include <vector>

namespace toril::redis_store {

/// Sends the locks `from` to `end`, and gets a flag for each.
using SendPart = std::function<void(const std::vector<contract::LockRef>& locks,
                                    std::size_t from,
                                    std::size_t end,
                                    LockLinks::OnReply done)>;

struct Renewal {
    std::vector<contract::LockRef> locks{};
    contract::Done<std::vector<Status>> done{};
    SendPart send{};
    std::vector<Status> answers{};
};

inline void renew_next(std::shared_ptr<Renewal> renewal) {
    const std::size_t from = renewal->answers.size();
    if (from == renewal->locks.size()) return renewal->done(std::move(renewal->answers));
    const std::size_t end = std::min(renewal->locks.size(), from + contract::batch_jobs_max);
    const SendPart& send = renewal->send;
    send(renewal->locks, from, end, [renewal, from, end](Result<redis::Reply> reply) mutable {
        if (!reply) return renewal->done(reply.error());
        const std::string_view flags = reply->root().text();
        if (flags.size() != end - from)
            return renewal->done(Error(ErrorCode::corrupt, "redis gave no answer to a renewal"));
        for (std::size_t i = 0; i < flags.size(); ++i)
            renewal->answers.push_back(
                flags[i] == '1' ? Status()
                                : Status(Error(ErrorCode::not_owner,
                                               "\"" + renewal->locks[from + i].key +
                                                   "\" is not held by this handle any more")));
        renew_next(std::move(renewal));
    });
}

}  // namespace toril::redis_store
