#include "lock/lines.hpp"

#include <algorithm>
#include <utility>

namespace toril::lock {

Lines::Place::Place(Lines& lines, std::string key) : lines_(lines), key_(std::move(key)) {
    const std::lock_guard lock(lines_.mutex_);
    lines_.lines_[key_].places.push_back(this);
}

Lines::Place::~Place() {
    std::unique_ptr<contract::LockWatcher> ended;  // without the mutex: it talks to the store
    const std::lock_guard lock(lines_.mutex_);
    const auto found = lines_.lines_.find(key_);
    std::deque<Place*>& places = found->second.places;
    const bool was_first = places.front() == this;
    places.erase(std::find(places.begin(), places.end(), this));
    if (places.empty()) {
        ended = std::move(found->second.watcher);
        lines_.lines_.erase(found);
    } else if (was_first) {
        places.front()->turn_.notify_one();
    }
}

bool Lines::Place::wait_for_turn(BootClock::time_point give_up) {
    std::unique_lock lock(lines_.mutex_);
    const Line& line = lines_.lines_.find(key_)->second;
    const auto is_first = [&] { return line.places.front() == this; };
    while (!is_first()) {
        const auto left = give_up - BootClock::now();
        if (left <= left.zero()) return false;
        turn_.wait_for(lock, left);
    }
    return true;
}

void Lines::Place::note(const LockInfo& holder) {
    const std::lock_guard lock(lines_.mutex_);
    lines_.lines_.find(key_)->second.holder = holder;
}

std::optional<LockInfo> Lines::Place::noted() const {
    const std::lock_guard lock(lines_.mutex_);
    return lines_.lines_.find(key_)->second.holder;
}

contract::LockWatcher& Lines::Place::watcher(
    const std::function<std::unique_ptr<contract::LockWatcher>()>& open) {
    Line* line = nullptr;
    {
        const std::lock_guard lock(lines_.mutex_);
        line = &lines_.lines_.find(key_)->second;  // stays where it is while this is in it
    }
    if (!line->watcher) line->watcher = open();
    return *line->watcher;
}

}  // namespace toril::lock
