#pragma once

// A stream of bytes to one server. Everything above this line is the same for TCP, a Unix
// socket and TLS; another way to find or reach a server begins here.

#include <toril/redis/config.hpp>
#include <toril/redis/connection.hpp>

#include <cstddef>
#include <memory>
#include <span>
#include <string>

namespace toril::redis {

class Runtime;

/// Why a stream could not be opened, or has ended.
struct Trouble {
    LinkReason why = LinkReason::disconnected;
    std::string text{};  ///< One sentence.
};

class TransportListener {
public:
    virtual ~TransportListener() = default;
    virtual void on_open() = 0;
    virtual void on_read(std::size_t bytes) = 0;
    /// After a `write` that was `pending`.
    virtual void on_writable() = 0;
    /// The stream has ended. Nothing follows.
    virtual void on_broken(const Trouble& trouble) = 0;
};

/// Threads: all calls in both directions on the I/O thread. A listener is never called from
///          inside one of these methods.
class Transport {
public:
    virtual ~Transport() = default;

    /// Resolves the name anew, connects, and does what else is needed to exchange bytes. The
    /// listener, and with it the buffers given below, is kept alive until `close`.
    virtual void open(std::shared_ptr<TransportListener> listener) = 0;

    /// Reads what is there into `room`. One at a time.
    virtual void read(std::span<char> room) = 0;

    struct Written {
        std::size_t bytes = 0;
        bool pending = false;  ///< on_writable will be called; then offer the rest again.
    };
    /// Hands over as much as goes at once. A stream that is broken stays `pending` for good:
    /// reading reports why.
    virtual Written write(std::span<const char> bytes) = 0;

    /// Bytes that were offered last may or may not have left already.
    virtual bool is_write_in_doubt() const noexcept = 0;

    /// Ends it at once. The listener hears no more. Idempotent.
    virtual void close() = 0;
};

/// The one that `config` asks for.
std::shared_ptr<Transport> make_transport(Runtime& runtime, const Config& config);

}  // namespace toril::redis
