#include "cache/flights.hpp"

#include <utility>

namespace toril::cache {

void Flight::run_here() {
    runner_.store(std::this_thread::get_id());
}

void Flight::land(Landing landing) {
    runner_.store({});
    const std::lock_guard lock(mutex_);
    landing_.emplace(std::move(landing));
    changed_.notify_all();
}

std::optional<Landing> Flight::wait(std::optional<Time> until) {
    std::unique_lock lock(mutex_);
    const auto has_landed = [this] { return landing_.has_value(); };
    if (until)
        changed_.wait_until(lock, *until, has_landed);
    else
        changed_.wait(lock, has_landed);
    return landing_;
}

void Flight::offer_stale(BlockPtr stale) {
    if (!stale) return;
    const std::lock_guard lock(mutex_);
    if (!stale_ || stale->fresh_until > stale_->fresh_until) stale_ = std::move(stale);
}

BlockPtr Flight::stale() const {
    const std::lock_guard lock(mutex_);
    return stale_;
}

void Flight::hear() {
    const std::lock_guard lock(mutex_);
    ++news_;
    changed_.notify_all();
}

std::uint64_t Flight::news() const {
    const std::lock_guard lock(mutex_);
    return news_;
}

bool Flight::wait_for_news(std::uint64_t seen, Time until) {
    std::unique_lock lock(mutex_);
    return changed_.wait_until(lock, until, [&] { return news_ != seen; });
}

Flights::Seat Flights::board(std::string_view key, std::uint64_t since) {
    const std::lock_guard lock(mutex_);
    if (const auto found = flights_.find(key); found != flights_.end()) return {found->second};
    auto flight = std::make_shared<Flight>(std::string(key), since);
    flights_.emplace(flight->key, flight);
    return {std::move(flight), true};
}

void Flights::end(const FlightPtr& flight) {
    const std::lock_guard lock(mutex_);
    const auto found = flights_.find(flight->key);
    if (found != flights_.end() && found->second == flight) flights_.erase(found);
}

void Flights::detach(std::string_view key) {
    FlightPtr flight;
    {
        const std::lock_guard lock(mutex_);
        const auto found = flights_.find(key);
        if (found == flights_.end()) return;
        flight = std::move(found->second);
        flights_.erase(found);
    }
    flight->detach();
    flight->hear();
}

void Flights::hear(std::string_view key) {
    FlightPtr flight;
    {
        const std::lock_guard lock(mutex_);
        const auto found = flights_.find(key);
        if (found == flights_.end()) return;
        flight = found->second;
    }
    flight->hear();
}

void Flights::hear_all() {
    std::vector<FlightPtr> all;
    {
        const std::lock_guard lock(mutex_);
        for (const auto& [key, flight] : flights_)
            all.push_back(flight);
    }
    for (const FlightPtr& flight : all)
        flight->hear();
}

}  // namespace toril::cache
