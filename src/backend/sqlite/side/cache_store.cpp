#include "backend/sqlite/side/cache_store.hpp"

#include "backend/sqlite/side/operations.hpp"

#include <utility>

namespace toril::sqlite_side {
namespace {

using namespace contract;

class SqliteCacheStore final : public CacheStore {
public:
    explicit SqliteCacheStore(std::shared_ptr<Engine> engine) : engine_(std::move(engine)) {}

    void get(CacheGetParams params, Done<CacheAnswer> done) override {
        using Answer = Result<CacheAnswer>;
        const Millis timeout = params.timeout;
        const auto asked = std::make_shared<const CacheGetParams>(std::move(params));
        engine_->ask<Answer>(
            Part::cache,
            timeout,
            [asked](Session& session) -> std::optional<Answer> { return look_up(session, *asked); },
            [asked](Session& session) -> Answer { return sqlite_side::get(session, *asked); },
            std::move(done));
    }
    void set(CacheSetParams params, Done<bool> stored) override {
        if (params.entry.value.size() > cache_value_bytes_max)
            return stored(Error(ErrorCode::limit_reached,
                                "the value of \"" + params.key + "\" has " +
                                    std::to_string(params.entry.value.size()) +
                                    " bytes, at most 16 MiB are stored"));
        const Millis timeout = params.timeout;
        change<Result<bool>>(
            timeout, std::move(stored), [params = std::move(params)](Session& session) {
                return sqlite_side::set(session, params);
            });
    }
    void give_back(std::string cache, std::string key, std::string token) override {
        change<Status>(
            Millis{0},
            [](const Status&) {},
            [cache = std::move(cache), key = std::move(key), token = std::move(token)](
                Session& session) {
                sqlite_side::give_back(session, cache, key, token);
                return Status();
            });
    }
    void remove(CacheKeys keys, Done<std::size_t> removed) override {
        const Millis timeout = keys.timeout;
        change<Result<std::size_t>>(
            timeout, std::move(removed), [keys = std::move(keys)](Session& session) {
                return sqlite_side::remove(session, keys);
            });
    }
    void expire(CacheKeys keys, Done<std::size_t> expired) override {
        const Millis timeout = keys.timeout;
        change<Result<std::size_t>>(
            timeout, std::move(expired), [keys = std::move(keys)](Session& session) {
                return sqlite_side::expire(session, keys);
            });
    }
    void invalidate(CacheInvalidateParams params, Done<CacheGeneration> done) override {
        const Millis timeout = params.timeout;
        change<Result<CacheGeneration>>(
            timeout, std::move(done), [params = std::move(params)](Session& session) {
                return sqlite_side::invalidate(session, params);
            });
    }
    void tally(std::string cache,
               std::map<std::string, std::uint64_t> counts,
               Millis timeout,
               DoneStatus done) override {
        change<Status>(timeout,
                       std::move(done),
                       [cache = std::move(cache), counts = std::move(counts)](Session& session) {
                           sqlite_side::tally(session, cache, counts);
                           return Status();
                       });
    }
    void totals(std::string cache, Millis timeout, Done<CacheTotals> done) override {
        using Answer = Result<CacheTotals>;
        const auto look = [cache](Session& session) -> Answer {
            return sqlite_side::totals(session, cache);
        };
        engine_->ask<Answer>(
            Part::cache,
            timeout,
            [look](Session& session) -> std::optional<Answer> { return look(session); },
            look,
            std::move(done));
    }
    void listen(std::string cache, std::weak_ptr<CacheListener> listener) override {
        engine_->listen(std::move(cache), std::move(listener));
    }
    void close(Millis deadline) override { engine_->close(Part::cache, deadline); }

private:
    template <class Answer, class Callback>
    void change(Millis timeout, Callback done, typename Request<Answer>::Change step) {
        engine_->ask<Answer>(Part::cache, timeout, {}, std::move(step), std::move(done));
    }

    const std::shared_ptr<Engine> engine_;
};

}  // namespace

std::shared_ptr<CacheStore> make_cache_store(std::shared_ptr<Engine> engine) {
    return std::make_shared<SqliteCacheStore>(std::move(engine));
}

}  // namespace toril::sqlite_side
