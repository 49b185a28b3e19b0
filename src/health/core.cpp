#include "health/core.hpp"

#include "base/clock.hpp"

#include <algorithm>
#include <utility>

namespace toril::health {
namespace {

using State = Verdict::State;
using std::chrono::steady_clock;

// A write may have to wait for a disk, or for a script; a ping for neither.
constexpr int write_patience = 4;
constexpr Millis facts_every{5'000};
constexpr Millis facts_timeout{5'000};

// The link that is pinged: the shared one where there are several.
const LinkHealth* main_link(const std::vector<LinkHealth>& links) {
    for (const LinkHealth& link : links)
        if (link.role == "shared") return &link;
    return links.empty() ? nullptr : &links.front();
}

bool is_lost(const LinkHealth& link) {
    return link.state != "ready" && link.reason != HealthReason::none;
}

HealthReason reason_of(const Error& error) {
    switch (error.code()) {
        case ErrorCode::timed_out:
        case ErrorCode::limit_reached: return HealthReason::timed_out;
        case ErrorCode::unauthorized:
            return error.message().find("NOPERM") != std::string::npos ? HealthReason::noperm
                                                                       : HealthReason::auth;
        case ErrorCode::corrupt: return HealthReason::corrupt;
        case ErrorCode::cancelled: return HealthReason::closed;
        default: return HealthReason::disconnected;
    }
}

LogLevel level_of(HealthStatus status) {
    switch (status) {
        case HealthStatus::healthy: return LogLevel::info;
        case HealthStatus::degraded: return LogLevel::warning;
        case HealthStatus::unhealthy: break;
    }
    return LogLevel::error;
}

HealthReport first_report(const Store& store, const HealthOptions& options, SteadyTime now) {
    HealthReport report =
        make_report({.url = store.url(), .verdict = {.since = now}}, options, now);
    report.at = base::wall_now();
    return report;
}

}  // namespace

Core::Core(const Store& store, const HealthOptions& options)
    : setup_{.store = store,
             .options = options,
             .source = store.backend().health,
             .board = store.backend().fallbacks,
             .kind = store.backend().health->kind(),
             .log = base::Logger(store.options().log)},
      snapshot_(first_report(store, options, steady_clock::now())),
      watched_(store, [inbox = inbox_] { inbox->note_news(); }),
      announcer_(setup_.log),
      judge_(options, steady_clock::now()) {
    seen_.status_since = steady_clock::now();
    setup_.source->listen(inbox_, [weak = std::weak_ptr(inbox_)] {
        if (const auto inbox = weak.lock()) inbox->note_links();
    });
    board_listener_ =
        setup_.board->listen([inbox = inbox_](const Fallback&, bool) { inbox->note_news(); });
    thread_ = std::thread([this] { run(); });
}

Core::~Core() {
    setup_.board->unlisten(board_listener_);
    inbox_->stop();
    thread_.join();
}

void Core::run() {
    while (true) {
        SteadyTime now = steady_clock::now();
        send_probes(now);
        Inbox::Mail mail = inbox_->take(next_due());
        if (mail.stopping) return;
        now = steady_clock::now();
        const bool is_news = mail.links_changed || mail.news || !mail.answers.empty();
        if (mail.links_changed) look_at_links(now);
        for (Answer& answer : mail.answers)
            take(answer, now);
        if (is_news) publish(now);
    }
}

// ---- probes -------------------------------------------------------------------------------

SteadyTime Core::next_due() const {
    SteadyTime due = SteadyTime::max();
    for (const Probe* probe : {&probes_.ping, &probes_.write, &probes_.facts})
        if (!probe->under_way) due = std::min(due, probe->due);
    return std::min(due, steady_clock::now() + setup_.options.ping_every);
}

void Core::send_probes(SteadyTime now) {
    const auto is_due = [&](const Probe& probe) { return !probe.under_way && now >= probe.due; };
    // The write first: both are answered in one turn, and a ping alone proves nothing.
    if (is_due(probes_.write)) send_write(now);
    if (is_due(probes_.ping)) send_ping(now);
    if (is_due(probes_.facts)) send_facts(now);
}

void Core::send_ping(SteadyTime now) {
    probes_.ping = {.due = now + setup_.options.ping_every, .under_way = true};
    setup_.source->ping(setup_.options.ping_timeout,
                        [inbox = inbox_](Result<std::chrono::microseconds> rtt) {
                            if (rtt)
                                inbox->put({.to = Answer::To::ping, .rtt = *rtt});
                            else
                                inbox->put({.to = Answer::To::ping, .error = rtt.error()});
                        });
}

void Core::send_write(SteadyTime now) {
    const HealthOptions& options = setup_.options;
    probes_.write = {.due = now + options.write_probe_every, .under_way = true};
    setup_.source->probe_write(options.ping_timeout * write_patience,
                               [inbox = inbox_](const Status& status) {
                                   Answer answer{.to = Answer::To::write};
                                   if (!status) answer.error = status.error();
                                   inbox->put(std::move(answer));
                               });
}

void Core::send_facts(SteadyTime now) {
    probes_.facts = {.due = now + facts_every, .under_way = true};
    setup_.source->facts(facts_timeout, [inbox = inbox_](Result<Facts> facts) {
        Answer answer{.to = Answer::To::facts};
        if (facts)
            answer.facts = std::move(*facts);
        else
            answer.error = facts.error();
        inbox->put(std::move(answer));
    });
}

// ---- what was found -----------------------------------------------------------------------

Trouble Core::trouble_of(const Error& error) const {
    const std::vector<LinkHealth> links = setup_.source->links();
    const LinkHealth* link = main_link(links);
    if (link != nullptr && link->reason != HealthReason::none) return {link->reason, link->detail};
    for (const LinkHealth& other : links)
        if (other.reason != HealthReason::none) return {other.reason, other.detail};
    // Whoever is there says nothing: connecting has not failed, and not worked either.
    if (link != nullptr && link->state == "connecting")
        return {HealthReason::timed_out, error.message()};
    return {reason_of(error), error.message()};
}

void Core::take(Answer& answer, SteadyTime now) {
    const bool is_good = !answer.error;
    switch (answer.to) {
        case Answer::To::ping:
            probes_.ping.under_way = false;
            if (is_good)
                judge_.ponged(answer.rtt, now);
            else
                judge_.ping_failed(trouble_of(*answer.error), now);
            break;
        case Answer::To::write:
            probes_.write.under_way = false;
            if (is_good)
                judge_.wrote(now);
            else
                judge_.write_failed(trouble_of(*answer.error), now);
            break;
        case Answer::To::facts:
            probes_.facts.under_way = false;
            if (!is_good) break;
            ServerInfo info = server_info_of(std::move(answer.facts));
            seen_.warning = warning_of(info);
            server_.set(std::move(info));
            break;
    }
    // As long as it is not known that the store takes writes, that is asked as often as the rest.
    if (judge_.wants_write())
        probes_.write.due = std::min(probes_.write.due, now + setup_.options.ping_every);
}

// A command that failed tells sooner than the next probe.
void Core::look_at_links(SteadyTime now) {
    const std::vector<LinkHealth> links = setup_.source->links();
    for (const LinkHealth& link : links) {
        if (link.state != "ready" || !is_definite(link.reason)) continue;
        judge_.write_failed({link.reason, link.detail}, now);
        probes_.write.due = std::min(probes_.write.due, now + setup_.options.ping_timeout);
        break;
    }
    const LinkHealth* link = main_link(links);
    if (link == nullptr) return;
    if (!is_lost(*link)) {
        seen_.lost_reason = HealthReason::none;
        return;
    }
    // The same loss, another attempt.
    if (seen_.lost_reason == link->reason && link->since >= seen_.lost_for) return;
    seen_.lost_reason = link->reason;
    seen_.lost_for = link->since;
    judge_.link_lost({link->reason, link->detail}, now);
    probes_.ping.due = now;
}

// ---- reports ------------------------------------------------------------------------------

void Core::publish(SteadyTime now) {
    const Snapshot::Pointer before = snapshot_.get();
    const State state = judge_.verdict().state;
    watched_.set_store_up(state == State::up);
    HealthReport report = make_report({.kind = setup_.kind,
                                       .url = setup_.store.url(),
                                       .verdict = judge_.verdict(),
                                       .rtt = judge_.rtt(),
                                       .links = setup_.source->links(),
                                       .fallbacks = setup_.board->all(),
                                       .checks = watched_.checks(now),
                                       .queues = watched_.queues(),
                                       .cache_hit_rate = watched_.cache_hit_rate(),
                                       .warning = seen_.warning},
                                      setup_.options,
                                      now);
    report.at = base::wall_now();
    if (report.status != before->status) seen_.status_since = now;
    report.since = std::chrono::duration_cast<Millis>(now - seen_.status_since);
    snapshot_.set(std::move(report), state != State::starting);
    const Snapshot::Pointer after = snapshot_.get();
    if (after->status != before->status) tell(*before, *after);
}

void Core::tell(const HealthReport& before, const HealthReport& now) {
    transitions_.fetch_add(1, std::memory_order_relaxed);
    setup_.log(level_of(now.status),
               "health.changed",
               "health is " + std::string(to_string(now.status)) +
                   (now.cause.empty() ? "" : ": " + now.cause),
               {{"status", std::string(to_string(now.status))},
                {"before", std::string(to_string(before.status))},
                {"store", now.store}});
    announcer_.announce(snapshot_.get());
}

}  // namespace toril::health
