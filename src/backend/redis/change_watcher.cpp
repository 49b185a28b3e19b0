#include "backend/redis/change_watcher.hpp"

#include <algorithm>
#include <utility>

namespace toril::redis_store {
namespace {

constexpr Millis block_max{10'000};
constexpr Millis block_grace{5'000};
constexpr Millis pause_when_away{250};

}  // namespace

ChangeWatcher::ChangeWatcher(std::shared_ptr<Links> links,
                             const std::string& base,
                             const std::string& name)
    : links_(std::move(links)),
      events_key_(base + "events"),
      connection_(links_->factory.open(redis::Profile::blocking, "changes", name)) {
    find_end(false);
}

ChangeWatcher::~ChangeWatcher() {
    interrupt();
    connection_.close(Millis{0});
}

void ChangeWatcher::wait(Millis at_most, contract::Done<Timestamp> done) {
    if (!wait_->begin(std::move(done))) return;
    if (at_most <= Millis{0}) {
        wait_->end(Timestamp{});
        return;
    }
    const Millis block =
        std::clamp(std::min(at_most, links_->factory.config().block_timeout), Millis{1}, block_max);
    if (!seen().empty()) return read(block);
    // Commands of one connection keep their order: this one waits for the first look.
    redis::Request request;
    request.command("PING");
    connection_.send(std::move(request), [this, block](Result<redis::Reply> reply) {
        if (!reply) return failed(reply.error());
        // Still unknown: the link was away, and what happened meanwhile is unknown too.
        if (seen().empty()) return find_end(true);
        read(block);
    });
}

void ChangeWatcher::read(Millis block) {
    redis::Request request;
    request.command("XREAD").arg("COUNT").arg(1).arg("BLOCK").arg(block.count());
    request.arg("STREAMS").arg(events_key_).arg(seen());
    connection_.send(
        std::move(request),
        [this](Result<redis::Reply> reply) {
            if (!reply) return failed(reply.error());
            const redis::Value found = reply->root();
            if (found.is_error())
                return failed({ErrorCode::corrupt,
                               "key \"" + events_key_ + "\": " + std::string(found.text())});
            if (found.size() > 0) return find_end(true);
            wait_->end(Timestamp{});
        },
        {.timeout = block + block_grace, .idempotent = false});
}

// The id of the newest event. A stream that is not there begins at 0-0.
void ChangeWatcher::find_end(bool then_answer) {
    redis::Request request;
    request.command("XREVRANGE").arg(events_key_).arg("+").arg("-").arg("COUNT").arg(1);
    connection_.send(std::move(request), [this, then_answer](Result<redis::Reply> reply) {
        if (!reply) return then_answer ? failed(reply.error()) : void();
        const redis::Value newest = reply->root();
        if (newest.is_error())
            return then_answer
                       ? failed({ErrorCode::corrupt,
                                 "key \"" + events_key_ + "\": " + std::string(newest.text())})
                       : void();
        set_seen(newest.size() > 0 ? std::string(newest[0][0].text()) : "0-0");
        if (then_answer) wait_->end(Timestamp{});
    });
}

void ChangeWatcher::failed(Error error) {
    if (error.code() == ErrorCode::cancelled || !wait_->is_under_way()) {
        wait_->end(std::move(error));
        return;
    }
    if (error.code() != ErrorCode::corrupt && error.code() != ErrorCode::unauthorized)
        error = Error(ErrorCode::unavailable, error.message());
    links_->pauses.after(pause_when_away,
                         [wait = wait_, error = std::move(error)] { wait->end(error); });
}

void ChangeWatcher::set_seen(std::string id) {
    base::MutexLock lock(mutex_);
    seen_ = std::move(id);
}

std::string ChangeWatcher::seen() {
    base::MutexLock lock(mutex_);
    return seen_;
}

void ChangeWatcher::interrupt() {
    if (wait_->interrupt()) connection_.unblock(links_->commands);
}

}  // namespace toril::redis_store
