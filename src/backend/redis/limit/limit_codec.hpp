#pragma once

// Asks and answers of decide.lua as bytes. The script's head has the form.

#include "contract/limit_store.hpp"

#include <toril/redis/reply.hpp>
#include <toril/result.hpp>

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace toril::redis_store {

/// Appends the records of asks that belong together.
void append_records(std::string& records,
                    contract::LimitParams::Kind kind,
                    std::span<const contract::RateAsk> asks);

/// What the script answered, taken apart. Views into the reply.
struct LimitAnswers {
    base::Micros now{0};
    std::string_view letters{};
    std::vector<std::string_view> states{};
};
Result<LimitAnswers> limit_answers(const redis::Value& root, std::size_t asks);

/// The answer to `params`, whose first ask is number `first` of the call.
Result<contract::LimitReply> limit_reply(const LimitAnswers& answers,
                                         const contract::LimitParams& params,
                                         std::size_t first);

}  // namespace toril::redis_store
