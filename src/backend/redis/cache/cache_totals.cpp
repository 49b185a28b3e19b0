#include "backend/redis/cache/cache_totals.hpp"

#include "backend/redis/cache/cache_errors.hpp"
#include "backend/redis/key_scan.hpp"

#include <memory>
#include <optional>
#include <utility>
#include <vector>

namespace toril::redis_store {
namespace {

constexpr int names_per_step = 1'000;

}  // namespace

struct CacheTally::Reading {
    std::string names{};  // the pattern of its entries
    Millis timeout{0};
    contract::Done<contract::CacheTotals> done{};
    std::string cursor = "0";
    contract::CacheTotals totals{};
};

void CacheTally::add(const std::string& cache,
                     const std::map<std::string, std::uint64_t>& counts,
                     Millis timeout,
                     contract::DoneStatus done) {
    const std::string key = keys_.counts(cache);
    redis::Request request;
    for (const auto& [name, count] : counts)
        request.command("HINCRBY").arg(key).arg(name).arg(count);
    connection_.send_all(
        std::move(request),
        [done = std::move(done)](const Result<std::vector<redis::Reply>>& replies) {
            if (!replies) return done(replies.error());
            for (const redis::Reply& reply : *replies)
                if (reply.root().is_error()) return done(error_of_script(reply.root().text()));
            done({});
        },
        {.timeout = timeout});
}

void CacheTally::read(const std::string& cache,
                      Millis timeout,
                      contract::Done<contract::CacheTotals> done) {
    auto reading = std::make_shared<Reading>();
    reading->names = glob_escaped(keys_.entries(cache)) + "*";
    reading->timeout = timeout;
    reading->done = std::move(done);
    redis::Request request("HGETALL");
    request.arg(keys_.counts(cache));
    connection_.send(std::move(request),
                     [this, reading](const Result<redis::Reply>& reply) {
                         if (auto error = error_in(reply)) return reading->done(std::move(*error));
                         const redis::Value fields = reply->root();
                         for (std::size_t i = 0; i + 1 < fields.size(); i += 2)
                             reading->totals.counts[std::string(fields[i].text())] =
                                 static_cast<std::uint64_t>(fields[i + 1].integer());
                         scan(reading);
                     },
                     {.timeout = timeout});
}

// One step of many, so that others are served in between.
void CacheTally::scan(std::shared_ptr<Reading> reading) {
    redis::Request request("SCAN");
    request.arg(reading->cursor).arg("MATCH").arg(reading->names).arg("COUNT").arg(names_per_step);
    const redis::SendOptions options{.timeout = reading->timeout};
    connection_.send(
        std::move(request),
        [this, reading](const Result<redis::Reply>& reply) {
            if (auto error = error_in(reply)) return reading->done(std::move(*error));
            const redis::Value answer = reply->root();
            if (answer.size() != 2)
                return reading->done(Error(ErrorCode::corrupt, "redis did not answer a SCAN"));
            reading->cursor = answer[0].text();
            measure(reading, answer[1]);
        },
        options);
}

void CacheTally::measure(std::shared_ptr<Reading> reading, const redis::Value& names) {
    const auto go_on = [this, reading] {
        if (reading->cursor == "0") return reading->done(std::move(reading->totals));
        scan(reading);
    };
    redis::Request request;
    for (std::size_t i = 0; i < names.size(); ++i) {
        request.command("STRLEN").arg(names[i].text());
        reading->totals.bytes += names[i].text().size();
    }
    if (names.size() == 0) return go_on();
    reading->totals.entries += names.size();
    const redis::SendOptions options{.timeout = reading->timeout};
    connection_.send_all(
        std::move(request),
        [reading, go_on](const Result<std::vector<redis::Reply>>& replies) {
            if (!replies) return reading->done(replies.error());
            for (const redis::Reply& reply : *replies)
                if (!reply.root().is_error())
                    reading->totals.bytes += static_cast<std::uint64_t>(reply.root().integer());
            go_on();
        },
        options);
}

}  // namespace toril::redis_store
