#include "backend/redis/cache/cache_calls.hpp"

#include "backend/redis/cache/cache_entry.hpp"
#include "backend/redis/cache/cache_errors.hpp"
#include "backend/redis/cache/cache_scripts.hpp"
#include "backend/redis/script_args.hpp"

#include <algorithm>
#include <utility>
#include <vector>

namespace toril::redis_store {
namespace {

using contract::CacheAnswer;
using contract::CacheFound;
using contract::CacheGeneration;
using contract::Done;

// More go in several steps: a script holds up everybody else on the server.
constexpr std::size_t keys_per_script = 1'000;
// So far behind may a listener be that is told each mark.
constexpr std::size_t recent_marks_max = 128;

Error malformed() {
    return {ErrorCode::corrupt, "redis gave an answer that is none to what was asked"};
}

CacheGeneration generation_of(const redis::Value& incarnation, const redis::Value& number) {
    return {.incarnation = std::string(incarnation.text()),
            .number = static_cast<std::uint64_t>(number.integer())};
}

std::string_view kind_of(contract::CacheMark::Kind kind) {
    switch (kind) {
        case contract::CacheMark::Kind::tag: return "t";
        case contract::CacheMark::Kind::pattern: return "p";
        case contract::CacheMark::Kind::all: break;
    }
    return "a";
}

}  // namespace

// ---- get ------------------------------------------------------------------------------------

struct CacheCalls::Reading {
    contract::CacheGetParams params{};
    Done<CacheAnswer> done{};
    CacheAnswer answer{};
};

void CacheCalls::get(contract::CacheGetParams params, Done<CacheAnswer> done) {
    auto reading = std::make_shared<Reading>();
    reading->params = std::move(params);
    reading->done = std::move(done);
    reading->answer.found.reserve(reading->params.keys.size());
    read_on(std::move(reading));
}

void CacheCalls::read_on(std::shared_ptr<Reading> reading) {
    const contract::CacheGetParams& params = reading->params;
    const std::size_t begin = reading->answer.found.size();
    const std::size_t count = std::min(params.keys.size() - begin, keys_per_script);
    ScriptArgs args;
    args.owned(incarnations_.next())
        .millis(std::max(params.lease, Millis{0}))
        .text(params.token)
        .millis(params.ahead);
    for (std::size_t i = begin; i < begin + count; ++i)
        args.text(params.keys[i]);
    const std::string marks = keys_.marks(params.cache);
    const std::string_view script_keys[]{marks};
    const redis::SendOptions options{.timeout = params.timeout};
    connection_.run(
        cache_scripts().get,
        script_keys,
        args.views(),
        [this, reading, count](Result<redis::Reply> reply) {
            if (auto error = error_in(reply)) return reading->done(std::move(*error));
            if (reply->root().size() != 2 + 3 * count) return reading->done(malformed());
            note(*reading, reply->root(), count);
            if (reading->answer.found.size() < reading->params.keys.size()) return read_on(reading);
            reading->done(std::move(reading->answer));
        },
        options);
}

// {incarnation, number, and for each key: entry, how long it is kept, how long it is lent}
void CacheCalls::note(Reading& reading, const redis::Value& answer, std::size_t count) {
    auto element = answer.begin();
    const auto next = [&element] {
        const redis::Value value = *element;
        ++element;
        return value;
    };
    const redis::Value incarnation = next();
    const CacheGeneration generation = generation_of(incarnation, next());
    // The first is the oldest: a load that carries it is refused sooner, never later.
    if (reading.answer.found.empty()) reading.answer.generation = generation;
    for (std::size_t i = 0; i < count; ++i) {
        const redis::Value bytes = next();
        const std::int64_t kept = next().integer();
        const std::int64_t lent = next().integer();
        CacheFound found{.leased = lent < 0,
                         .lease_left = Millis(std::max<std::int64_t>(lent, 0)),
                         .unreadable = kept < 0};
        if (!bytes.is_null()) {
            found.entry = unseal_cache_entry(bytes.text(), Millis(kept));
            found.unreadable = !found.entry;
            if (!found.entry) drop_damaged(reading, reading.answer.found.size(), bytes.text());
        }
        reading.answer.found.push_back(std::move(found));
    }
}

// The script took it for a good one, so nobody would be lent the key before it ends.
void CacheCalls::drop_damaged(const Reading& reading, std::size_t index, std::string_view bytes) {
    const std::string name = keys_.entry(reading.params.cache, reading.params.keys[index]);
    const std::string_view script_keys[]{name};
    const std::string_view args[]{bytes.substr(0, cache_head_length)};
    connection_.run(
        cache_scripts().drop_unreadable, script_keys, args, [](const Result<redis::Reply>&) {});
}

// ---- set ------------------------------------------------------------------------------------

struct CacheCalls::Storing {
    contract::CacheSetParams params{};
    SealedCacheEntry sealed{};
    Done<bool> done{};
};

void CacheCalls::set(contract::CacheSetParams params, Done<bool> stored) {
    if (params.entry.value.size() > contract::cache_value_bytes_max)
        return stored(Error(ErrorCode::limit_reached,
                            "a value of a cache has at most " +
                                std::to_string(contract::cache_value_bytes_max) + " bytes"));
    if (params.entry.kept_for.count() <= 0)
        return stored(Error(ErrorCode::invalid_argument, "an entry that is not kept"));
    auto storing = std::make_shared<Storing>();
    storing->sealed = seal_cache_entry(params.entry);
    params.entry.value.clear();
    storing->params = std::move(params);
    storing->done = std::move(stored);
    store(std::move(storing), !knows_set_.load(std::memory_order_relaxed));
}

// MULTI, the script, RENAME, EXEC: why, is said in set.lua.
void CacheCalls::store(std::shared_ptr<Storing> storing, bool whole) {
    const contract::CacheSetParams& params = storing->params;
    const redis::Script& script = cache_scripts().set;
    const std::string making = keys_.making(params.cache);
    redis::Request request("MULTI");
    request.command(whole ? "EVAL" : "EVALSHA")
        .arg(whole ? script.source() : std::string_view(script.sha1()))
        .arg(2)
        .arg(keys_.marks(params.cache))
        .arg(making)
        .arg(incarnations_.next())
        .arg(params.key)
        .arg(params.token)
        .arg(params.entry.kept_for.count())
        .arg(storing->sealed.start)
        .arg(params.entry.generation.number)
        .arg(params.entry.generation.incarnation)
        .arg(storing->sealed.rest);
    request.command("RENAME").arg(making).arg(keys_.entry(params.cache, params.key));
    request.command("EXEC");
    const redis::SendOptions options{.timeout = params.timeout};
    connection_.send_all(
        std::move(request),
        [this, storing, whole](const Result<std::vector<redis::Reply>>& replies) {
            if (!replies) return storing->done(replies.error());
            for (const redis::Reply& reply : *replies)
                if (reply.root().is_error())
                    return storing->done(error_of_script(reply.root().text()));
            const redis::Value results = replies->back().root();
            if (results.size() != 2) return storing->done(malformed());
            const redis::Value result = results[0];
            if (!result.is_error()) {
                knows_set_.store(true, std::memory_order_relaxed);
                return storing->done(result.integer() == 1);
            }
            if (!whole && redis::error_reply_code(result.text()) == "NOSCRIPT")
                return store(storing, true);
            storing->done(error_of_script(result.text()));
        },
        options);
}

// ---- the others -----------------------------------------------------------------------------

void CacheCalls::give_back(const std::string& cache,
                           const std::string& key,
                           const std::string& token) {
    const std::string lease = keys_.lease(cache, key);
    const std::string entry = keys_.entry(cache, key);
    const std::string_view script_keys[]{lease, entry};
    const std::string_view args[]{token};
    connection_.run(
        cache_scripts().give_back, script_keys, args, [](const Result<redis::Reply>&) {});
}

struct CacheCalls::Changing {
    const redis::Script& script;
    contract::CacheKeys keys{};
    Done<std::size_t> done{};
    std::size_t begin = 0;
    std::size_t changed = 0;
};

void CacheCalls::remove(contract::CacheKeys keys, Done<std::size_t> removed) {
    change_on(std::make_shared<Changing>(
        Changing{cache_scripts().remove, std::move(keys), std::move(removed)}));
}

void CacheCalls::expire(contract::CacheKeys keys, Done<std::size_t> expired) {
    change_on(std::make_shared<Changing>(
        Changing{cache_scripts().expire, std::move(keys), std::move(expired)}));
}

void CacheCalls::change_on(std::shared_ptr<Changing> changing) {
    const std::vector<std::string>& all = changing->keys.keys;
    const std::size_t count = std::min(all.size() - changing->begin, keys_per_script);
    ScriptArgs args;
    args.owned(incarnations_.next());
    for (std::size_t i = 0; i < count; ++i)
        args.text(all[changing->begin + i]);
    const std::string marks = keys_.marks(changing->keys.cache);
    const std::string_view script_keys[]{marks};
    const redis::SendOptions options{.timeout = changing->keys.timeout};
    connection_.run(
        changing->script,
        script_keys,
        args.views(),
        [this, changing, count](const Result<redis::Reply>& reply) {
            if (auto error = error_in(reply)) return changing->done(std::move(*error));
            changing->changed += static_cast<std::size_t>(reply->root().integer());
            changing->begin += count;
            if (changing->begin < changing->keys.keys.size()) return change_on(changing);
            changing->done(changing->changed);
        },
        options);
}

void CacheCalls::invalidate(const contract::CacheInvalidateParams& params,
                            Done<CacheGeneration> done) {
    ScriptArgs args;
    args.owned(incarnations_.next())
        .number(contract::cache_marks_max)
        .number(contract::cache_patterns_max)
        .number(recent_marks_max);
    for (const contract::CacheMark& mark : params.marks)
        args.text(kind_of(mark.kind)).text(mark.text);
    const std::string marks = keys_.marks(params.cache);
    const std::string_view script_keys[]{marks};
    const redis::SendOptions options{.timeout = params.timeout};
    connection_.run(
        cache_scripts().invalidate,
        script_keys,
        args.views(),
        [done = std::move(done)](const Result<redis::Reply>& reply) {
            if (auto error = error_in(reply)) return done(std::move(*error));
            const redis::Value answer = reply->root();
            if (answer.size() != 2) return done(malformed());
            done(generation_of(answer[0], answer[1]));
        },
        options);
}

}  // namespace toril::redis_store
