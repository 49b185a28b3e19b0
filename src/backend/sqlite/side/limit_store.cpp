#include "backend/sqlite/side/limit_store.hpp"

#include "backend/sqlite/side/operations.hpp"

#include <utility>

namespace toril::sqlite_side {
namespace {

using namespace contract;

class SqliteLimitStore final : public LimitStore {
public:
    explicit SqliteLimitStore(std::shared_ptr<Engine> engine) : engine_(std::move(engine)) {}

    void decide(LimitParams params, Done<LimitReply> done) override {
        using Answer = Result<LimitReply>;
        const bool looks = params.kind == LimitParams::Kind::peek;
        const Millis timeout = params.timeout;
        const auto step = [params = std::move(params)](Session& session) {
            return Answer(sqlite_side::decide(session, params));
        };
        engine_->ask<Answer>(Part::limits,
                             timeout,
                             looks ? Request<Answer>::Look(step) : nullptr,
                             step,
                             std::move(done));
    }
    void reset(std::string key, Millis timeout, DoneStatus done) override {
        engine_->ask<Status>(
            Part::limits,
            timeout,
            {},
            [key = std::move(key)](Session& session) {
                session.rates.erase(session.ref(key));
                return Status();
            },
            std::move(done));
    }
    void close(Millis deadline) override { engine_->close(Part::limits, deadline); }

private:
    const std::shared_ptr<Engine> engine_;
};

}  // namespace

std::shared_ptr<LimitStore> make_limit_store(std::shared_ptr<Engine> engine) {
    return std::make_shared<SqliteLimitStore>(std::move(engine));
}

}  // namespace toril::sqlite_side
