#pragma once

// One link from its first attempt to its end: transport, handshake, parser, signs of life. A new
// attempt is a new Channel, so that nothing of an old link can be taken for the new one's.
//
// Signs of life: connecting has a deadline over all of its steps. Later any byte read is proof
// of life; a link that has been silent for `idle_ping` is asked by the owner;
// one whose answer is overdue is lost. The kernel's keep-alive and TCP_USER_TIMEOUT watch over
// what a live process at the other end cannot show.

#include "redis/command.hpp"
#include "redis/handshake.hpp"
#include "redis/resp_parser.hpp"
#include "redis/transport.hpp"

#include <memory>
#include <string>

namespace toril::redis {

enum class LossKind : unsigned char {
    network,     // closed, refused, unreachable, silent
    refused,     // the credentials were not accepted
    server,      // an error reply in the handshake: full, wrong database, loading for too long
    protocol,    // what came is not RESP, or answers nothing
    not_of_use,  // READONLY and its kin: we are at the wrong server
};

/// Bytes on their way out: all of it is offered again until it has gone.
struct OutBuffer {
    std::string bytes{};
    std::size_t gone = 0;           ///< Of `bytes`, to the kernel.
    std::uint64_t gone_before = 0;  ///< In earlier fillings, since the link is ready.

    bool is_done() const noexcept { return gone == bytes.size(); }
};

/// How a link ended, or why it is about to.
struct Loss {
    LossKind kind = LossKind::network;
    LinkReason why = LinkReason::none;
    std::string reason{};  ///< One sentence.
};

/// Called on the I/O thread. May close the channel from inside any of them.
class ChannelOwner {
public:
    virtual ~ChannelOwner() = default;
    virtual void on_ready(const Greeting& greeting) = 0;
    virtual void on_reply(Reply reply) = 0;
    /// All replies of one read have been given; time for callbacks and for the next write.
    virtual void on_read_done(std::size_t bytes, SteadyTime now) = 0;
    virtual void on_writable() = 0;
    virtual void on_lost(const Loss& loss) = 0;
    /// The server is there, and cannot serve anybody for now.
    virtual void on_pause(const Loss& loss) = 0;
};

class Channel final : public TransportListener, public std::enable_shared_from_this<Channel> {
public:
    Channel(std::shared_ptr<ChannelOwner> owner,
            std::shared_ptr<Transport> transport,
            const Config& config,
            std::string_view name);

    void open(SteadyTime now);
    /// Ends it at once; the owner hears no more. Idempotent.
    void close();

    bool is_ready() const noexcept { return ready_; }
    /// Ready, and everything handed over before has gone.
    bool can_write() const noexcept { return ready_ && out_.is_done(); }
    /// To be filled when `can_write`; then call `flush`.
    std::string& out();
    void flush();

    /// Bytes since ready that the kernel has, or may have.
    std::uint64_t written() const noexcept;
    SteadyTime last_read() const noexcept { return last_read_; }

    /// Connect deadline and pauses of the handshake.
    void on_tick(SteadyTime now);
    SteadyTime next_due() const noexcept;

    void on_open() override;
    void on_read(std::size_t bytes) override;
    void on_writable() override;
    void on_broken(const Trouble& trouble) override;

private:
    void run(Handshake::Step step);
    void read_more();
    void lose(const Loss& loss);

    // Null once closed; until then it keeps its owner, and is kept by it.
    std::shared_ptr<ChannelOwner> owner_;
    const std::shared_ptr<Transport> transport_;
    const Config& config_;
    Handshake handshake_;
    RespParser parser_;
    OutBuffer out_{};
    bool ready_ = false;
    SteadyTime last_read_{};
    SteadyTime connect_deadline_{};
    SteadyTime resume_at_ = SteadyTime::max();  // the handshake, after a pause
    Loss pause_{};                              // of the handshake, the latest
};

}  // namespace toril::redis
