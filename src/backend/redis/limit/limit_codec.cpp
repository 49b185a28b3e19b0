#include "backend/redis/limit/limit_codec.hpp"

#include <algorithm>
#include <limits>
#include <optional>

namespace toril::redis_store {
namespace {

using base::Micros;
using contract::LimitParams;
using contract::RateAsk;

void append(std::string& bytes, std::int64_t number, int size) {
    for (int i = 0; i < size; ++i)
        bytes += static_cast<char>(static_cast<std::uint64_t>(number) >> (8 * i));
}

void append(std::string& bytes, const base::RateSpan& span) {
    append(bytes, span.micros, 8);
    append(bytes, span.rest, 4);
}

Error foreign(const RateAsk& ask) {
    return {ErrorCode::corrupt,
            "the key of limit \"" + ask.key +
                "\" holds something that toril did not write; nothing was changed"};
}

std::optional<contract::LimitFound> found_of(const LimitParams& params,
                                             const RateAsk& ask,
                                             Micros now,
                                             char letter,
                                             std::string_view bytes) {
    contract::LimitFound found;
    if (!bytes.empty()) {
        const auto state = base::rate_decode(bytes);
        if (!state) return std::nullopt;
        found.state = *state;
    }
    const bool done = letter == 'y' && params.kind != LimitParams::Kind::peek;
    // What was done is in the state: what is left is what the next one would see.
    found.decision = base::rate_peek(ask.rule, found.state, now, done ? 0 : ask.cost);
    if (done) {
        found.decision.allowed = true;
        found.decision.retry_after = Micros{0};
    }
    return found;
}

}  // namespace

void append_records(std::string& records, LimitParams::Kind kind, std::span<const RateAsk> asks) {
    std::int64_t others = std::ssize(asks);
    for (const RateAsk& ask : asks) {
        const std::int64_t cost =
            std::min<std::int64_t>(ask.cost, std::numeric_limits<std::uint32_t>::max());
        append(records, static_cast<std::int64_t>(kind), 1);
        append(records, --others, 1);
        append(records, static_cast<std::int64_t>(ask.rule.shape), 1);
        append(records, cost, 4);
        append(records, ask.rule.max, 4);
        append(records, ask.rule.burst > 0 ? ask.rule.burst : ask.rule.max, 4);
        append(records, ask.rule.per.count(), 8);
        const base::RateSpans spans = base::rate_spans(ask.rule, cost);
        append(records, spans.room);
        append(records, spans.step);
        append(records, spans.most);
    }
}

Result<LimitAnswers> limit_answers(const redis::Value& root, std::size_t asks) {
    LimitAnswers answers;
    std::size_t index = 0;
    for (const redis::Value value : root) {
        if (index == 0) answers.now = Micros(value.integer());
        if (index == 1) answers.letters = value.text();
        if (index > 1) answers.states.push_back(value.text());
        ++index;
    }
    if (answers.letters.size() == asks && answers.states.size() == asks) return answers;
    return Error(ErrorCode::corrupt, "the script of limits gave no answer of its form");
}

Result<contract::LimitReply> limit_reply(const LimitAnswers& answers,
                                         const LimitParams& params,
                                         std::size_t first) {
    contract::LimitReply reply{.now = answers.now};
    for (std::size_t i = 0; i < params.asks.size(); ++i) {
        const RateAsk& ask = params.asks[i];
        const char letter = answers.letters[first + i];
        if (letter == 'x') return foreign(ask);
        const auto found = found_of(params, ask, reply.now, letter, answers.states[first + i]);
        if (!found) return foreign(ask);
        reply.found.push_back(*found);
    }
    return reply;
}

}  // namespace toril::redis_store
