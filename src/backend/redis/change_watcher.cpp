#include "backend/redis/change_watcher.hpp"

#include "backend/redis/wait_rules.hpp"

#include <utility>

namespace toril::redis_store {

ChangeWatcher::ChangeWatcher(std::shared_ptr<Links> links,
                             const std::string& base,
                             const std::string& name)
    : links_(std::move(links)),
      events_key_(base + "events"),
      watching_(links_->open_watching("changes", name)) {
    find_end(0);
}

ChangeWatcher::~ChangeWatcher() {
    interrupt();
    watching_->connection.close(Millis{0});
}

void ChangeWatcher::wait(Millis at_most, contract::Done<Timestamp> done) {
    const std::uint64_t number = watching_->wait.begin(std::move(done));
    if (number == 0) return;
    if (at_most <= Millis{0}) {
        watching_->wait.end(number, Timestamp{});
        return;
    }
    const Millis block = block_of(at_most, links_->factory.config());
    if (!seen().empty()) return read(number, block);
    // Commands of one connection keep their order: this one waits for the first look.
    redis::Request request;
    request.command("PING");
    watching_->connection.send(std::move(request),
                               [this, number, block](Result<redis::Reply> reply) {
                                   if (!reply) return failed(number, reply.error());
                                   // Still unknown: the link was away, and what happened meanwhile
                                   // is unknown too.
                                   if (seen().empty()) return find_end(number);
                                   read(number, block);
                               });
}

void ChangeWatcher::read(std::uint64_t number, Millis block) {
    redis::Request request;
    request.command("XREAD").arg("COUNT").arg(1).arg("BLOCK").arg(block.count());
    request.arg("STREAMS").arg(events_key_).arg(seen());
    watching_->connection.send(
        std::move(request),
        [this, number](Result<redis::Reply> reply) {
            if (!reply) return failed(number, reply.error());
            const redis::Value found = reply->root();
            if (found.is_error())
                return failed(number, {ErrorCode::corrupt, std::string(found.text())});
            if (found.size() > 0) return find_end(number);
            watching_->wait.end(number, Timestamp{});
        },
        {.timeout = block + block_grace, .idempotent = false});
}

// The id of the newest event. A stream that is not there begins at 0-0.
void ChangeWatcher::find_end(std::uint64_t number) {
    redis::Request request;
    request.command("XREVRANGE").arg(events_key_).arg("+").arg("-").arg("COUNT").arg(1);
    watching_->connection.send(std::move(request), [this, number](Result<redis::Reply> reply) {
        if (!reply) return failed(number, reply.error());
        const redis::Value newest = reply->root();
        if (newest.is_error())
            return failed(number, {ErrorCode::corrupt, std::string(newest.text())});
        set_seen(newest.size() > 0 ? std::string(newest[0][0].text()) : "0-0");
        watching_->wait.end(number, Timestamp{});
    });
}

void ChangeWatcher::failed(std::uint64_t number, Error error) {
    if (number == 0) return;  // nobody waits yet; the first wait looks again
    if (error.code() == ErrorCode::corrupt)
        error = {ErrorCode::corrupt, "key \"" + events_key_ + "\": " + error.message()};
    end_later(*links_, watching_, number, std::move(error));
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
    links_->interrupt(*watching_);
}

}  // namespace toril::redis_store
