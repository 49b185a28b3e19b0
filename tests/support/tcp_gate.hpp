#pragma once

// A gate between a client and a real server, inside the test: passes bytes on until it is told
// to cut, freeze or delay them.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

namespace toril::testing {

/// Listens on 127.0.0.1 and connects each client to `server_port`.
///
/// Threads: any method, from any thread. It has one thread of its own.
class TcpGate {
public:
    enum class Way : unsigned char { to_server, to_client };

    explicit TcpGate(std::uint16_t server_port);
    ~TcpGate();
    TcpGate(const TcpGate&) = delete;
    TcpGate& operator=(const TcpGate&) = delete;

    std::uint16_t port() const noexcept;
    std::string url() const { return "redis://127.0.0.1:" + std::to_string(port()); }

    /// Closes all connections now. New ones are let through.
    void cut();
    /// Closes the connection that next brings this many more bytes this way, after the last of
    /// them; what is behind is dropped.
    void cut_after(Way way, std::size_t bytes);
    /// Takes bytes this way and passes none on until `thaw`: both ends believe all is well.
    void freeze(Way way);
    void thaw(Way way);
    /// Passes bytes this way on in pieces of at most this many. 0: as they come.
    void slice(Way way, std::size_t bytes);
    /// Refuses new connections (closes them at once), or lets them in again.
    void refuse(bool refused);

    /// Connections let through so far, and bytes passed on.
    std::size_t connections() const noexcept;
    std::uint64_t bytes(Way way) const noexcept;

private:
    class Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace toril::testing
