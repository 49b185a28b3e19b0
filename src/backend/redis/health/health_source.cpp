#include "backend/redis/health/health_source.hpp"

#include "backend/redis/health/info_facts.hpp"
#include "base/mutex.hpp"
#include "redis/error_reply.hpp"
#include "redis_health_scripts.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <functional>
#include <string>
#include <utility>
#include <vector>

namespace toril::redis_store {
namespace {

using std::chrono::steady_clock;
using SteadyTime = steady_clock::time_point;

// Twice as long as probes are apart by default, so that it is there at most once.
constexpr std::string_view probe_stays_ms = "60000";
// One at a time: old servers take one name, and the whole of INFO has sections that are long.
constexpr std::array<const char*, 7> sections{
    "server", "clients", "memory", "persistence", "stats", "replication", "keyspace"};

const redis::Script& probe_script() {
    static const redis::Script script("probe_write", health_lua::probe_write);
    return script;
}

HealthReason health_reason(redis::LinkReason reason) {
    switch (reason) {
        case redis::LinkReason::none: return HealthReason::none;
        case redis::LinkReason::refused: return HealthReason::refused;
        case redis::LinkReason::timed_out: return HealthReason::timed_out;
        case redis::LinkReason::dns: return HealthReason::dns;
        case redis::LinkReason::tls: return HealthReason::tls;
        case redis::LinkReason::auth: return HealthReason::auth;
        case redis::LinkReason::noperm: return HealthReason::noperm;
        case redis::LinkReason::readonly: return HealthReason::readonly;
        case redis::LinkReason::loading: return HealthReason::loading;
        case redis::LinkReason::misconf: return HealthReason::misconf;
        case redis::LinkReason::oom: return HealthReason::oom;
        case redis::LinkReason::max_clients: return HealthReason::max_clients;
        case redis::LinkReason::cluster_down: return HealthReason::cluster_down;
        case redis::LinkReason::protocol: return HealthReason::protocol;
        case redis::LinkReason::disconnected: return HealthReason::disconnected;
    }
    return HealthReason::disconnected;
}

Millis age(SteadyTime then, SteadyTime now) {
    return std::chrono::duration_cast<Millis>(std::max(now - then, SteadyTime::duration::zero()));
}

Error error_of_text(std::string_view text) {
    if (std::optional<Error> known = redis::error_of_reply(text)) return std::move(*known);
    const redis::LinkReason reason = redis::reason_of_reply(text);
    const bool is_right = reason == redis::LinkReason::noperm || reason == redis::LinkReason::auth;
    return {is_right ? ErrorCode::unauthorized : ErrorCode::unavailable,
            "redis refused: " + std::string(text.substr(0, text.find(" script: ")))};
}

// An error reply of the server is an error here.
Result<redis::Reply> checked(Result<redis::Reply> reply) {
    if (reply && reply->root().is_error()) return error_of_text(reply->root().text());
    return reply;
}

// What answers that are due share with the source, which they may outlive.
struct Shared {
    base::Mutex mutex{};
    // What was refused before this has been proved wrong since.
    SteadyTime written_at TORIL_GUARDED_BY(mutex){};
    std::vector<std::pair<std::weak_ptr<void>, std::function<void()>>> listeners
        TORIL_GUARDED_BY(mutex){};

    void wrote(SteadyTime begun) {
        base::MutexLock lock(mutex);
        written_at = std::max(written_at, begun);
    }

    void tell() {
        std::vector<std::pair<std::shared_ptr<void>, std::function<void()>>> alive;
        {
            base::MutexLock lock(mutex);
            std::erase_if(listeners, [](const auto& each) { return each.first.expired(); });
            for (const auto& [owner, listener] : listeners)
                if (auto kept = owner.lock()) alive.emplace_back(std::move(kept), listener);
        }
        for (const auto& [owner, listener] : alive)
            listener();
    }
};

class RedisHealthSource final : public contract::HealthSource {
public:
    RedisHealthSource(std::shared_ptr<redis::Factory> factory, const RedisStoreOptions& options)
        : factory_(std::move(factory)), probe_key_(options.prefix + ":toril:probe") {
        factory_->on_trouble([shared = shared_] { shared->tell(); });
    }
    ~RedisHealthSource() override { factory_->on_trouble({}); }
    RedisHealthSource(const RedisHealthSource&) = delete;
    RedisHealthSource& operator=(const RedisHealthSource&) = delete;

