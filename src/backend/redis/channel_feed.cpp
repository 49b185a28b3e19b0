#include "backend/redis/channel_feed.hpp"

#include <algorithm>
#include <utility>

namespace toril::redis_store {

// In each, the whole under one lock: commands must come in the order of what they are about.
void ChannelFeed::listen(const std::string& channel, const Listener& listener) {
    bool is_new = false;
    {
        base::MutexLock lock(mutex_);
        {
            base::MutexLock rooms_lock(rooms_->mutex);
            Listeners& listeners = rooms_->listeners[channel];
            is_new = listeners.empty();
            listeners.push_back(listener);
        }
        if (is_new) send("SUBSCRIBE", channel);
    }
    if (!is_new) listener->heard({});  // what was said before it came
}

void ChannelFeed::leave(const std::string& channel, const Listener& listener) {
    base::MutexLock lock(mutex_);
    {
        base::MutexLock rooms_lock(rooms_->mutex);
        const auto room = rooms_->listeners.find(channel);
        if (room == rooms_->listeners.end()) return;
        std::erase(room->second, listener);
        if (!room->second.empty()) return;
        rooms_->listeners.erase(room);
    }
    send("UNSUBSCRIBE", channel);
}

void ChannelFeed::interrupt_all() {
    Listeners all;
    {
        base::MutexLock lock(rooms_->mutex);
        for (const auto& [channel, listeners] : rooms_->listeners)
            all.insert(all.end(), listeners.begin(), listeners.end());
    }
    for (const auto& listener : all)
        listener->interrupt();
}

// [message, channel, text], or [subscribe, channel, count] as a subscription's confirmation.
void ChannelFeed::heard(Rooms& rooms, const redis::Reply& message) {
    const redis::Value parts = message.root();
    if (parts.size() < 3) return;
    const std::string_view word = parts[0].text();
    if (word != "message" && word != "subscribe") return;
    Listeners listeners;
    {
        base::MutexLock lock(rooms.mutex);
        const auto room = rooms.listeners.find(parts[1].text());
        if (room != rooms.listeners.end()) listeners = room->second;
    }
    for (const auto& listener : listeners)
        listener->heard(word == "message" ? parts[2].text() : std::string_view());
}

void ChannelFeed::send(const char* command, const std::string& channel) {
    if (!connection_) {
        connection_.emplace(factory_.open(redis::Profile::subscriber, role_));
        connection_->on_push(
            [rooms = rooms_](const redis::Reply& message) { heard(*rooms, message); });
    }
    redis::Request request;
    request.command(command).arg(channel);
    connection_->send(std::move(request), [](const Result<redis::Reply>&) {});
}

}  // namespace toril::redis_store
