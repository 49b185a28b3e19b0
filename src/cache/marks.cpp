#include "cache/marks.hpp"

#include "base/glob.hpp"

#include <algorithm>

namespace toril::cache {

using contract::CacheMark;

constexpr std::size_t patterns_max = contract::cache_patterns_max;
constexpr std::size_t tags_max = contract::cache_marks_max - patterns_max;

bool Marks::add(const CacheMark& mark, const contract::CacheGeneration& now) {
    base::MutexLock lock(mutex_);
    adopt(now.incarnation);
    if (is_known(mark)) return false;
    put(mark);
    return true;
}

void Marks::meet(const contract::CacheGeneration& now) {
    base::MutexLock lock(mutex_);
    adopt(now.incarnation);
}

void Marks::forget_all() {
    base::MutexLock lock(mutex_);
    void_all();
}

void Marks::adopt(const std::string& incarnation) {
    if (incarnation == incarnation_ || incarnation.empty()) return;
    const bool is_first = incarnation_.empty();
    incarnation_ = incarnation;
    if (is_first) return;
    all_number_ = 0;
    void_all();
}

void Marks::void_all() {
    // All marks so far are below the floor: they need not be remembered.
    floor_ = latest_.load() + 1;
    tags_.clear();
    patterns_.clear();
    latest_.store(floor_, std::memory_order_release);
}

bool Marks::is_known(const CacheMark& mark) const {
    if (mark.number == 0) return false;
    if (mark.number <= all_number_) return true;
    if (mark.kind == CacheMark::Kind::tag) {
        const auto found = tags_.find(mark.text);
        return found != tags_.end() && found->second.number >= mark.number;
    }
    return std::any_of(patterns_.begin(), patterns_.end(), [&](const Pattern& pattern) {
        return mark.kind == CacheMark::Kind::pattern && pattern.text == mark.text &&
               pattern.mark.number >= mark.number;
    });
}

void Marks::put(const CacheMark& mark) {
    if (mark.kind == CacheMark::Kind::all) {
        all_number_ = std::max(all_number_, mark.number);
        void_all();
        return;
    }
    const std::uint64_t at = latest_.load() + 1;
    if (mark.kind == CacheMark::Kind::tag) {
        if (tags_.size() >= tags_max && !tags_.contains(mark.text)) forget_older_tags();
        Mark& known = tags_[mark.text];
        known = {at, std::max(known.number, mark.number)};
    } else {
        put_pattern(mark, {at, mark.number});
    }
    latest_.store(at, std::memory_order_release);
}

void Marks::put_pattern(const CacheMark& mark, Mark at) {
    const auto same = std::find_if(patterns_.begin(), patterns_.end(), [&](const Pattern& known) {
        return known.text == mark.text;
    });
    if (same != patterns_.end()) {
        at.number = std::max(at.number, same->mark.number);
        patterns_.erase(same);
    } else if (patterns_.size() >= patterns_max) {
        forget_older_patterns();
    }
    patterns_.push_back({mark.text, at});
}

void Marks::forget_older_tags() {
    std::vector<std::uint64_t> ages;
    ages.reserve(tags_.size());
    for (const auto& [tag, mark] : tags_)
        ages.push_back(mark.at);
    const auto middle = ages.begin() + static_cast<std::ptrdiff_t>(ages.size() / 2);
    std::nth_element(ages.begin(), middle, ages.end());
    floor_ = std::max(floor_, *middle);
    std::erase_if(tags_, [&](const auto& tag) { return tag.second.at <= *middle; });
}

void Marks::forget_older_patterns() {
    const auto half = static_cast<std::ptrdiff_t>(patterns_.size() / 2);
    floor_ = std::max(floor_, patterns_[static_cast<std::size_t>(half - 1)].mark.at);
    patterns_.erase(patterns_.begin(), patterns_.begin() + half);
}

bool Marks::look(std::string_view key, const CacheValue::Block& block) const {
    base::MutexLock lock(mutex_);
    if (is_hit(key, block)) return false;
    block.valid_at.store(latest_.load(), std::memory_order_relaxed);
    return true;
}

bool Marks::is_hit(std::string_view key, const CacheValue::Block& block) const {
    if (block.generation < floor_) return true;
    for (const std::string& tag : block.tags) {
        const auto found = tags_.find(tag);
        if (found != tags_.end() && found->second.at > block.generation) return true;
    }
    const std::uint64_t seen =
        std::max(block.generation, block.valid_at.load(std::memory_order_relaxed));
    for (auto pattern = patterns_.rbegin(); pattern != patterns_.rend(); ++pattern) {
        if (pattern->mark.at <= seen) return false;
        if (base::glob_matches(pattern->text, key)) return true;
    }
    return false;
}

}  // namespace toril::cache
