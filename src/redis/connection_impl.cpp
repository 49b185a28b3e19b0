#include "redis/connection_impl.hpp"

#include "redis/error_reply.hpp"

#include <toril/redis/request.hpp>

#include <algorithm>
#include <exception>
#include <random>
#include <utility>

namespace toril::redis {
namespace {

using std::chrono::steady_clock;

// A link at the wrong server may answer what is under way for this long.
constexpr Millis retire_grace{1'000};
// Between two tries to unblock a command that the server may not have seen yet.
constexpr Millis nudge_interval{10};
constexpr Millis watchdog_min{10'000};
// A blocking command that is given no time-out of its own: its block, and this for the way.
constexpr Millis block_grace{5'000};
constexpr std::size_t write_bytes_max = 256u * 1024;
constexpr std::size_t inbox_slots_kept_max = 16'384;

Millis with_jitter(Millis wait, double jitter) {
    thread_local std::minstd_rand random(std::random_device{}());
    std::uniform_real_distribution<double> factor(1.0 - jitter, 1.0 + jitter);
    return Millis(static_cast<Millis::rep>(static_cast<double>(wait.count()) * factor(random)));
}

PipelineLimits limits_of(const Config& config, Profile profile) {
    PipelineLimits limits;
    limits.waiting_max = config.queued_commands_max;
    limits.waiting_bytes_max = config.queued_bytes_max;
    limits.in_flight_bytes_max = config.queued_bytes_max;
    if (profile == Profile::blocking) limits.in_flight_max = 1;
    return limits;
}

std::string endpoint_of(const Config& config) {
    if (!config.unix_path.empty()) return config.unix_path;
    return config.host + ":" + std::to_string(config.port);
}

Command ping() {
    Command command;
    command.payload = Request("PING").take_payload();
    return command;
}

}  // namespace

Connection::Impl::Impl(ConnectionSetup setup)
    : setup_(std::move(setup)),
      front_(setup_.bell),
      fsm_(setup_.config->reconnect),
      pipeline_(limits_of(*setup_.config, setup_.profile)),
      log_(setup_.logger, setup_.name, endpoint_of(*setup_.config)) {}

void Connection::Impl::start() {
    setup_.runtime->post([self = shared_from_this()] {
        self->timer_ = self->setup_.runtime->make_timer([weak = self->weak_from_this()] {
            if (const auto alive = weak.lock()) alive->on_ring();
        });
        if (self->setup_.profile == Profile::worker) self->want(steady_clock::now());
        self->arm();
    });
}

Millis Connection::Impl::timeout_of(const SendOptions& options) const noexcept {
    if (options.timeout.count() > 0) return options.timeout;
    const Config& config = *setup_.config;
    if (setup_.profile == Profile::blocking) return config.block_timeout + block_grace;
    return config.command_timeout;
}

// ---- callers ------------------------------------------------------------------------------

void Connection::Impl::submit(Command&& command) {
    bool wake = false;
    if (front_.push(command, wake)) {
        if (wake) setup_.runtime->post([self = shared_from_this()] { self->take_inbox(); });
        return;
    }
    Settled closed{std::move(command.on_reply),
                   std::move(command.batch),
                   Error(ErrorCode::cancelled, "the connection to redis is closed")};
    closed.deliver();
}

void Connection::Impl::close(Millis deadline) {
    if (front_.is_closed()) return;
    if (front_.shut() || deadline.count() == 0)
        setup_.runtime->post(
            [self = shared_from_this(), deadline] { self->begin_close(deadline); });
    if (!setup_.runtime->is_on_thread()) front_.wait_until_closed();
}

void Connection::Impl::unblock(const std::shared_ptr<Impl>& helper) {
    setup_.runtime->post([self = shared_from_this(), helper] {
        // What has not been sent needs no server to end it.
        self->pipeline_.fail_waiting({ErrorCode::cancelled, "unblocked before it was sent"});
        self->nudge(helper);
        self->turn(steady_clock::now());
    });
}

// The command may still be on its way when the server hears of it (another socket): 0 says
// that nobody was blocked, so it is asked again while the same command is under way.
void Connection::Impl::nudge(const std::shared_ptr<Impl>& helper) {
    const std::int64_t id = front_.figures.client_id.load(std::memory_order_relaxed);
    if (id == 0 || pipeline_.in_flight() == 0) return;
    Command command;
    command.payload = Request("CLIENT").arg("UNBLOCK").arg(id).take_payload();
    command.timeout = helper->timeout_of({});
    command.on_reply = [weak = weak_from_this(),
                        weak_helper = std::weak_ptr(helper),
                        sent_at = pipeline_.oldest().sent_at](Result<Reply> answer) {
        if (!answer || answer->root().integer() != 0) return;
        const auto self = weak.lock();
        const auto again = weak_helper.lock();
        if (!self || !again) return;
        self->setup_.runtime->post_after(nudge_interval, [self, again, sent_at] {
            const bool is_same =
                self->pipeline_.in_flight() > 0 && self->pipeline_.oldest().sent_at == sent_at;
            if (is_same) self->nudge(again);
        });
    };
    helper->submit(std::move(command));
}

// ---- commands -----------------------------------------------------------------------------

bool Connection::Impl::is_up() const noexcept {
    return channel_ && channel_->is_ready() && times_.retire == SteadyTime::max();
}

Error Connection::Impl::away() const {
    const ErrorCode code =
        trouble_.kind == LossKind::refused ? ErrorCode::unauthorized : ErrorCode::unavailable;
    return {code, "no link to redis: " + trouble_.reason};
}

void Connection::Impl::take_inbox() {
    const SteadyTime now = steady_clock::now();
    front_.take(batch_);
    front_.figures.commands.fetch_add(batch_.size(), std::memory_order_relaxed);
    for (Command& command : batch_)
        admit(std::move(command), now);
    batch_.clear();
    if (batch_.capacity() > inbox_slots_kept_max) batch_ = std::vector<Command>();
    turn(now);
}

void Connection::Impl::admit(Command&& command, SteadyTime now) {
    if (fsm_.state() == LinkState::closing || fsm_.state() == LinkState::closed)
        return pipeline_.refuse(std::move(command),
                                {ErrorCode::cancelled, "the connection to redis is closed"});
    if (!is_up()) {
        want(now);
        const bool has_failed = !fsm_.is_first_attempt();
        const bool fails_fast = setup_.profile == Profile::worker ||
                                trouble_.kind == LossKind::refused ||
                                fsm_.state() == LinkState::degraded;
        if (has_failed && fails_fast) return pipeline_.refuse(std::move(command), away());
    }
    if (setup_.profile == Profile::subscriber) subscriptions_.note(command);
    pipeline_.submit(std::move(command), now);
}

void Connection::Impl::want(SteadyTime now) {
    step(LinkEvent::wanted, now);
}

void Connection::Impl::turn(SteadyTime now) {
    pump(now);
    deliver();
    if (fsm_.state() == LinkState::closing && pipeline_.in_flight() == 0 &&
        pipeline_.waiting() == 0)
        finish();
    if (times_.retire != SteadyTime::max() && pipeline_.in_flight() == 0) drop(trouble_);
    auto& figures = front_.figures;
    figures.queued.store(pipeline_.waiting(), std::memory_order_relaxed);
    figures.in_flight.store(pipeline_.in_flight(), std::memory_order_relaxed);
    times_.oldest_sent = pipeline_.in_flight() > 0 ? pipeline_.oldest().sent_at : SteadyTime::max();
    arm();
}

void Connection::Impl::pump(SteadyTime now) {
    while (is_up() && channel_->can_write()) {
        std::string& out = channel_->out();
        pipeline_.fill(out, write_bytes_max, now);
        if (out.empty()) return;
        front_.figures.bytes_out.fetch_add(out.size(), std::memory_order_relaxed);
        channel_->flush();
    }
}

void Connection::Impl::deliver() {
    while (!pipeline_.settled().empty()) {
        std::swap(delivering_, pipeline_.settled());
        for (Settled& settled : delivering_) {
            try {
                settled.deliver();
            } catch (const std::exception& thrown) {
                log_.listener_threw(thrown.what());
            }
        }
        delivering_.clear();
    }
}

// ---- the channel --------------------------------------------------------------------------

void Connection::Impl::on_ready(const Greeting& greeting) {
    const SteadyTime now = steady_clock::now();
    front_.figures.client_id.store(greeting.client_id, std::memory_order_relaxed);
    front_.figures.connects.fetch_add(1, std::memory_order_relaxed);
    front_.view.up(now);
    log_.connected(greeting, now);
    if (setup_.profile == Profile::subscriber) {
        std::vector<Command> replay = subscriptions_.replay();
        for (; !replay.empty(); replay.pop_back())
            pipeline_.submit_first(std::move(replay.back()));
    }
    trouble_ = {};
    step(LinkEvent::connected, now);
}

void Connection::Impl::on_reply(Reply reply) {
    const Value root = reply.root();
    if (root.type() == ReplyType::push ||
        (setup_.profile == Profile::subscriber && is_pubsub_message(root)))
        return on_push(reply);
    if (root.is_error()) note_error(root.text());
    if (!pipeline_.on_reply(std::move(reply)))
        drop({LossKind::protocol,
              LinkReason::protocol,
              "the server sent an answer that nobody asked for"});
}

void Connection::Impl::note_error(std::string_view text) {
    const SteadyTime now = steady_clock::now();
    const bool is_script = pipeline_.in_flight() > 0 && pipeline_.oldest().script != nullptr;
    front_.view.answered_error(text, is_script, now);
    const std::string_view code = error_reply_code(text);
    if (!calls_for_another_link(code) || times_.retire != SteadyTime::max()) return;
    // What is under way is still answered here; nothing new goes to this server.
    trouble_ = {
        LossKind::not_of_use, reason_of_reply(text), "the server says " + std::string(code)};
    times_.retire = now + retire_grace;
}

void Connection::Impl::on_push(const Reply& push) {
    if (is_confirmation(push.root())) pipeline_.on_confirmation();
    const auto listener = front_.push_listener();
    if (!listener || !*listener) return;
    try {
        (*listener)(push);
    } catch (const std::exception& thrown) {
        log_.listener_threw(thrown.what());
    }
}

void Connection::Impl::on_read_done(std::size_t bytes, SteadyTime now) {
    front_.figures.bytes_in.fetch_add(bytes, std::memory_order_relaxed);
    // What a blocking command waits for is no round trip.
    const bool is_oldest_answered =
        setup_.profile != Profile::blocking &&
        (pipeline_.in_flight() == 0 || pipeline_.oldest().sent_at > times_.oldest_sent);
    front_.view.heard(now, is_oldest_answered ? times_.oldest_sent : SteadyTime::max());
    turn(now);
}

void Connection::Impl::on_writable() {
    turn(steady_clock::now());
}

void Connection::Impl::on_lost(const Loss& loss) {
    lost(loss);
}

void Connection::Impl::on_pause(const Loss& loss) {
    front_.view.paused(loss);
}

void Connection::Impl::drop(const Loss& loss) {
    if (!channel_) return;
    const std::shared_ptr<Channel> channel = channel_;
    lost(loss);
    channel->close();
}

// The link is gone, or is about to be closed by the caller of this.
void Connection::Impl::lost(const Loss& loss) {
    const SteadyTime now = steady_clock::now();
    const std::shared_ptr<Channel> channel = std::move(channel_);
    const bool was_ready = channel->is_ready();
    channel_.reset();
    times_.retire = SteadyTime::max();
    front_.figures.client_id.store(0, std::memory_order_relaxed);
    pipeline_.on_lost(channel->written(), loss.kind == LossKind::protocol, loss.reason);
    trouble_ = Loss(loss);  // it may be our own
    front_.view.down(trouble_, now);
    const LossKind kind = trouble_.kind;
    if (fsm_.state() == LinkState::closing) return finish();
    if (was_ready) {
        front_.figures.disconnects.fetch_add(1, std::memory_order_relaxed);
        log_.disconnected(kind, trouble_.reason, now);
        step(LinkEvent::lost, now);
    } else {
        front_.figures.failures.fetch_add(1, std::memory_order_relaxed);
        log_.failed(kind, trouble_.reason, now);
        step(kind == LossKind::refused ? LinkEvent::refused : LinkEvent::failed, now);
    }
    fail_what_waits(kind);
    turn(now);
}

void Connection::Impl::fail_what_waits(LossKind kind) {
    if (kind == LossKind::refused || fsm_.state() == LinkState::degraded)
        pipeline_.fail_waiting(away());
    else if (setup_.profile == Profile::worker)
        pipeline_.fail_unsent(away());
}

// ---- the link machine ---------------------------------------------------------------------

void Connection::Impl::step(LinkEvent event, SteadyTime now) {
    const LinkState before = fsm_.state();
    const Step todo = fsm_.on(event, now);
    switch (todo.what) {
        case Step::Do::nothing:
        case Step::Do::serve:
        case Step::Do::drain:
        case Step::Do::finish: break;
        case Step::Do::connect:
            times_.link = SteadyTime::max();
            channel_ = std::make_shared<Channel>(shared_from_this(),
                                                 make_transport(*setup_.runtime, *setup_.config),
                                                 *setup_.config,
                                                 setup_.name);
            channel_->open(now);
            break;
        case Step::Do::wait:
            times_.link = now + with_jitter(todo.wait, setup_.config->reconnect.jitter);
            break;
        case Step::Do::rest:
            times_.link = now + todo.wait;
            log_.degraded(fsm_.attempts(), trouble_.reason);
            break;
    }
    if (fsm_.state() == before) return;
    front_.figures.state.store(fsm_.state(), std::memory_order_relaxed);
    const auto listener = front_.state_listener();
    if (!listener || !*listener) return;
    try {
        (*listener)(fsm_.state(), trouble_.reason);
    } catch (const std::exception& thrown) {
        log_.listener_threw(thrown.what());
    }
}

void Connection::Impl::begin_close(Millis deadline) {
    if (fsm_.state() == LinkState::closed) return;
    const SteadyTime now = steady_clock::now();
    times_.drain = std::min(times_.drain, now + deadline);
    take_inbox();
    step(LinkEvent::close, now);
    if (!is_up() || now >= times_.drain) return finish();
    turn(now);
}

void Connection::Impl::finish() {
    if (fsm_.state() != LinkState::closing) return;
    step(LinkEvent::drained, steady_clock::now());
    if (channel_) channel_->close();
    channel_.reset();
    timer_.reset();
    pipeline_.fail_all("the connection to redis was closed");
    deliver();
    log_.closed();
    front_.view.closed(steady_clock::now());
    front_.mark_closed();
}

// ---- time ---------------------------------------------------------------------------------

void Connection::Impl::on_ring() {
    times_.armed = SteadyTime::max();
    const SteadyTime now = steady_clock::now();
    if (const auto channel = channel_) channel->on_tick(now);
    if (now >= times_.drain && fsm_.state() == LinkState::closing) return finish();
    if (now >= times_.link) {
        times_.link = SteadyTime::max();
        step(LinkEvent::waited, now);
    }
    const std::size_t expired = pipeline_.expire(now, trouble_.reason);
    if (expired > 0) {
        front_.figures.timeouts.fetch_add(expired, std::memory_order_relaxed);
        if (is_up()) front_.view.timed_out(now);
        log_.timed_out(expired);
    }
    // The late answer would hold up, and could be taken by, whoever blocks next.
    if (expired > 0 && setup_.profile == Profile::blocking)
        drop({LossKind::network, LinkReason::timed_out, "no answer to a blocking command in time"});
    check_liveness(now);
    turn(now);
}

Millis Connection::Impl::silence_max() {
    const Config& config = *setup_.config;
    const Millis limit = config.reply_watchdog.count() > 0
                             ? config.reply_watchdog
                             : std::max(watchdog_min, config.command_timeout * 2);
    return pipeline_.in_flight() > 0 ? std::max(limit, pipeline_.oldest().timeout) : limit;
}

SteadyTime Connection::Impl::liveness_due() {
    if (!channel_ || !channel_->is_ready()) return SteadyTime::max();
    if (times_.retire != SteadyTime::max()) return times_.retire;
    if (pipeline_.in_flight() == 0) return channel_->last_read() + setup_.config->idle_ping;
    if (setup_.profile == Profile::blocking) return SteadyTime::max();  // its deadline does
    return std::max(channel_->last_read(), pipeline_.oldest().sent_at) + silence_max();
}

void Connection::Impl::check_liveness(SteadyTime now) {
    if (now < liveness_due()) return;
    if (times_.retire != SteadyTime::max()) return drop(trouble_);
    if (pipeline_.in_flight() > 0)
        return drop({LossKind::network,
                     LinkReason::timed_out,
                     "no answer for " + std::to_string(silence_max().count()) + " ms"});
    pipeline_.submit_first(ping());
}

void Connection::Impl::arm() {
    if (!timer_) return;
    SteadyTime due = std::min({pipeline_.next_deadline(), times_.link, times_.drain});
    due = std::min(due, liveness_due());
    if (channel_) due = std::min(due, channel_->next_due());
    if (due >= times_.armed) return;
    times_.armed = due;
    timer_->arm(due);
}

}  // namespace toril::redis
