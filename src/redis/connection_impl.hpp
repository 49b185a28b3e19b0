#pragma once

// The driver of one connection: does what the link machine says, and moves commands between
// callers, the pipeline and the channel.
//
// Threads
//   callers     any           submit, close, unblock, listeners, state, statistics
//   I/O thread  one           everything else; callbacks and listeners run on it
//
// A caller only appends to the inbox, and wakes the I/O thread when it was empty: what comes
// while the thread is busy forms its next batch. One turn of the thread: take the inbox or
// parse what was read, write once, then tell the callers.

#include "base/mutex.hpp"
#include "redis/channel.hpp"
#include "redis/command.hpp"
#include "redis/link_fsm.hpp"
#include "redis/link_log.hpp"
#include "redis/link_view.hpp"
#include "redis/pipeline.hpp"
#include "redis/runtime.hpp"
#include "redis/subscriptions.hpp"

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace toril::redis {

/// What stays the same for the life of a connection.
struct ConnectionSetup {
    std::shared_ptr<Runtime> runtime;
    std::shared_ptr<const Config> config;
    base::Logger logger;
    Profile profile;
    std::string name;
    std::string role{};
    std::shared_ptr<TroubleBell> bell{};
};

/// What callers and the I/O thread share.
class ConnectionFront {
public:
    explicit ConnectionFront(std::shared_ptr<TroubleBell> bell) : view(std::move(bell)) {}

    using OnState = std::function<void(LinkState, const std::string&)>;
    using OnPush = std::function<void(const Reply&)>;

    /// False: closed, and the command is left as it was. `wake`: the inbox was empty.
    bool push(Command& command, bool& wake);
    void take(std::vector<Command>& commands);
    /// Takes no more commands. False: it did so already.
    bool shut();

    void set_listener(OnState listener);
    void set_listener(OnPush listener);
    std::shared_ptr<const OnState> state_listener();
    std::shared_ptr<const OnPush> push_listener();

    ConnectionStats stats() const;

    void mark_closed();
    bool is_closed();
    void wait_until_closed();

    /// For statistics and questions from outside; each stands for itself, none publishes others.
    struct Figures {
        std::atomic<LinkState> state{LinkState::idle};
        std::atomic<std::int64_t> client_id{0};  // 0: no link, or the server did not say
        std::atomic<std::uint64_t> connects{0};
        std::atomic<std::uint64_t> failures{0};
        std::atomic<std::uint64_t> disconnects{0};
        std::atomic<std::uint64_t> commands{0};
        std::atomic<std::uint64_t> timeouts{0};
        std::atomic<std::uint64_t> bytes_in{0};
        std::atomic<std::uint64_t> bytes_out{0};
        std::atomic<std::size_t> queued{0};
        std::atomic<std::size_t> in_flight{0};
    };
    Figures figures{};
    LinkView view;

private:
    base::Mutex mutex_;
    base::Condition changed_;
    std::vector<Command> inbox_ TORIL_GUARDED_BY(mutex_){};
    bool shut_ TORIL_GUARDED_BY(mutex_) = false;
    bool closed_ TORIL_GUARDED_BY(mutex_) = false;
    std::shared_ptr<const OnState> on_state_ TORIL_GUARDED_BY(mutex_){};
    std::shared_ptr<const OnPush> on_push_ TORIL_GUARDED_BY(mutex_){};
};

class Connection::Impl final : public ChannelOwner, public std::enable_shared_from_this<Impl> {
public:
    explicit Impl(ConnectionSetup setup);

    /// Once, right after construction.
    void start();

    void submit(Command&& command);
    void unblock(const std::shared_ptr<Impl>& helper);
    void close(Millis deadline);

    const ConnectionSetup& setup() const noexcept { return setup_; }
    ConnectionFront& front() noexcept { return front_; }
    ConnectionReport report();  // any thread
    Millis timeout_of(const SendOptions& options) const noexcept;

private:
    void on_ready(const Greeting& greeting) override;
    void on_reply(Reply reply) override;
    void on_read_done(std::size_t bytes, SteadyTime now) override;
    void on_writable() override;
    void on_lost(const Loss& loss) override;
    void on_pause(const Loss& loss) override;

    void take_inbox();
    void admit(Command&& command, SteadyTime now);
    void want(SteadyTime now);
    void turn(SteadyTime now);
    void pump(SteadyTime now);
    void deliver();
    void on_push(const Reply& push);

    void step(LinkEvent event, SteadyTime now);
    void drop(const Loss& loss);
    void lost(const Loss& loss);
    void note_error(std::string_view text);
    void fail_what_waits(LossKind kind);
    void begin_close(Millis deadline);
    void finish();
    void nudge(const std::shared_ptr<Impl>& helper);

    void on_ring();
    void check_liveness(SteadyTime now);
    SteadyTime liveness_due();
    Millis silence_max();
    void arm();
    Error away() const;
    bool is_up() const noexcept;

    // Constant after construction.
    const ConnectionSetup setup_;

    ConnectionFront front_;  // any thread

    // I/O thread only.
    struct Times {
        SteadyTime link = SteadyTime::max();    // end of the wait before the next attempt
        SteadyTime drain = SteadyTime::max();   // latest end of a close
        SteadyTime retire = SteadyTime::max();  // latest end of a link that is of no use
        SteadyTime armed = SteadyTime::max();   // when the timer rings
        // When the oldest command without an answer was sent, as of the last turn.
        SteadyTime oldest_sent = SteadyTime::max();
    };
    Times times_{};
    LinkFsm fsm_;
    Pipeline pipeline_;
    LinkLog log_;
    Subscriptions subscriptions_{};
    std::shared_ptr<Channel> channel_{};
    std::unique_ptr<Timer> timer_{};
    std::vector<Command> batch_{};
    std::vector<Settled> delivering_{};
    Loss trouble_{};  // why there is no link, or why this one is about to be given up
};

}  // namespace toril::redis
