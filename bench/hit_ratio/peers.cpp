#include "peers.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <list>
#include <unordered_map>
#include <utility>
#include <vector>

namespace toril::bench {
namespace {

using Keys = std::list<std::uint64_t>;  // the newest first

class Lru final : public Simulated {
public:
    explicit Lru(std::size_t entries) : entries_(entries) {}

    bool access(std::uint64_t key) override {
        const auto found = where_.find(key);
        if (found != where_.end()) {
            keys_.splice(keys_.begin(), keys_, found->second);
            return true;
        }
        if (keys_.size() == entries_) {
            where_.erase(keys_.back());
            keys_.pop_back();
        }
        keys_.push_front(key);
        where_[key] = keys_.begin();
        return false;
    }

private:
    const std::size_t entries_;
    Keys keys_{};
    std::unordered_map<std::uint64_t, Keys::iterator> where_{};
};

class S3Fifo final : public Simulated {
public:
    S3Fifo(std::size_t entries, int promote_at)
        : small_max_(std::max<std::size_t>(1, entries / 10)),
          main_max_(std::max<std::size_t>(1, entries - small_max_)),
          promote_at_(promote_at) {}

    bool access(std::uint64_t key) override {
        const auto found = reads_.find(key);
        if (found != reads_.end()) {
            found->second = std::min(found->second + 1, 3);
            return true;
        }
        const auto ghost = ghosts_.find(key);
        if (ghost != ghosts_.end()) {
            ghost_keys_.erase(ghost->second);
            ghosts_.erase(ghost);
            make_room_in_main();
            main_.push_front(key);
        } else {
            make_room_in_small();
            small_.push_front(key);
        }
        reads_[key] = 0;
        return false;
    }

private:
    void make_room_in_small() {
        while (small_.size() >= small_max_) {
            const std::uint64_t key = small_.back();
            small_.pop_back();
            if (reads_[key] >= promote_at_) {
                make_room_in_main();
                main_.push_front(key);
                reads_[key] = 0;
                continue;
            }
            reads_.erase(key);
            remember(key);
        }
    }
    void make_room_in_main() {
        while (main_.size() >= main_max_) {
            const std::uint64_t key = main_.back();
            main_.pop_back();
            int& reads = reads_[key];
            if (reads > 0) {
                --reads;
                main_.push_front(key);
            } else {
                reads_.erase(key);
            }
        }
    }
    void remember(std::uint64_t key) {
        if (ghost_keys_.size() >= main_max_) {
            ghosts_.erase(ghost_keys_.back());
            ghost_keys_.pop_back();
        }
        ghost_keys_.push_front(key);
        ghosts_[key] = ghost_keys_.begin();
    }

    const std::size_t small_max_;
    const std::size_t main_max_;
    const int promote_at_;
    Keys small_{};
    Keys main_{};
    Keys ghost_keys_{};
    std::unordered_map<std::uint64_t, int> reads_{};  // of what is there
    std::unordered_map<std::uint64_t, Keys::iterator> ghosts_{};
};

// How often a key was asked for, about: the least of four small counts, halved now and then.
class Sketch {
public:
    explicit Sketch(std::size_t entries) : halve_at_(10 * entries) {
        // Wide enough that counts seldom meet: four for each entry in each row.
        std::size_t size = 16;
        while (size < 4 * entries)
            size *= 2;
        for (auto& row : rows_)
            row.resize(size);
    }

    int count(std::uint64_t key) const {
        int least = 15;
        for (std::size_t row = 0; row < rows_.size(); ++row)
            least = std::min<int>(least, rows_[row][at(key, row)]);
        return least;
    }

    void add(std::uint64_t key) {
        for (std::size_t row = 0; row < rows_.size(); ++row) {
            std::uint8_t& count = rows_[row][at(key, row)];
            if (count < 15) ++count;
        }
        if (++added_ < halve_at_) return;
        for (auto& row : rows_)
            for (std::uint8_t& count : row)
                count /= 2;
        added_ /= 2;
    }

private:
    std::size_t at(std::uint64_t key, std::size_t row) const {
        std::uint64_t x = key + 0x9E3779B97F4A7C15ull * (row + 1);
        x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9ull;
        x = (x ^ (x >> 27)) * 0x94D049BB133111EBull;
        return (x ^ (x >> 31)) & (rows_[row].size() - 1);
    }

    const std::size_t halve_at_;
    std::size_t added_ = 0;
    std::array<std::vector<std::uint8_t>, 4> rows_{};
};

class WTinyLfu : public Simulated {
public:
    explicit WTinyLfu(std::size_t entries)
        : entries_(entries),
          sketch_(entries),
          window_max_(std::max<std::size_t>(1, entries / 100)) {}

