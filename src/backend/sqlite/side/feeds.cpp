#include "backend/sqlite/side/feeds.hpp"

#include <algorithm>
#include <utility>

namespace toril::sqlite_side {
namespace {

using contract::CacheMark;

std::optional<CacheMark::Kind> mark_of(NewsKind kind) {
    switch (kind) {
        case NewsKind::tag: return CacheMark::Kind::tag;
        case NewsKind::pattern: return CacheMark::Kind::pattern;
        case NewsKind::all: return CacheMark::Kind::all;
        default: return std::nullopt;
    }
}

}  // namespace

void Feeds::listen(std::string cache, std::weak_ptr<contract::CacheListener> listener) {
    base::MutexLock lock(mutex_);
    feeds_.push_back({.cache = std::move(cache),
                      .listener = std::move(listener),
                      .since = std::chrono::steady_clock::now()});
    has_new_ = true;
}

void Feeds::hear_of_taken(std::weak_ptr<contract::OnTaken> listener) {
    base::MutexLock lock(mutex_);
    on_taken_.push_back(std::move(listener));
    has_new_ = true;
}

void Feeds::close() {
    base::MutexLock lock(mutex_);
    feeds_.clear();
    on_taken_.clear();
}

bool Feeds::is_empty() {
    base::MutexLock lock(mutex_);
    std::erase_if(feeds_, [](const Feed& feed) { return feed.listener.expired(); });
    std::erase_if(on_taken_, [](const auto& listener) { return listener.expired(); });
    return feeds_.empty() && on_taken_.empty();
}

bool Feeds::is_urgent() {
    base::MutexLock lock(mutex_);
    return !feeds_.empty();
}

std::vector<Feeds::Heard> Feeds::hearers() {
    base::MutexLock lock(mutex_);
    std::vector<Heard> found;
    for (const Feed& feed : feeds_)
        if (feed.began)
            if (auto listener = feed.listener.lock())
                found.push_back({std::move(listener), feed.cache});
    return found;
}

bool Feeds::tick(std::int64_t latest, SteadyTime now) {
    {
        base::MutexLock lock(mutex_);
        if (has_new_) return true;
    }
    if (incarnation_.empty() || latest != told_) return true;
    for (const Heard& each : hearers())
        each.listener->heard(now);
    return false;
}

// Who began to listen before the file was read begins with what comes after that.
bool Feeds::begin_new(SteadyTime read_at) {
    base::MutexLock lock(mutex_);
    has_new_ = false;
    for (Feed& feed : feeds_) {
        feed.began = feed.began || feed.since <= read_at;
        has_new_ = has_new_ || !feed.began;
    }
    return has_new_;
}

bool Feeds::tell(const NewsPage& page) {
    const bool lost =
        !incarnation_.empty() && (page.incarnation != incarnation_ || page.oldest > told_ + 1);
    const std::vector<Heard> to = hearers();
    if (incarnation_.empty() || lost) {
        for (const Heard& each : to)
            each.listener->lost();
        if (lost) tell_of_taken({});
        told_ = page.latest;
    } else {
        for (const NewsRow& row : page.rows)
            tell_row(row, to);
        if (!page.rows.empty()) told_ = page.rows.back().seq;
    }
    incarnation_ = page.incarnation;
    if (told_ < page.latest) return true;
    const bool more = begin_new(page.at);
    for (const Heard& each : hearers())
        each.listener->heard(page.at);
    return more;
}

void Feeds::tell_row(const NewsRow& row, const std::vector<Heard>& to) {
    if (row.own || row.prefix != prefix_) return;
    if (row.kind == NewsKind::taken) return tell_of_taken(row.text);
    const auto kind = mark_of(row.kind);
    for (const Heard& each : to) {
        if (each.cache != row.cache) continue;
        const auto number = static_cast<std::uint64_t>(row.number);
        if (kind)
            each.listener->invalidated({.kind = *kind, .text = row.text, .number = number},
                                       {.incarnation = incarnation_, .number = number});
        else
            each.listener->changed(row.text);
    }
}

void Feeds::tell_of_taken(const std::string& key) {
    std::vector<std::shared_ptr<contract::OnTaken>> to;
    {
        base::MutexLock lock(mutex_);
        for (const auto& listener : on_taken_)
            if (auto alive = listener.lock()) to.push_back(std::move(alive));
    }
    for (const auto& listener : to)
        (*listener)(key);
}

}  // namespace toril::sqlite_side
