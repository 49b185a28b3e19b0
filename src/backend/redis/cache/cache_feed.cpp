#include "backend/redis/cache/cache_feed.hpp"

#include "backend/redis/cache/cache_scripts.hpp"
#include "backend/redis/script_args.hpp"

#include <algorithm>
#include <optional>
#include <utility>

namespace toril::redis_store {
namespace {

using contract::CacheMark;
using contract::SteadyTime;
using std::chrono::steady_clock;

// News are so old at most, and two ways to the server and back.
constexpr Millis beat_interval{250};
// Then it counts as lost, and the next one begins anew.
constexpr Millis beat_timeout{2'000};

std::uint64_t big_endian(std::string_view bytes) {
    std::uint64_t number = 0;
    for (const char c : bytes)
        number = number << 8 | static_cast<unsigned char>(c);
    return number;
}

// Number, 8 bytes; kind; length, 4 bytes; text. None: it is not that.
std::optional<CacheMark> next_mark(std::string_view& packed) {
    constexpr std::size_t head = 13;
    if (packed.size() < head) return std::nullopt;
    CacheMark mark{.number = big_endian(packed.substr(0, 8))};
    const char kind = packed[8];
    mark.kind = kind == 't'   ? CacheMark::Kind::tag
                : kind == 'p' ? CacheMark::Kind::pattern
                              : CacheMark::Kind::all;
    const std::size_t length = big_endian(packed.substr(9, 4));
    packed.remove_prefix(head);
    if (length > packed.size()) return std::nullopt;
    mark.text = packed.substr(0, length);
    packed.remove_prefix(length);
    return mark;
}

// Those after `number`, without a gap. None: some are missing.
std::optional<std::vector<CacheMark>> marks_after(std::uint64_t number,
                                                  std::uint64_t latest,
                                                  std::string_view packed) {
    std::vector<CacheMark> marks;
    while (!packed.empty()) {
        std::optional<CacheMark> mark = next_mark(packed);
        if (!mark) return std::nullopt;
        if (mark->number <= number) continue;
        if (mark->number != number + marks.size() + 1) return std::nullopt;
        marks.push_back(std::move(*mark));
    }
    if (number + marks.size() != latest) return std::nullopt;
    return marks;
}

bool speaks_resp3(const redis::Value& hello) {
    bool is_protocol = false;
    for (const redis::Value value : hello) {
        if (is_protocol) return value.integer() == 3;
        is_protocol = value.text() == "proto";
    }
    return false;
}

}  // namespace

CacheFeed::CacheFeed(Uses uses, CacheKeys keys, base::Logger log)
    : connection_(uses.connection),
      clock_(uses.clock),
      keys_(std::move(keys)),
      log_(std::move(log)) {}

void CacheFeed::start() {
    connection_.on_push([weak = weak_from_this()](const redis::Reply& push) {
        if (const auto self = weak.lock()) self->on_push(push.root());
    });
    connection_.on_state([weak = weak_from_this()](redis::LinkState state, const std::string&) {
        if (const auto self = weak.lock()) self->on_state(state);
    });
    // It may have been ready before anybody listened.
    if (connection_.state() == redis::LinkState::ready) on_state(redis::LinkState::ready);
}

void CacheFeed::listen(const std::string& cache, std::weak_ptr<contract::CacheListener> listener) {
    std::uint64_t link = 0;
    {
        base::MutexLock lock(mutex_);
        if (state_.closed) return;
        state_.rooms[cache].members.push_back({std::move(listener), steady_clock::now()});
        link = state_.link;
        if (!std::exchange(state_.ticking, true)) tick_later();
    }
    track(link);
}

void CacheFeed::close() {
    base::MutexLock lock(mutex_);
    state_.closed = true;
    state_.rooms.clear();
}

// ---- the link -------------------------------------------------------------------------------

void CacheFeed::on_state(redis::LinkState state) {
    std::uint64_t link = 0;
    {
        base::MutexLock lock(mutex_);
        link = ++state_.link;
        state_.has_news = false;
        state_.tracked.clear();
        state_.beating = false;
        state_.beat_again = false;
        for (auto& [cache, room] : state_.rooms) {
            room.is_followed = false;
            room.last_beat = {};
        }
    }
    if (state != redis::LinkState::ready) return;
    connection_.send(redis::Request("HELLO"),
                     [weak = weak_from_this(), link](const Result<redis::Reply>& reply) {
                         if (const auto self = weak.lock()) self->on_hello(link, reply);
                     });
}

void CacheFeed::on_hello(std::uint64_t link, const Result<redis::Reply>& reply) {
    if (!reply) return;  // the link is gone, or no good
    if (!speaks_resp3(reply->root())) return without_news("the server does not speak RESP3");
    {
        base::MutexLock lock(mutex_);
        if (state_.link != link) return;
        state_.has_news = true;
    }
    track(link);
}

// On this link, for all caches that are new on it.
void CacheFeed::track(std::uint64_t link) {
    redis::Request request("CLIENT");
    request.arg("TRACKING").arg("ON").arg("BCAST").arg("NOLOOP");
    bool is_any = false;
    {
        base::MutexLock lock(mutex_);
        if (state_.link != link || !state_.has_news) return;
        for (const auto& [cache, room] : state_.rooms) {
            if (!state_.tracked.insert(cache).second) continue;
            is_any = true;
            request.arg("PREFIX").arg(keys_.entries(cache));
            request.arg("PREFIX").arg(keys_.marks(cache));
        }
    }
    if (!is_any) return;
    connection_.send(std::move(request),
                     [weak = weak_from_this(), link](const Result<redis::Reply>& reply) {
                         if (const auto self = weak.lock()) self->on_tracking(link, reply);
                     });
}

void CacheFeed::on_tracking(std::uint64_t link, const Result<redis::Reply>& reply) {
    if (!reply) {
        if (reply.error().code() == ErrorCode::unauthorized) without_news(reply.error().message());
        return;
    }
    // It was asked for twice when a link came up just as somebody began to listen.
    const std::string_view text = reply->root().text();
    if (reply->root().is_error() && text.find("overlaps") == text.npos)
        return without_news("the server refused: " + std::string(text));
    {
        base::MutexLock lock(mutex_);
        if (state_.link != link) return;
    }
    beat(true);
}

void CacheFeed::without_news(const std::string& why) {
    {
        base::MutexLock lock(mutex_);
        state_.has_news = false;
        if (std::exchange(state_.complained, true)) return;
    }
    log_(LogLevel::warning,
         "cache.no_news",
         "caches are not told what other processes change: each read asks redis; " + why);
}

// ---- pushes ---------------------------------------------------------------------------------

// ["invalidate", [names]], or null instead of names: all keys of the server are gone.
void CacheFeed::on_push(const redis::Value& push) {
    if (push.size() != 2 || push[0].text() != "invalidate") return;
    if (push[1].is_null()) return on_flush();
    std::map<std::string_view, std::vector<std::string_view>> changed;
    bool has_marks = false;
    for (const redis::Value name : push[1]) {
        const auto named = keys_.parse(name.text());
        if (!named) continue;
        if (named->key)
            changed[named->cache].push_back(*named->key);
        else
            has_marks = true;
    }
    for (const auto& [cache, keys] : changed) {
        std::vector<Listener> listeners;
        {
            base::MutexLock lock(mutex_);
            const auto room = state_.rooms.find(cache);
            if (room == state_.rooms.end()) continue;
            for (const Member& member : room->second.members)
                if (Listener listener = member.listener.lock())
                    listeners.push_back(std::move(listener));
        }
        for (const Listener& listener : listeners)
            for (const std::string_view key : keys)
                listener->changed(key);
    }
    if (has_marks) beat(false);
}

void CacheFeed::on_flush() {
    std::vector<Listener> listeners;
    {
        base::MutexLock lock(mutex_);
        for (const auto& [cache, room] : state_.rooms)
            for (const Member& member : room.members)
                if (Listener listener = member.listener.lock())
                    listeners.push_back(std::move(listener));
    }
    for (const Listener& listener : listeners)
        listener->lost();
    beat(false);
}

// ---- beats ----------------------------------------------------------------------------------

void CacheFeed::tick() {
    {
        base::MutexLock lock(mutex_);
        state_.ticking = !state_.closed && !state_.rooms.empty();
        if (!state_.ticking) return;
        tick_later();
    }
    beat(true);
}

// Under the lock: after `close` the clock may end at any time.
void CacheFeed::tick_later() {
    clock_.after(beat_interval, [weak = weak_from_this()] {
        if (const auto self = weak.lock()) self->tick();
    });
}

void CacheFeed::leave_empty_rooms() {
    for (auto room = state_.rooms.begin(); room != state_.rooms.end();) {
        std::erase_if(room->second.members,
                      [](const Member& member) { return member.listener.expired(); });
        room = room->second.members.empty() ? state_.rooms.erase(room) : std::next(room);
    }
}

// `again`: another one right after it, which makes for younger news.
void CacheFeed::beat(bool again) {
    Beat beat{.sent = steady_clock::now(), .again = again};
    ScriptArgs args;
    std::vector<std::string> names;
    {
        base::MutexLock lock(mutex_);
        if (state_.closed || !state_.has_news) return;
        if (state_.beating) {
            // Of the clock's there is always a next one.
            state_.beat_again = state_.beat_again || !again;
            return;
        }
        args.owned(incarnations_.next());
        leave_empty_rooms();
        for (const auto& [cache, room] : state_.rooms) {
            if (!state_.tracked.contains(cache)) continue;
            beat.caches.push_back(cache);
            names.push_back(keys_.marks(cache));
            args.owned(room.is_followed ? room.known.incarnation : std::string());
            args.number(room.known.number);
        }
        if (names.empty()) return;
        beat.link = state_.link;
        state_.beating = true;
    }
    const std::vector<std::string_view> script_keys(names.begin(), names.end());
    connection_.run(
        cache_scripts().beat,
        script_keys,
        args.views(),
        [weak = weak_from_this(), beat = std::move(beat)](const Result<redis::Reply>& reply) {
            if (const auto self = weak.lock()) self->on_beat(beat, reply);
        },
        {.timeout = beat_timeout});
}

void CacheFeed::on_beat(const Beat& beat, const Result<redis::Reply>& reply) {
    std::vector<News> all;
    bool again = beat.again;
    {
        base::MutexLock lock(mutex_);
        if (state_.link != beat.link || state_.closed) return;
        state_.beating = false;
        again = std::exchange(state_.beat_again, false) || again;
        if (!reply || reply->root().size() != 3 * beat.caches.size()) {
            for (auto& [cache, room] : state_.rooms)
                room.last_beat = {};
            return;
        }
        auto element = reply->root().begin();
        for (const std::string& cache : beat.caches) {
            const auto room = state_.rooms.find(cache);
            Room left;
            all.push_back(news_of(room == state_.rooms.end() ? left : room->second, beat, element));
        }
    }
    for (const News& news : all) {
        for (const Listener& listener : news.listeners) {
            if (news.is_lost) listener->lost();
            for (const CacheMark& mark : news.marks)
                listener->invalidated(mark, {news.incarnation, mark.number});
        }
        for (const Listener& listener : news.hearing)
            listener->heard(news.heard);
    }
    if (again) this->beat(false);
}

CacheFeed::News CacheFeed::news_of(Room& room, const Beat& beat, redis::Value::Iterator& element) {
    const std::string incarnation((*element).text());
    const auto latest = static_cast<std::uint64_t>((*++element).integer());
    const redis::Value packed = *++element;
    ++element;
    News news{.incarnation = incarnation};
    std::optional<std::vector<CacheMark>> marks;
    if (room.is_followed && room.known.incarnation == incarnation)
        marks = latest == room.known.number ? std::vector<CacheMark>{}
                                            : marks_after(room.known.number, latest, packed.text());
    news.is_lost = !marks;
    if (marks) news.marks = std::move(*marks);
    room.known = {incarnation, latest};
    room.is_followed = true;
    // Without marks nothing can be promised: there would be no news of an invalidation.
    if (!incarnation.empty()) news.heard = std::exchange(room.last_beat, beat.sent);
    for (const Member& member : room.members) {
        Listener listener = member.listener.lock();
        if (!listener) continue;
        if (news.heard != SteadyTime{} && news.heard >= member.since)
            news.hearing.push_back(listener);
        news.listeners.push_back(std::move(listener));
    }
    return news;
}

}  // namespace toril::redis_store
