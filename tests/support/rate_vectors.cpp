#include "support/rate_vectors.hpp"

#include <boost/json.hpp>

#include <fstream>
#include <iterator>
#include <stdexcept>

namespace toril::testing {
namespace {

using base::Micros;
using base::RateShape;
using contract::LimitParams;
namespace json = boost::json;

RateShape shape_of(std::string_view word) {
    if (word == "sliding") return RateShape::sliding;
    if (word == "gcra") return RateShape::gcra;
    if (word == "fixed") return RateShape::fixed;
    throw std::runtime_error("no such shape");
}

LimitParams::Kind kind_of(std::string_view word) {
    if (word == "take") return LimitParams::Kind::take;
    if (word == "peek") return LimitParams::Kind::peek;
    if (word == "refund") return LimitParams::Kind::refund;
    if (word == "debit") return LimitParams::Kind::debit;
    throw std::runtime_error("no such kind");
}

base::RateRule rule_of(const json::value& given) {
    return {.shape = shape_of(given.at(0).as_string()),
            .max = given.at(1).as_int64(),
            .per = Micros(given.at(2).as_int64()),
            .burst = given.at(3).as_int64()};
}

RateStep step_of(const json::value& given, const json::array& rules) {
    RateStep step;
    step.params.kind = kind_of(given.at(0).as_string());
    step.params.now = Micros(given.at(1).as_int64());
    for (const json::value& ask : given.at(2).as_array())
        step.params.asks.push_back({.key = std::string(ask.at(0).as_string()),
                                    .rule = rule_of(rules.at(ask.at(1).to_number<std::size_t>())),
                                    .cost = ask.at(2).as_int64()});
    for (const json::value& found : given.at(3).as_array())
        step.found.push_back({.allowed = found.at(0).as_bool(),
                              .remaining = found.at(1).as_int64(),
                              .retry_after = Micros(found.at(2).as_int64()),
                              .reset_after = Micros(found.at(3).as_int64())});
    return step;
}

}  // namespace

std::vector<RateSequence> rate_sequences() {
    std::ifstream file(TORIL_VECTORS_DIR "/rate_limit.json");
    const std::string text{std::istreambuf_iterator<char>(file), {}};
    const json::value all = json::parse(text);
    std::vector<RateSequence> sequences;
    for (const json::value& given : all.as_array()) {
        RateSequence sequence{.name = std::string(given.at("name").as_string())};
        for (const json::value& step : given.at("steps").as_array())
            sequence.steps.push_back(step_of(step, given.at("rules").as_array()));
        sequences.push_back(std::move(sequence));
    }
    return sequences;
}

std::string described(const base::RateDecision& decision) {
    return std::string(decision.allowed ? "allowed" : "refused") + ", remaining " +
           std::to_string(decision.remaining) + ", retry after " +
           std::to_string(decision.retry_after.count()) + " us, reset after " +
           std::to_string(decision.reset_after.count()) + " us";
}

}  // namespace toril::testing