    bool access(std::uint64_t key) override {
        sketch_.add(key);
        const auto found = where_.find(key);
        const bool hit = found != where_.end();
        if (hit)
            touch(found->second);
        else
            insert(key);
        after(hit);
        return hit;
    }

protected:
    virtual void after(bool) {}

    std::size_t entries() const { return entries_; }
    std::size_t window() const { return window_max_; }
    void set_window(std::size_t entries) {
        window_max_ = std::clamp<std::size_t>(entries, 1, entries_ - 1);
        while (segments_[window_at].size() > window_max_)
            move(segments_[window_at].back(), probation_at);
        while (segments_[window_at].size() < window_max_ && !segments_[probation_at].empty())
            move(segments_[probation_at].back(), window_at);
    }

private:
    enum Segment : std::size_t { window_at, probation_at, protected_at };
    struct Place {
        Segment segment = window_at;
        Keys::iterator at{};
    };

    void touch(Place& place) {
        if (place.segment != probation_at) {
            Keys& keys = segments_[place.segment];
            keys.splice(keys.begin(), keys, place.at);
            return;
        }
        move(*place.at, protected_at);
        const std::size_t protected_max = (entries_ - window_max_) * 8 / 10;
        while (segments_[protected_at].size() > protected_max)
            move(segments_[protected_at].back(), probation_at);
    }

    void insert(std::uint64_t key) {
        segments_[window_at].push_front(key);
        where_[key] = {window_at, segments_[window_at].begin()};
        if (segments_[window_at].size() <= window_max_) return;
        const std::uint64_t candidate = segments_[window_at].back();
        move(candidate, probation_at);
        if (where_.size() <= entries_) return;
        const Keys& line = segments_[probation_at];
        const std::uint64_t victim = line.size() > 1 ? line.back() : protected_victim(candidate);
        drop(sketch_.count(candidate) > sketch_.count(victim) ? victim : candidate);
    }
    std::uint64_t protected_victim(std::uint64_t candidate) const {
        return segments_[protected_at].empty() ? candidate : segments_[protected_at].back();
    }

    void move(std::uint64_t key, Segment to) {
        Place& place = where_[key];
        segments_[to].splice(segments_[to].begin(), segments_[place.segment], place.at);
        place.segment = to;
    }
    void drop(std::uint64_t key) {
        const Place place = where_[key];
        segments_[place.segment].erase(place.at);
        where_.erase(key);
    }

    const std::size_t entries_;
    Sketch sketch_;
    std::size_t window_max_;
    std::array<Keys, 3> segments_{};
    std::unordered_map<std::uint64_t, Place> where_{};
};

// A step of 6.25 %, the other way when hits became fewer, smaller each time, and whole again when
// they change by 5 points.
class ClimbingWTinyLfu final : public WTinyLfu {
public:
    explicit ClimbingWTinyLfu(std::size_t entries)
        : WTinyLfu(entries), step_(-0.0625 * static_cast<double>(entries)) {}

protected:
    void after(bool hit) override {
        hits_ += hit ? 1 : 0;
        if (++requests_ < 10 * entries()) return;
        const double rate = static_cast<double>(hits_) / static_cast<double>(requests_);
        const double change = rate - rate_;
        const double amount = change >= 0 ? step_ : -step_;
        step_ = std::abs(change) >= 0.05
                    ? std::copysign(0.0625 * static_cast<double>(entries()), amount)
                    : 0.98 * amount;
        rate_ = rate;
        hits_ = requests_ = 0;
        const double wanted = static_cast<double>(window()) + amount;
        set_window(static_cast<std::size_t>(std::max(1.0, wanted)));
    }

private:
    double step_;
    double rate_ = 0;
    std::size_t hits_ = 0;
    std::size_t requests_ = 0;
};

}  // namespace

std::unique_ptr<Simulated> make_lru(std::size_t entries) {
    return std::make_unique<Lru>(entries);
}
std::unique_ptr<Simulated> make_s3_fifo(std::size_t entries, int promote_at) {
    return std::make_unique<S3Fifo>(entries, promote_at);
}
std::unique_ptr<Simulated> make_w_tiny_lfu(std::size_t entries) {
    return std::make_unique<WTinyLfu>(entries);
}
std::unique_ptr<Simulated> make_climbing_w_tiny_lfu(std::size_t entries) {
    return std::make_unique<ClimbingWTinyLfu>(entries);
}

}  // namespace toril::bench
