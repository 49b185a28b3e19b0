#pragma once

// TCP and Unix sockets: finding the server, connecting, socket options. What is done with the
// connected socket is the derived class's.

#include "redis/resolver.hpp"
#include "redis/transport.hpp"

#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/steady_timer.hpp>

#include <string>
#include <vector>

namespace toril::redis {

class SocketTransport : public Transport, public std::enable_shared_from_this<SocketTransport> {
public:
    SocketTransport(Runtime& runtime, const Config& config);

    void open(std::shared_ptr<TransportListener> listener) override;
    void close() override;

protected:
    using Socket = boost::asio::generic::stream_protocol::socket;

    /// The socket is connected. Calls `opened` when bytes can be exchanged.
    virtual void on_connected() = 0;

    /// Runs `what` with the listener, unless closed. Keeps it alive meanwhile.
    template <class What>
    void tell(What&& what) {
        if (const std::shared_ptr<TransportListener> listener = listener_) what(*listener);
    }
    void broken(const Trouble& trouble) {
        tell([&](TransportListener& listener) { listener.on_broken(trouble); });
    }
    bool is_closed() const noexcept { return listener_ == nullptr; }
    const std::shared_ptr<TransportListener>& listener() const noexcept { return listener_; }
    const Config& config() const noexcept { return config_; }
    Socket& socket() noexcept { return socket_; }

    /// "the server closed the connection", "Connection refused" and so on.
    static Trouble trouble_of(const boost::system::error_code& failure);

private:
    void on_resolved(Resolved resolved);
    void connect_next(const Trouble& last);
    void on_connect(const boost::system::error_code& failure);
    std::string open_socket(int family);
    void set_tcp_options();

    const Config config_;
    Runtime& runtime_;
    Socket socket_;
    boost::asio::steady_timer give_up_;        // on one address, when there are more
    std::vector<StreamEndpoint> endpoints_{};  // not tried yet, the next one last
    bool gave_up_ = false;
    std::shared_ptr<TransportListener> listener_{};
};

std::shared_ptr<Transport> make_tls_transport(Runtime& runtime, const Config& config);

}  // namespace toril::redis
