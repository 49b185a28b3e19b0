#include "backend/memory/deduplications.hpp"

#include <algorithm>

namespace toril::memory {

const Deduplications::Hold* Deduplications::find(const std::string& id, Timestamp now) const {
    const auto found = holds_.find(id);
    if (found == holds_.end()) return nullptr;
    const Hold& hold = found->second;
    return !hold.ends_at || now < *hold.ends_at ? &hold : nullptr;
}

// With keep_last_if_active the id is held until its owner's end, whatever the rule's time is.
void Deduplications::give(const Deduplication& rule, const JobId& owner, Timestamp now) {
    forget_lapsed(now);
    Hold& hold = holds_[rule.id];
    hold.owner = owner;
    hold.ends_at.reset();
    if (rule.ttl > Millis{0} && !rule.keep_last_if_active) hold.ends_at = now + rule.ttl;
}

void Deduplications::keep_next(const std::string& id, contract::AddJob next) {
    holds_[id].ends_at.reset();
    next_[id] = std::move(next);
}

std::optional<contract::AddJob> Deduplications::take_next(const std::string& id) {
    auto node = next_.extract(id);
    if (node.empty()) return std::nullopt;
    return std::move(node.mapped());
}

bool Deduplications::remove(const std::string& id, const JobId& only_for, Timestamp now) {
    const Hold* hold = find(id, now);
    if (hold == nullptr || (!only_for.empty() && hold->owner != only_for)) return false;
    holds_.erase(id);
    return true;
}

void Deduplications::owner_finished(const std::string& id, const JobId& owner, Timestamp now) {
    const Hold* hold = find(id, now);
    if (hold != nullptr && !hold->ends_at && hold->owner == owner) holds_.erase(id);
}

void Deduplications::owner_removed(const std::string& id, const JobId& owner, Timestamp now) {
    const Hold* hold = find(id, now);
    if (hold == nullptr || hold->owner != owner) return;
    holds_.erase(id);
    next_.erase(id);
}

// Nothing else would ever look at the id of a throttle that is not used again.
void Deduplications::forget_lapsed(Timestamp now) {
    if (holds_.size() < forget_at_) return;
    std::erase_if(holds_, [now](const auto& entry) {
        return entry.second.ends_at && *entry.second.ends_at <= now;
    });
    forget_at_ = std::max<std::size_t>(1000, holds_.size() * 2);
}

}  // namespace toril::memory
