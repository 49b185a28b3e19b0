#include "base/sync.hpp"
#include "lock/core.hpp"
#include "lock/naming.hpp"

#include <toril/lock.hpp>

#include <unistd.h>

#include <algorithm>
#include <utility>

namespace toril {
namespace {

using lock::BootClock;
using lock::Holding;

constexpr Millis answer_margin{1'000};
constexpr Millis look_max{1'000};
constexpr Millis lease_min{100};
constexpr Millis time_max{366LL * 86'400'000};
constexpr std::size_t fingerprint_bytes_max = 64;
constexpr std::size_t answer_bytes_max = 1'048'576;

Error refused(const std::string& what, Millis value, const std::string& range) {
    return {ErrorCode::invalid_argument,
            what + " is " + std::to_string(value.count()) + " ms; it must be " + range};
}

Status check_options(const IdempotencyOptions& options) {
    if (options.lease < lease_min || options.lease > time_max)
        return refused("the lease of a run", options.lease, "from 100 ms to 366 days");
    if (options.wait < Millis{0} || options.wait > time_max)
        return refused("the wait for a run", options.wait, "from 0 to 366 days");
    for (const Millis keep : {options.keep, options.keep_failure})
        if (keep < Millis{1} || keep > time_max)
            return refused("the time for which an answer is kept", keep, "from 1 ms to 366 days");
    if (options.store_timeout <= Millis{0})
        return refused("the store timeout of a run", options.store_timeout, "more than 0");
    return {};
}

// What the runs of one Idempotency share.
class Records : public std::enable_shared_from_this<Records> {
public:
    explicit Records(const lock::Surroundings& with)
        : store_(with.store),
          outage_(std::make_shared<lock::Outage>(store_, with.board, base::Logger(with.log))),
          keeper_(lock::make_keeper(store_,
                                    &contract::LockStore::renew_records,
                                    outage_,
                                    std::make_shared<lock::Counters>(),
                                    base::Logger(with.log))) {}

    /// Asks until `call` has an answer, or the timeout has passed: every call here may be made
    /// twice, as its token makes it one.
    template <class R, class Call>
    R ask(Millis timeout, const Call& call) {
        if (outage_->is_on()) return outage_->reason();
        const auto give_up = BootClock::now() + timeout;
        for (;;) {
            const Millis left =
                std::max(Millis{1}, std::chrono::ceil<Millis>(give_up - BootClock::now()));
            R answer = base::wait_for_answer<R>(left + answer_margin,
                                                [&](auto done) { call(left, std::move(done)); });
            if (answer || !base::is_store_away(answer.error().code())) {
                outage_->answered();
                return answer;
            }
            outage_->failed(answer.error());
            const bool is_unknown = answer.error().code() == ErrorCode::outcome_unknown;
            if (!is_unknown || BootClock::now() >= give_up) return answer;
        }
    }

    contract::LockStore& store() { return *store_; }
    lock::Keeper& keeper() { return *keeper_; }

private:
    const std::shared_ptr<contract::LockStore> store_;
    const std::shared_ptr<lock::Outage> outage_;
    const std::shared_ptr<lock::Keeper> keeper_;
};

}  // namespace

std::string_view to_string(IdempotencyAnswer::Kind kind) noexcept {
    using Kind = IdempotencyAnswer::Kind;
    switch (kind) {
        case Kind::run: return "run";
        case Kind::wait: return "wait";
        case Kind::replay: return "replay";
        case Kind::conflict: return "conflict";
        case Kind::mismatch: return "mismatch";
    }
    return "unknown";
}

// ---- a run --------------------------------------------------------------------------------------

class IdempotentRun::Impl {
public:
    Impl(std::shared_ptr<Records> records,
         std::shared_ptr<Holding> holding,
         std::uint64_t fence,
         const IdempotencyOptions& options)
        : records_(std::move(records)),
          holding_(std::move(holding)),
          fence_(fence),
          options_(options),
          process_(::getpid()) {
        records_->keeper().keep(holding_);
    }

    // Not finished: the next one may.
    ~Impl() {
        if (::getpid() != process_) return;
        records_->keeper().drop(holding_);
        if (holding_->end() && !finished_)
            records_->store().forget(holding_->ref(), options_.store_timeout, [](const Status&) {});
    }

    std::uint64_t fence() const noexcept { return fence_; }
    std::stop_token stop_token() const noexcept { return holding_->stop_token(); }

    // Also when the lease was lost, as far as we know: the store decides.
    Status finish(std::string_view value, bool failed) {
        if (value.size() > answer_bytes_max)
            return Error(
                ErrorCode::limit_reached,
                "the answer has " + std::to_string(value.size()) + " bytes; at most 1 MiB is kept");
        Status stored =
            records_->ask<Status>(options_.store_timeout, [&](Millis timeout, auto done) {
                records_->store().finish({.key = holding_->ref().key,
                                          .token = holding_->ref().token,
                                          .value = std::string(value),
                                          .failed = failed,
                                          .keep = failed ? options_.keep_failure : options_.keep,
                                          .timeout = timeout},
                                         std::move(done));
            });
        if (stored) {
            finished_ = true;
            holding_->end();
            records_->keeper().drop(holding_);
        }
        return stored;
    }

private:
    const std::shared_ptr<Records> records_;
    const std::shared_ptr<Holding> holding_;
    const std::uint64_t fence_;
    const IdempotencyOptions options_;
    const pid_t process_;
    std::atomic<bool> finished_{false};
};

IdempotentRun::IdempotentRun(std::shared_ptr<Impl> impl) noexcept : impl_(std::move(impl)) {}
IdempotentRun::IdempotentRun(IdempotentRun&&) noexcept = default;
IdempotentRun& IdempotentRun::operator=(IdempotentRun&&) noexcept = default;
IdempotentRun::~IdempotentRun() = default;

std::uint64_t IdempotentRun::fence() const noexcept {
    return impl_ ? impl_->fence() : 0;
}

std::stop_token IdempotentRun::stop_token() const noexcept {
    return impl_ ? impl_->stop_token() : std::stop_token();
}

Status IdempotentRun::complete(std::string_view answer) {
    if (impl_) return impl_->finish(answer, false);
    return Error(ErrorCode::not_owner, "this handle runs nothing: it was moved from");
}

Status IdempotentRun::fail(std::string_view reason) {
    if (impl_) return impl_->finish(reason, true);
    return Error(ErrorCode::not_owner, "this handle runs nothing: it was moved from");
}

// ---- beginning ----------------------------------------------------------------------------------

class Idempotency::Impl final : public Records {
public:
    using Records::Records;

    Result<IdempotencyAnswer> begin(const std::string& key,
                                    std::string_view fingerprint,
                                    const IdempotencyOptions& options) {
        const auto give_up = BootClock::now() + options.wait;
        std::unique_ptr<contract::LockWatcher> watcher;
        for (;;) {
            const auto asked_at = BootClock::now();
            contract::BeginParams params{.key = key,
                                         .fingerprint = std::string(fingerprint),
                                         .token = lock::make_token(),
                                         .lease = options.lease};
            Result<contract::BeginAnswer> begun = ask<Result<contract::BeginAnswer>>(
                options.store_timeout, [&](Millis timeout, auto done) {
                    params.timeout = timeout;
                    store().begin(params, std::move(done));
                });
            if (!begun) {
                forget_unknown(params, begun.error(), options);
                return begun.error();
            }
            if (begun->kind == contract::BeginAnswer::Kind::run)
                return run(params, *begun, options, asked_at);
            const Millis left =
                std::max(Millis{0}, std::chrono::ceil<Millis>(give_up - BootClock::now()));
            if (begun->kind != contract::BeginAnswer::Kind::running || left == Millis{0})
                return answer_of(std::move(*begun), options);
            if (!watcher) watcher = store().watch(contract::LockKind::record, key);
            const Millis time = std::min({left, begun->remaining + Millis{1}, look_max});
            const Status waited = base::wait_for_answer<Status>(
                time + answer_margin, [&](auto done) { watcher->wait(time, std::move(done)); });
            if (!waited && waited.error().code() == ErrorCode::cancelled) return waited.error();
        }
    }

private:
    Result<IdempotencyAnswer> run(const contract::BeginParams& params,
                                  const contract::BeginAnswer& begun,
                                  const IdempotencyOptions& options,
                                  BootClock::time_point asked_at) {
        auto holding = std::make_shared<Holding>(
            contract::LockRef{.key = params.key, .token = params.token, .ttl = options.lease},
            lock::Lease(options.lease, true, asked_at));
        return IdempotencyAnswer{
            .kind = IdempotencyAnswer::Kind::run,
            .run = IdempotentRun(std::make_shared<IdempotentRun::Impl>(
                shared_from_this(), std::move(holding), begun.fence, options))};
    }

    // It may run under a token that nobody knows of: others need not wait for its lease.
    void forget_unknown(const contract::BeginParams& params,
                        const Error& error,
                        const IdempotencyOptions& options) {
        if (error.code() != ErrorCode::timed_out && error.code() != ErrorCode::outcome_unknown)
            return;
        store().forget({.key = params.key, .token = params.token},
                       options.store_timeout,
                       [](const Status&) {});
    }

    static IdempotencyAnswer answer_of(contract::BeginAnswer begun,
                                       const IdempotencyOptions& options) {
        using Kind = IdempotencyAnswer::Kind;
        switch (begun.kind) {
            case contract::BeginAnswer::Kind::replay:
                return {
                    .kind = Kind::replay, .answer = std::move(begun.value), .failed = begun.failed};
            case contract::BeginAnswer::Kind::mismatch: return {.kind = Kind::mismatch};
            default:
                return {.kind = options.wait > Millis{0} ? Kind::wait : Kind::conflict,
                        .retry_after = begun.remaining};
        }
    }
};

Idempotency::Idempotency(std::shared_ptr<Impl> impl) noexcept : impl_(std::move(impl)) {}

Result<Idempotency> Idempotency::open(const Store& store) {
    if (!store.backend().locks)
        return Error(ErrorCode::invalid_argument, "the store " + store.url() + " has no records");
    return Idempotency(std::make_shared<Impl>(lock::Surroundings::of(store)));
}

Result<IdempotencyAnswer> Idempotency::begin(std::string_view key,
                                             std::string_view fingerprint,
                                             const IdempotencyOptions& options) {
    if (Status s = lock::check_key("the key of a run", key); !s) return s.error();
    if (fingerprint.size() > fingerprint_bytes_max)
        return Error(ErrorCode::invalid_argument,
                     "the fingerprint has " + std::to_string(fingerprint.size()) +
                         " bytes; at most 64 are allowed: give a hash of the request");
    if (Status s = check_options(options); !s) return s.error();
    return std::shared_ptr(impl_)->begin(std::string(key), fingerprint, options);
}

}  // namespace toril
