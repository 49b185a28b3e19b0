#include "backend/redis/lock/lock_links.hpp"

#include "backend/redis/script_errors.hpp"

namespace toril::redis_store {
namespace {

Error meaning_of(std::string_view name, std::string_view text) {
    if (text.find("WRONGTYPE") == text.npos && text.find("TORILFORM") == text.npos)
        return error_of(text);
    return {ErrorCode::corrupt,
            "key \"" + std::string(name) +
                "\" holds something that toril did not write; nothing was changed"};
}

}  // namespace

LockLinks::LockLinks(std::shared_ptr<redis::Factory> factory, std::string_view prefix)
    : factory_(std::move(factory)),
      base_(std::string(prefix) + ":toril:"),
      connection_(factory_->shared()),
      feed(*factory_, "locks") {}

std::string LockLinks::name(std::string_view kind, std::string_view key) const {
    std::string name;
    name.reserve(base_.size() + kind.size() + key.size() + 3);
    return name.append(base_).append(kind).append(":{").append(key).append("}");
}

void LockLinks::run(const redis::Script& script,
                    std::span<const std::string_view> keys,
                    const ScriptArgs& args,
                    Millis timeout,
                    OnReply done) {
    if (closed_.load(std::memory_order_relaxed))
        return done(Error(ErrorCode::cancelled, "the store is closed"));
    connection_.run(
        script,
        keys,
        args.views(),
        [name = std::string(keys.front()), done = std::move(done)](Result<redis::Reply> reply) {
            if (reply && reply->root().is_error())
                return done(meaning_of(name, reply->root().text()));
            done(std::move(reply));
        },
        {.timeout = timeout});
}

void LockLinks::close() {
    closed_.store(true, std::memory_order_relaxed);
    feed.interrupt_all();
}

}  // namespace toril::redis_store
