#include "backend/redis/work_watcher.hpp"

#include "backend/redis/wait_rules.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

namespace toril::redis_store {
namespace {

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
      watching_(links_->open_watching("watch", name)) {}

WorkWatcher::~WorkWatcher() {
    interrupt();
    watching_->connection.close(Millis{0});
}

void WorkWatcher::wait(Millis at_most, contract::Done<Timestamp> done) {
    const std::uint64_t number = watching_->wait.begin(std::move(done));
    if (number == 0) return;
    if (at_most <= Millis{0}) {
        watching_->wait.end(number, Timestamp{});
        return;
    }
    const Millis block = block_of(at_most, links_->factory.config());
    // To the millisecond, where the server would be up to 100 ms late with a delayed job. What
    // it pops after that is put back.
    const auto alarm = links_->calls.after(
        std::min(at_most, block),
        [watching = watching_, number] { watching->wait.end(number, Timestamp{}); });
    redis::Request request;
    request.command("BZPOPMIN").arg(marker_key_).arg(seconds_of(block));
    watching_->connection.send(
        std::move(request),
        [this, number, alarm](Result<redis::Reply> reply) {
            links_->calls.cancel(alarm);
            if (!reply) return end_later(*links_, watching_, number, reply.error());
            const redis::Value marker = reply->root();
            if (!marker.is_error()) return popped(number, marker);
            end_later(
                *links_,
                watching_,
                number,
                {ErrorCode::corrupt, "key \"" + marker_key_ + "\": " + std::string(marker.text())});
        },
        {.timeout = block + block_grace, .idempotent = false});
}

void WorkWatcher::popped(std::uint64_t number, const redis::Value& marker) {
    if (marker.size() < 3) {
        watching_->wait.end(number, Timestamp{});
        return;
    }
    auto at = marker.begin();
    const std::string member((*++at).text());
    const redis::Value found = *++at;
    const std::string score =
        found.text().empty() ? std::to_string(found.integer()) : std::string(found.text());
    if (!watching_->wait.end(number, member == "1" ? due_of(score) : Timestamp{}))
        put_back(member, score);
}

void WorkWatcher::put_back(std::string_view member, std::string_view score) {
    redis::Request request;
    request.command("ZADD").arg(marker_key_).arg("NX").arg(score).arg(member);
    links_->commands.send(std::move(request), [](const Result<redis::Reply>&) {});
}

void WorkWatcher::interrupt() {
    links_->interrupt(*watching_);
}

}  // namespace toril::redis_store
