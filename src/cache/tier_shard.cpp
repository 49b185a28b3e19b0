#include "cache/tier_shard.hpp"

#include <algorithm>
#include <utility>

namespace toril::cache {

namespace {

// Room for entries that are as small as they can be: an entry and its block.
std::size_t entries_max(std::uint64_t bytes_max) {
    return static_cast<std::size_t>(bytes_max / TierEntry::bytes({}, {})) + 1;
}

// Shadows may have a sixteenth of the shard; with fewer entries than that they tell nothing.
constexpr std::uint64_t bytes_per_sample = 16 * 600;
constexpr std::uint64_t sample_min = 32;
constexpr std::uint64_t sample_max = 256;
constexpr double window_without_shadows = 0.2;

PolicyOptions policy_options(std::uint64_t bytes_max, std::uint64_t seed) {
    const std::uint64_t sample = std::min(bytes_max / bytes_per_sample, sample_max);
    PolicyOptions options{.capacity = bytes_max, .seed = seed};
    options.sample_max = sample < sample_min ? 0 : static_cast<std::size_t>(sample);
    if (options.sample_max == 0) options.window = window_without_shadows;
    return options;
}

constexpr int ended_per_call = 16;

// What is reserved changes in such steps, to change seldom.
std::uint64_t reserve_step(std::uint64_t bytes_max) {
    return std::clamp<std::uint64_t>(bytes_max / 256, 64, 4096);
}

}  // namespace

TierShard::TierShard(std::uint64_t bytes_max, std::uint64_t item_bytes_max, std::uint64_t seed)
    : bytes_max_(bytes_max),
      item_bytes_max_(item_bytes_max),
      table_(static_cast<Slot>(entries_max(bytes_max)) + 1),
      entries_(entries_max(bytes_max)),
      policy_(policy_options(bytes_max, seed)),
      empty_bytes_(table_bytes()) {}

BlockPtr TierShard::find(const TierKey& key, std::int64_t now_ms) {
    BlockPtr block;
    const Slot slot = search(key, block);
    if (slot == no_slot) return nullptr;
    const bool ended = block->kept_until <= now_ms;
    if (!ended && !reads_.note(slot)) return block;
    Removed removed;
    if (mutex_.try_lock()) {
        tell_policy();
        drop_ended(now_ms, removed);
        mutex_.unlock();
    }
    return ended ? nullptr : block;
}

Slot TierShard::search(const TierKey& key, BlockPtr& block) {
    const auto is_it = [&](Slot slot) { return entries_[slot].read(key.text, block); };
    const std::uint64_t version = table_.version();
    const Slot slot = table_.find(key.hash, is_it);
    if (slot != no_slot || (version % 2 == 0 && table_.version() == version)) return slot;
    const base::MutexLock lock(mutex_);
    return table_.find(key.hash, is_it);
}

bool TierShard::put(const TierKey& key, BlockPtr block, std::int64_t now_ms) {
    Removed removed;
    const base::MutexLock lock(mutex_);
    tell_policy();
    drop_ended(now_ms, removed);
    return put_locked(key, std::move(block), removed);
}

bool TierShard::replace(const TierKey& key,
                        const BlockPtr& old,
                        BlockPtr block,
                        std::int64_t now_ms) {
    Removed removed;
    const base::MutexLock lock(mutex_);
    tell_policy();
    drop_ended(now_ms, removed);
    const Slot slot = slot_of(key);
    if (slot == no_slot || entries_[slot].block() != old) return false;
    return put_locked(key, std::move(block), removed);
}

bool TierShard::remove(const TierKey& key) {
    Removed removed;
    const base::MutexLock lock(mutex_);
    const Slot slot = slot_of(key);
    if (slot == no_slot) return false;
    policy_.remove(slot);
    take_out(slot, removed);
    keep_bound(removed);
    return true;
}

void TierShard::clear() {
    Removed removed;
    const base::MutexLock lock(mutex_);
    for (Slot slot = 1; slot < policy_.entries().slots_end(); ++slot)
        if (policy_.entries().is_used(slot)) removed.push_back(entries_[slot].empty());
    table_.clear();
    wheel_.clear();
    policy_.clear();
    keep_bound(removed);
}

TierStats TierShard::stats() {
    const base::MutexLock lock(mutex_);
    TierStats stats = counts_;
    stats.entries = policy_.entries().size();
    stats.bytes = policy_.entries().weight() + table_bytes() - empty_bytes_;
    return stats;
}

std::map<double, double> TierShard::what_if() {
    const base::MutexLock lock(mutex_);
    return policy_.what_if();
}

void TierShard::tell_policy() {
    reads_.tell(policy_);
}

// What has ended is not found anyway, so it may wait for its turn.
void TierShard::drop_ended(std::int64_t now_ms, Removed& removed) {
    wheel_.advance(now_ms);
    for (int i = 0; i < ended_per_call; ++i) {
        const Slot slot = wheel_.take();
        if (slot == no_slot) return;
        const std::int64_t kept_until = entries_[slot].block()->kept_until;
        if (kept_until > now_ms) {
            wheel_.add(slot, kept_until);
            continue;
        }
        policy_.remove(slot);
        take_out(slot, removed);
        ++counts_.evictions_age;
    }
}

Slot TierShard::slot_of(const TierKey& key) const {
    return table_.find(key.hash, [&](Slot slot) { return entries_[slot].is(key.text); });
}

bool TierShard::put_locked(const TierKey& key, BlockPtr block, Removed& removed) {
    Slot slot = slot_of(key);
    const bool fits = key.text.size() <= TierEntry::key_max &&
                      TierEntry::bytes(key.text, *block) <= item_bytes_max_;
    if (!fits) {
        if (slot != no_slot) {
            policy_.remove(slot);
            take_out(slot, removed);
        }
        ++counts_.rejected;
        return false;
    }
    if (slot == no_slot)
        slot = add(key, std::move(block), removed);
    else
        change(slot, key, std::move(block), removed);
    keep_bound(removed);
    const bool admitted = policy_.entries().is_used(slot);
    if (!admitted) ++counts_.rejected;
    return admitted;
}

Slot TierShard::add(const TierKey& key, BlockPtr block, Removed& removed) {
    const auto weight = static_cast<std::uint32_t>(TierEntry::bytes(key.text, *block));
    reads_.on_put();
    const Slot slot = policy_.admit(key.hash, weight, victims_);
    take_out_victims(slot, removed);
    if (!policy_.entries().is_used(slot)) return slot;
    entries_.reach(slot);
    wheel_.add(slot, block->kept_until);
    const void* const value = block.get();
    entries_[slot].fill(key.text, std::move(block));
    const WindowLfu& all = policy_.entries();
    table_.add(key.hash, slot, value, [&all](Slot other) { return all.hash(other); });
    return slot;
}

void TierShard::change(Slot slot, const TierKey& key, BlockPtr block, Removed& removed) {
    const auto weight = static_cast<std::uint32_t>(TierEntry::bytes(key.text, *block));
    wheel_.add(slot, block->kept_until);
    table_.move_value(key.hash, slot, block.get());
    removed.push_back(entries_[slot].replace(std::move(block)));
    policy_.resize(slot, weight, victims_);
    take_out_victims(no_slot, removed);
}

// The policy has forgotten it already.
void TierShard::take_out(Slot slot, Removed& removed) {
    const WindowLfu& all = policy_.entries();
    table_.remove(all.hash(slot), slot, [&all](Slot other) { return all.hash(other); });
    wheel_.remove(slot);
    removed.push_back(entries_[slot].empty());
}

void TierShard::take_out_victims(Slot not_yet_in, Removed& removed) {
    for (const Slot victim : victims_) {
        if (victim == not_yet_in) continue;
        take_out(victim, removed);
        ++counts_.evictions_size;
    }
    victims_.clear();
}

// Takes from the policy what the tables need by now, or gives it back.
void TierShard::keep_bound(Removed& removed) {
    const std::uint64_t step = reserve_step(bytes_max_);
    for (;;) {
        const std::uint64_t used = table_bytes() - empty_bytes_;  // tables never get smaller
        const std::uint64_t needed = (used + step - 1) / step * step;
        if (needed <= reserved_ && needed + 4 * step >= reserved_) return;
        reserved_ = needed;
        policy_.set_capacity(bytes_max_ - std::min(bytes_max_, reserved_), victims_);
        take_out_victims(no_slot, removed);
    }
}

// Entries that are in use weigh by themselves.
std::uint64_t TierShard::table_bytes() const {
    return entries_.bytes() - policy_.entries().size() * sizeof(TierEntry) + table_.bytes() +
           reads_.bytes() + policy_.bytes() + wheel_.bytes() + victims_.capacity() * sizeof(Slot);
}

}  // namespace toril::cache
