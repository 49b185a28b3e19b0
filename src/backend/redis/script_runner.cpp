#include "backend/redis/script_runner.hpp"

#include "backend/redis/script_errors.hpp"
#include "backend/redis/scripts.hpp"

namespace toril::redis_store {

std::string ScriptRunner::base(std::string_view queue) const {
    std::string text;
    text.reserve(prefix_.size() + queue.size() + 24);
    text.append(prefix_).append(":").append(queue).append(":");
    return text;
}

void ScriptRunner::run(const redis::Script& script,
                       std::string_view queue,
                       const ScriptArgs& args,
                       Done done,
                       std::vector<std::string> ids) {
    const std::string wait_key = base(queue).append("wait");
    const std::string_view keys[]{wait_key};
    connection_.run(
        script,
        keys,
        args.views(),
        [this, wait_key, ids = std::move(ids), done = std::move(done)](
            Result<redis::Reply> reply) mutable {
            if (!reply || !reply->root().is_error()) return done(std::move(reply));
            const std::string_view text = reply->root().text();
            if (text.find("WRONGTYPE") != text.npos)
                return diagnose(wait_key, std::move(ids), std::move(done));
            done(error_of(text));
        },
        send_);
}

void ScriptRunner::diagnose(const std::string& wait_key, std::vector<std::string> ids, Done done) {
    std::vector<std::string_view> args(ids.begin(), ids.end());
    const std::string_view keys[]{wait_key};
    connection_.run(
        scripts().diagnose,
        keys,
        args,
        [wait_key, done = std::move(done)](Result<redis::Reply> reply) {
            if (!reply) return done(reply.error());
            const redis::Value found = reply->root();
            if (found.size() < 3)
                return done(Error(ErrorCode::corrupt,
                                  "a key beside \"" + wait_key + "\" has the wrong type"));
            done(Error(ErrorCode::corrupt,
                       "key \"" + std::string(found[0].text()) + "\" has the wrong type: it is a " +
                           std::string(found[1].text()) + " and should be a " +
                           std::string(found[2].text()) + "; nothing was changed"));
        },
        send_);
}

void ScriptRunner::send(redis::Request request, Done done) {
    connection_.send(
        std::move(request),
        [done = std::move(done)](Result<redis::Reply> reply) {
            if (reply && reply->root().is_error()) return done(error_of(reply->root().text()));
            done(std::move(reply));
        },
        send_);
}

}  // namespace toril::redis_store