    std::string kind() const override { return "redis"; }

    std::vector<LinkHealth> links() const override {
        const SteadyTime now = steady_clock::now();
        SteadyTime written_at;
        {
            base::MutexLock lock(shared_->mutex);
            written_at = shared_->written_at;
        }
        std::vector<LinkHealth> links;
        for (redis::ConnectionReport& report : factory_->connections())
            links.push_back(link_of(report, written_at, now));
        return links;
    }

    void listen(std::weak_ptr<void> owner, std::function<void()> listener) override {
        base::MutexLock lock(shared_->mutex);
        shared_->listeners.emplace_back(std::move(owner), std::move(listener));
    }

    void ping(Millis deadline, contract::Done<std::chrono::microseconds> done) override {
        const SteadyTime begun = steady_clock::now();
        factory_->shared().send(redis::Request("PING"),
                                [begun, done = std::move(done)](Result<redis::Reply> answer) {
                                    const Result<redis::Reply> reply = checked(std::move(answer));
                                    if (!reply) return done(reply.error());
                                    done(std::chrono::duration_cast<std::chrono::microseconds>(
                                        steady_clock::now() - begun));
                                },
                                {.timeout = deadline, .idempotent = true});
    }

    void probe_write(Millis deadline, contract::DoneStatus done) override {
        const SteadyTime begun = steady_clock::now();
        const std::string_view keys[]{probe_key_};
        const std::string_view args[]{probe_stays_ms};
        factory_->shared().run(
            probe_script(),
            keys,
            args,
            [begun, shared = shared_, done = std::move(done)](Result<redis::Reply> answer) {
                const Result<redis::Reply> reply = checked(std::move(answer));
                if (!reply) return done(reply.error());
                shared->wrote(begun);
                done({});
            },
            {.timeout = deadline, .idempotent = true});
    }

    void facts(Millis deadline, contract::Done<Facts> done) override {
        redis::Request request;
        for (const char* section : sections)
            request.command("INFO").arg(section);
        request.command("DBSIZE");
        factory_->shared().send_all(
            std::move(request),
            [done = std::move(done)](Result<std::vector<redis::Reply>> replies) {
                if (!replies) return done(replies.error());
                done(facts_of(*replies));
            },
            {.timeout = deadline, .idempotent = true});
    }

private:
    // A section that the server does not know, or does not tell us, is left out.
    static Result<Facts> facts_of(const std::vector<redis::Reply>& replies) {
        Facts facts;
        for (const redis::Reply& reply : replies) {
            const redis::Value root = reply.root();
            if (root.is_error()) continue;
            if (root.type() == redis::ReplyType::integer)
                facts.emplace_back("dbsize", std::to_string(root.integer()));
            else
                append_info(root.text(), facts);
        }
        if (facts.empty() && !replies.empty()) return error_of_text(replies.front().root().text());
        return facts;
    }

    static LinkHealth link_of(redis::ConnectionReport& report,
                              SteadyTime written_at,
                              SteadyTime now) {
        LinkHealth link{.role = std::move(report.role),
                        .name = std::move(report.name),
                        .state = std::string(redis::to_string(report.state)),
                        .reason = health_reason(report.reason),
                        .detail = std::move(report.detail)};
        const bool is_refused =
            report.refusal != redis::LinkReason::none && report.refused_at > written_at;
        if (link.reason == HealthReason::none && is_refused) {
            link.reason = health_reason(report.refusal);
            link.detail = std::move(report.refusal_detail);
        }
        if (report.since != SteadyTime{}) link.since = age(report.since, now);
        if (report.last_ok != SteadyTime{}) link.last_ok = age(report.last_ok, now);
        link.rtt = report.rtt;
        link.connects = report.stats.connects;
        link.failures = report.stats.failures;
        link.disconnects = report.stats.disconnects;
        link.timeouts = report.stats.timeouts;
        link.waiting = report.stats.queued + report.stats.in_flight;
        return link;
    }

    const std::shared_ptr<Shared> shared_ = std::make_shared<Shared>();
    const std::shared_ptr<redis::Factory> factory_;
    const std::string probe_key_;
};

}  // namespace

std::shared_ptr<contract::HealthSource> open_health_source(std::shared_ptr<redis::Factory> factory,
                                                           const RedisStoreOptions& options) {
    return std::make_shared<RedisHealthSource>(std::move(factory), options);
}

}  // namespace toril::redis_store
