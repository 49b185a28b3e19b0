#include "backend/memory/repeats.hpp"

namespace toril::memory {

const Repeats::AddAnswer* Repeats::find(const std::string& token) const {
    if (token.empty()) return nullptr;
    const auto found = adds_.find(token);
    return found == adds_.end() ? nullptr : &found->second;
}

void Repeats::keep(const std::string& token, const AddAnswer& answer, Timestamp now) {
    forget_old(now);
    if (token.empty()) return;
    adds_.emplace(token, answer);
    add_order_.emplace_back(now, token);
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
    lane->second = {call.sequence, answer, now};
    if (!is_new) return;
    // Workers come and go; a new one pays for clearing up after those that are long gone.
    std::erase_if(lanes_, [now](const auto& entry) {
        return entry.second.at + contract::repeat_token_lifetime < now;
    });
}

void Repeats::forget_old(Timestamp now) {
    while (!add_order_.empty() &&
           add_order_.front().first + contract::repeat_token_lifetime < now) {
        adds_.erase(add_order_.front().second);
        add_order_.pop_front();
    }
}

}  // namespace toril::memory
