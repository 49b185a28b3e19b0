#include "backend/redis/cancel_feed.hpp"

#include <algorithm>
#include <utility>

namespace toril::redis_store {
namespace {

Error interrupted() {
    return {ErrorCode::cancelled, "the wait was interrupted"};
}

}  // namespace

std::uint64_t Bell::wait(Done done) {
    bool is_interrupted = false;
    {
        base::MutexLock lock(mutex_);
        is_interrupted = interrupted_;
        if (!is_interrupted && !rung_) {
            done_ = std::move(done);
            return ++number_;
        }
        rung_ = false;
    }
    if (is_interrupted)
        done(interrupted());
    else
        done(Timestamp{});
    return 0;
}

void Bell::ring() {
    Done done;
    {
        base::MutexLock lock(mutex_);
        done = std::exchange(done_, nullptr);
        if (!done) rung_ = true;
    }
    if (done) done(Timestamp{});
}

void Bell::expire(std::uint64_t number) {
    Done done;
    {
        base::MutexLock lock(mutex_);
        if (number == number_) done = std::exchange(done_, nullptr);
    }
    if (done) done(Timestamp{});
}

void Bell::interrupt() {
    Done done;
    {
        base::MutexLock lock(mutex_);
        interrupted_ = true;
        done = std::exchange(done_, nullptr);
    }
    if (done) done(interrupted());
}

// In each, the whole under one lock: commands must come in the order of what they are about.
void CancelFeed::listen(const std::string& channel, const std::shared_ptr<Bell>& bell) {
    base::MutexLock lock(mutex_);
    bool is_new = false;
    {
        base::MutexLock rooms_lock(rooms_->mutex);
        Bells& bells = rooms_->bells[channel];
        is_new = bells.empty();
        bells.push_back(bell);
    }
    if (is_new)
        send("SUBSCRIBE", channel);
    else
        bell->ring();  // what was said before it came
}

void CancelFeed::leave(const std::string& channel, const std::shared_ptr<Bell>& bell) {
    base::MutexLock lock(mutex_);
    {
        base::MutexLock rooms_lock(rooms_->mutex);
        const auto room = rooms_->bells.find(channel);
        if (room == rooms_->bells.end()) return;
        std::erase(room->second, bell);
        if (!room->second.empty()) return;
        rooms_->bells.erase(room);
    }
    send("UNSUBSCRIBE", channel);
}

void CancelFeed::interrupt_all() {
    Bells all;
    {
        base::MutexLock lock(rooms_->mutex);
        for (const auto& [channel, bells] : rooms_->bells)
            all.insert(all.end(), bells.begin(), bells.end());
    }
    for (const auto& bell : all)
        bell->interrupt();
}

// [message, channel, text], or [subscribe, channel, count] as a subscription's confirmation.
void CancelFeed::heard(Rooms& rooms, const redis::Reply& message) {
    const redis::Value parts = message.root();
    if (parts.size() < 3) return;
    const std::string_view word = parts[0].text();
    if (word != "message" && word != "subscribe") return;
    Bells bells;
    {
        base::MutexLock lock(rooms.mutex);
        const auto room = rooms.bells.find(parts[1].text());
        if (room != rooms.bells.end()) bells = room->second;
    }
    for (const auto& bell : bells)
        bell->ring();
}

void CancelFeed::send(const char* command, const std::string& channel) {
    if (!connection_) {
        connection_.emplace(factory_.open(redis::Profile::subscriber, "cancellations"));
        connection_->on_push(
            [rooms = rooms_](const redis::Reply& message) { heard(*rooms, message); });
    }
    redis::Request request;
    request.command(command).arg(channel);
    connection_->send(std::move(request), [](const Result<redis::Reply>&) {});
}

}  // namespace toril::redis_store
