#pragma once

// News of caches: what others set, remove or invalidate, over the store's own connection.
//
// The server pushes the names of entries and marks that changed (RESP3, CLIENT TRACKING BCAST). A
// change of marks makes us ask for those that are new, by their numbers (a beat, beat.lua); so does
// the clock, four times a second. What pushes cannot show, beats do: that the link is alive, that
// marks were lost, that a number was missed.
//
// What the answer to a beat promises. Pushes are written at the end of a turn of the server's event
// loop, the answer to a command while it runs: so it may overtake pushes of changes that came in
// the same turn before it, but of no earlier turn. There is one beat at a time. When a beat's
// answer was here before the next was sent, the next ran in a later turn: with its answer, all that
// happened before the former was sent has been told.

#include "backend/redis/cache/cache_keys.hpp"
#include "backend/redis/cache/incarnations.hpp"
#include "base/delayed_calls.hpp"
#include "base/logger.hpp"
#include "base/mutex.hpp"
#include "contract/cache_store.hpp"

#include <toril/redis/connection.hpp>

#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace toril::redis_store {

/// Threads:  `listen` and `close` from any. Listeners are told on the connection's I/O thread,
///           with no lock held.
/// Lifetime: the connection must be closed, and the clock be gone, before this ends.
class CacheFeed : public std::enable_shared_from_this<CacheFeed> {
public:
    struct Uses {
        redis::Connection& connection;
        base::DelayedCalls& clock;
    };
    CacheFeed(Uses uses, CacheKeys keys, base::Logger log);

    /// Once, right after construction.
    void start();
    void listen(const std::string& cache, std::weak_ptr<contract::CacheListener> listener);
    void close();

private:
    using Listener = std::shared_ptr<contract::CacheListener>;
    struct Member {
        std::weak_ptr<contract::CacheListener> listener{};
        contract::SteadyTime since{};
    };
    /// One cache, and what was told of it.
    struct Room {
        std::vector<Member> members{};
        bool is_followed = false;  // `known` is of this link
        contract::CacheGeneration known{};
        contract::SteadyTime last_beat{};  // sent then, and answered; epoch: none on this link
    };
    struct Beat {
        std::uint64_t link = 0;
        contract::SteadyTime sent{};
        std::vector<std::string> caches{};
        bool again = false;  // another one when it was answered
    };
    /// What one cache's listeners are to be told.
    struct News {
        std::vector<Listener> listeners{};
        bool is_lost = false;
        std::vector<contract::CacheMark> marks{};
        std::string incarnation{};
        contract::SteadyTime heard{};  // epoch: nothing
        std::vector<Listener> hearing{};
    };

    void on_state(redis::LinkState state);
    void on_hello(std::uint64_t link, const Result<redis::Reply>& reply);
    void track(std::uint64_t link);
    void on_tracking(std::uint64_t link, const Result<redis::Reply>& reply);
    void on_push(const redis::Value& push);
    void on_flush();
    void tick();
    void tick_later() TORIL_REQUIRES(mutex_);
    void beat(bool again);
    void leave_empty_rooms() TORIL_REQUIRES(mutex_);
    void on_beat(const Beat& beat, const Result<redis::Reply>& reply);
    News news_of(Room& room, const Beat& beat, redis::Value::Iterator& element)
        TORIL_REQUIRES(mutex_);
    void without_news(const std::string& why);

    redis::Connection& connection_;
    base::DelayedCalls& clock_;
    const CacheKeys keys_;
    const base::Logger log_;
    Incarnations incarnations_{};

    struct State {
        std::map<std::string, Room, std::less<>> rooms{};
        std::uint64_t link = 0;           // counts changes of the link's state
        bool has_news = false;            // this link speaks RESP3
        std::set<std::string> tracked{};  // caches whose names this link is told
        bool beating = false;
        bool beat_again = false;
        bool ticking = false;
        bool complained = false;
        bool closed = false;
    };
    base::Mutex mutex_;
    State state_ TORIL_GUARDED_BY(mutex_){};
};

}  // namespace toril::redis_store
