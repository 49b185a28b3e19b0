#include "lock/core.hpp"
#include "lock/naming.hpp"

#include <toril/lock.hpp>

#include <utility>

namespace toril {
namespace {

constexpr Millis ttl_min{100};
constexpr Millis ttl_max{366LL * 86'400'000};
constexpr Millis wait_max{366LL * 86'400'000};

Error refused(const std::string& what, Millis value, const std::string& range) {
    return {ErrorCode::invalid_argument,
            what + " is " + std::to_string(value.count()) + " ms; it must be " + range};
}

Status check_options(const LockOptions& options) {
    if (options.ttl < ttl_min || options.ttl > ttl_max)
        return refused("the ttl of a lock", options.ttl, "from 100 ms to 366 days");
    if (options.wait < Millis{0} || options.wait > wait_max)
        return refused("the wait for a lock", options.wait, "from 0 to 366 days");
    if (options.store_timeout <= Millis{0})
        return refused("the store timeout of a lock", options.store_timeout, "more than 0");
    return lock::check_owner(options.owner);
}

// The parts of a job's lock, and with them its key.
Result<std::string> checked_job_key(std::string_view scope, std::string_view resource) {
    if (Status s = lock::check_key("the scope of a job's lock", scope); !s) return s.error();
    if (Status s = lock::check_key("the resource of a job's lock", resource); !s) return s.error();
    std::string key = lock::job_key(scope, resource);
    if (Status s = lock::check_key("the key of a job's lock", key); !s) return s.error();
    return key;
}

Status check_job_id(std::string_view job_id) {
    if (job_id.empty()) return Error(ErrorCode::invalid_argument, "the job id of a lock is empty");
    return lock::check_owner(job_id);
}

}  // namespace

class Locks::Impl final : public lock::Core {
public:
    using Core::Core;
};

Locks::Locks(std::shared_ptr<Impl> impl) noexcept : impl_(std::move(impl)) {}

Result<Locks> Locks::open(const Store& store) {
    if (!store.backend().locks)
        return Error(ErrorCode::invalid_argument, "the store " + store.url() + " has no locks");
    return Locks(std::make_shared<Impl>(lock::Surroundings::of(store)));
}

Result<LockAnswer> Locks::acquire(std::string_view key, const LockOptions& options) {
    if (Status s = lock::check_key("the key of a lock", key); !s) return s.error();
    if (Status s = check_options(options); !s) return s.error();
    return std::shared_ptr(impl_)->acquire(key, options);
}

Result<LockAnswer> Locks::acquire_job(std::string_view scope,
                                      std::string_view resource,
                                      std::string_view job_id,
                                      LockOptions options) {
    const Result<std::string> key = checked_job_key(scope, resource);
    if (!key) return key.error();
    if (Status s = check_job_id(job_id); !s) return s.error();
    options.owner = job_id;
    return acquire(*key, options);
}

Status Locks::release_job(std::string_view scope,
                          std::string_view resource,
                          std::string_view job_id) {
    const Result<std::string> key = checked_job_key(scope, resource);
    if (!key) return key.error();
    if (Status s = check_job_id(job_id); !s) return s;
    return impl_->release_owner(*key, job_id);
}

Result<std::optional<LockInfo>> Locks::job_status(std::string_view scope,
                                                  std::string_view resource) {
    const Result<std::string> key = checked_job_key(scope, resource);
    if (!key) return key.error();
    return impl_->status(*key);
}

Result<std::optional<LockInfo>> Locks::status(std::string_view key) {
    if (Status s = lock::check_key("the key of a lock", key); !s) return s.error();
    return impl_->status(key);
}

Status Locks::release(std::string_view key, std::string_view owner) {
    if (Status s = lock::check_key("the key of a lock", key); !s) return s;
    if (Status s = lock::check_owner(owner); !s) return s;
    return impl_->release_owner(key, owner);
}

LockStats Locks::stats() const {
    const lock::Counters& counters = impl_->counters();
    return {.held = counters.held,
            .busy = counters.busy,
            .degraded = counters.degraded,
            .refused_away = counters.refused_away,
            .released = counters.released,
            .renewals = counters.renewals,
            .lost = counters.lost,
            .wait_ms = counters.wait_ms,
            .holding = counters.holding};
}

}  // namespace toril
