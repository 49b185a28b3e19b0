#include "backend/sqlite/side/operations.hpp"

#include <cstddef>

namespace toril::sqlite_side {
namespace {

using namespace contract;
using base::Micros;
using base::RateUse;

void change(LimitParams::Kind kind, RateUse& use, Micros now) {
    switch (kind) {
        case LimitParams::Kind::take: break;  // all at once, below
        case LimitParams::Kind::peek:
            use.decision = base::rate_peek(use.rule, use.state, now, use.cost);
            break;
        case LimitParams::Kind::refund:
            use.decision = base::rate_refund(use.rule, use.state, now, use.cost);
            break;
        case LimitParams::Kind::debit:
            use.decision = base::rate_debit(use.rule, use.state, now, use.cost);
            break;
    }
}

}  // namespace

LimitReply decide(Session& session, const LimitParams& params) {
    const Micros now = params.now > Micros{0} ? params.now : Micros(session.clock.wall_us());
    std::vector<RateUse> uses;
    uses.reserve(params.asks.size());
    for (const RateAsk& ask : params.asks)
        uses.push_back({.rule = ask.rule,
                        .state = session.rates.find(session.ref(ask.key), now),
                        .cost = ask.cost});
    const std::vector<RateUse> before = uses;
    if (params.kind == LimitParams::Kind::take) base::rate_take_all(uses, now);
    for (RateUse& use : uses)
        change(params.kind, use, now);
    LimitReply reply{.now = now};
    for (std::size_t i = 0; i < uses.size(); ++i) {
        const RateUse& use = uses[i];
        reply.found.push_back({.decision = use.decision, .state = use.state});
        if (use.state == before[i].state) continue;
        session.rates.put(session.ref(params.asks[i].key),
                          use.state,
                          now + base::rate_lifetime(use.rule, use.state, now));
    }
    return reply;
}

}  // namespace toril::sqlite_side
