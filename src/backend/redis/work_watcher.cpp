#include "backend/redis/work_watcher.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

namespace toril::redis_store {
namespace {

// Longer blocks made trouble for BullMQ over reconnects (its issue 1658). The caller asks again.
constexpr Millis block_max{10'000};
// Redis before 7.0.8 takes less than 2 ms for "for ever".
constexpr Millis block_min{2};
// What a block may last longer than asked for before the link counts as dead.
constexpr Millis block_grace{5'000};
// Before the answer that a dead link gives at once, so that a caller may simply ask again.
constexpr Millis pause_when_away{250};

std::string seconds_of(Millis time) {
    const std::string millis = std::to_string(time.count() % 1000);
    return std::to_string(time.count() / 1000) + "." + std::string(3 - millis.size(), '0') + millis;
}

// The score of a marker: milliseconds, with a fraction of no meaning.
Timestamp due_of(std::string_view score) {
    double millis = 0;
    std::from_chars(score.data(), score.data() + score.size(), millis);
    return Timestamp(Millis(static_cast<std::int64_t>(std::clamp(millis, 0.0, 9e15))));
}

}  // namespace

WorkWatcher::WorkWatcher(std::shared_ptr<Links> links,
                         const std::string& base,
                         const std::string& name)
    : links_(std::move(links)),
      marker_key_(base + "marker"),
      connection_(links_->factory.open(redis::Profile::blocking, "watch", name)) {}

WorkWatcher::~WorkWatcher() {
    interrupt();
    connection_.close(Millis{0});
}

void WorkWatcher::wait(Millis at_most, contract::Done<Timestamp> done) {
    if (!wait_->begin(std::move(done))) return;
    if (at_most <= Millis{0}) {
        wait_->end(Timestamp{});
        return;
    }
    const Millis block =
        std::clamp(std::min(at_most, links_->factory.config().block_timeout), block_min, block_max);
    redis::Request request;
    request.command("BZPOPMIN").arg(marker_key_).arg(seconds_of(block));
    connection_.send(
        std::move(request),
        [this](Result<redis::Reply> reply) {
            if (!reply) return failed(reply.error());
            const redis::Value marker = reply->root();
            if (marker.is_error())
                return failed({ErrorCode::corrupt,
                               "key \"" + marker_key_ + "\": " + std::string(marker.text())});
            popped(marker);
        },
        {.timeout = block + block_grace, .idempotent = false});
}

void WorkWatcher::popped(const redis::Value& marker) {
    if (marker.size() < 3) {
        wait_->end(Timestamp{});
        return;
    }
    auto at = marker.begin();
    const std::string member((*++at).text());
    const redis::Value number = *++at;
    const std::string score =
        number.text().empty() ? std::to_string(number.integer()) : std::string(number.text());
    if (!wait_->end(member == "1" ? due_of(score) : Timestamp{})) put_back(member, score);
}

void WorkWatcher::failed(Error error) {
    if (error.code() == ErrorCode::cancelled || !wait_->is_under_way()) {
        wait_->end(std::move(error));
        return;
    }
    if (error.code() != ErrorCode::corrupt && error.code() != ErrorCode::unauthorized)
        error = Error(ErrorCode::unavailable, error.message());
    links_->pauses.after(pause_when_away,
                         [wait = wait_, error = std::move(error)] { wait->end(error); });
}

void WorkWatcher::put_back(std::string_view member, std::string_view score) {
    redis::Request request;
    request.command("ZADD").arg(marker_key_).arg("NX").arg(score).arg(member);
    links_->commands.send(std::move(request), [](const Result<redis::Reply>&) {});
}

void WorkWatcher::interrupt() {
    if (wait_->interrupt()) connection_.unblock(links_->commands);
}

}  // namespace toril::redis_store
