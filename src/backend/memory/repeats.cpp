#include "backend/memory/repeats.hpp"

namespace toril::memory {

namespace {

// Callers come and go; a new one pays for clearing up after those that are long gone.
template <class Map>
void forget_old(Map& calls, Timestamp now) {
    std::erase_if(calls, [now](const auto& entry) { return entry.second.until < now; });
}

}  // namespace

const Repeats::AddAnswer* Repeats::find(const AddCall& add) const {
    const auto found = adds_.find(add.token);
    if (found == adds_.end() || found->second.sequence != add.sequence) return nullptr;
    return &found->second.answer;
}

void Repeats::keep(const AddCall& add, const AddAnswer& answer, Timestamp now) {
    if (add.token.empty()) return;
    if (!adds_.contains(add.token)) forget_old(adds_, now);
    adds_[add.token] = {add.sequence, answer, now + add.lifetime};
}

Result<std::optional<contract::FinishedAndTaken>> Repeats::find(
    const contract::FinishAndTakeParams& call) const {
    const auto found = lanes_.find({call.taker.worker, call.lane});
    if (found == lanes_.end() || call.sequence > found->second.sequence)
        return std::optional<contract::FinishedAndTaken>();
    if (call.sequence == found->second.sequence)
        return std::optional<contract::FinishedAndTaken>(found->second.answer);
    return Error(ErrorCode::invalid_argument,
                 "call " + std::to_string(call.sequence) + " of worker \"" + call.taker.worker +
                     "\" comes after its call " + std::to_string(found->second.sequence));
}

void Repeats::keep(const contract::FinishAndTakeParams& call,
                   const contract::FinishedAndTaken& answer,
                   Timestamp now) {
    if (call.taker.worker.empty()) return;
    const auto [lane, is_new] = lanes_.try_emplace({call.taker.worker, call.lane});
    lane->second = {call.sequence, answer, now + contract::repeat_token_lifetime};
    if (is_new) forget_old(lanes_, now);
}

}  // namespace toril::memory
