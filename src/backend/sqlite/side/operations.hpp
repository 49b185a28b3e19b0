#pragma once

// The steps of the contracts on a Session, inside a transaction. Those that only look may run in a
// read transaction.

#include "backend/sqlite/side/session.hpp"
#include "contract/cache_store.hpp"
#include "contract/limit_store.hpp"
#include "contract/lock_store.hpp"

#include <toril/result.hpp>

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace toril::sqlite_side {

// locking.cpp
contract::AcquireAnswer acquire(Session& session, const contract::AcquireParams& params);
std::vector<Status> renew(Session& session, const std::vector<contract::LockRef>& locks);
contract::ReleaseOutcome release(Session& session, const contract::LockRef& lock);
Status release_owner(Session& session, const std::string& key, const std::string& owner);
std::optional<contract::LockHolder> lock_status(Session& session, const std::string& key);

// recording.cpp
contract::BeginAnswer begin(Session& session, const contract::BeginParams& params);
std::vector<Status> renew_records(Session& session, const std::vector<contract::LockRef>& records);
Status finish(Session& session, const contract::RecordParams& params);
Status forget(Session& session, const contract::LockRef& record);
/// How long it runs at most; none: it does not.
std::optional<Millis> runs_for(Session& session, const std::string& key);

// limiting.cpp
contract::LimitReply decide(Session& session, const contract::LimitParams& params);

// caching.cpp
/// None: a key is to be lent, which changes the file.
std::optional<contract::CacheAnswer> look_up(Session& session,
                                             const contract::CacheGetParams& params);
contract::CacheAnswer get(Session& session, const contract::CacheGetParams& params);
bool set(Session& session, const contract::CacheSetParams& params);
void give_back(Session& session,
               const std::string& cache,
               const std::string& key,
               const std::string& token);
std::size_t remove(Session& session, const contract::CacheKeys& keys);
std::size_t expire(Session& session, const contract::CacheKeys& keys);
contract::CacheGeneration invalidate(Session& session,
                                     const contract::CacheInvalidateParams& params);
void tally(Session& session,
           const std::string& cache,
           const std::map<std::string, std::uint64_t>& counts);
contract::CacheTotals totals(Session& session, const std::string& cache);

}  // namespace toril::sqlite_side
