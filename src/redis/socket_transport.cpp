#include "redis/socket_transport.hpp"

#include "redis/runtime.hpp"

#include <boost/asio/error.hpp>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>

namespace toril::redis {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;

// Between probes of an idle connection, and how many may stay unanswered.
constexpr int probe_interval_s = 5;
constexpr int probes_max = 3;

// How long sent bytes may stay unacknowledged by the peer's kernel. Longer than any stall that
// a live server is forgiven (fork, fsync, slow script), because a full window counts too.
constexpr unsigned unacknowledged_max_ms = 15'000;

constexpr std::chrono::milliseconds one_address_min{1'000};

template <class T>
void set_option(int socket, int level, int name, T value) {
    // Best effort: a kernel without one of them still has the reply watchdog.
    setsockopt(socket, level, name, &value, sizeof value);
}

LinkReason reason_of(const error_code& failure) {
    if (failure == asio::error::timed_out) return LinkReason::timed_out;
    for (const int code : {ECONNREFUSED, EHOSTUNREACH, ENETUNREACH, ENOENT, EACCES, EPERM})
        if (failure == error_code(code, boost::system::system_category()))
            return LinkReason::refused;
    return LinkReason::disconnected;
}

class PlainTransport final : public SocketTransport {
public:
    using SocketTransport::SocketTransport;

    void read(std::span<char> room) override {
        socket().async_read_some(
            asio::buffer(room.data(), room.size()),
            [self = shared_from_this(), this, keep = listener()](error_code failure,
                                                                 std::size_t bytes) {
                if (failure) return broken(trouble_of(failure));
                tell([&](TransportListener& listener) { listener.on_read(bytes); });
            });
    }

    Written write(std::span<const char> bytes) override {
        error_code failure;
        const std::size_t count =
            socket().write_some(asio::buffer(bytes.data(), bytes.size()), failure);
        if (failure && failure != asio::error::would_block) return {0, true};
        if (count == bytes.size()) return {count, false};
        socket().async_wait(Socket::wait_write, [self = shared_from_this(), this](error_code code) {
            if (code) return;  // reading reports it
            tell([](TransportListener& listener) { listener.on_writable(); });
        });
        return {count, true};
    }

    bool is_write_in_doubt() const noexcept override { return false; }

private:
    void on_connected() override {
        tell([](TransportListener& listener) { listener.on_open(); });
    }
};

}  // namespace

SocketTransport::SocketTransport(Runtime& runtime, const Config& config)
    : config_(config), runtime_(runtime), socket_(runtime.context()), give_up_(runtime.context()) {}

Trouble SocketTransport::trouble_of(const error_code& failure) {
    if (failure == asio::error::eof)
        return {LinkReason::disconnected, "the server closed the connection"};
    return {reason_of(failure), failure.message()};
}

void SocketTransport::open(std::shared_ptr<TransportListener> listener) {
    listener_ = std::move(listener);
    if (!config_.unix_path.empty()) {
        endpoints_ = {unix_endpoint(config_.unix_path)};
        runtime_.post([self = shared_from_this(), this] { connect_next({}); });
        return;
    }
    resolve(runtime_, config_.host, config_.port, [weak = weak_from_this()](Resolved resolved) {
        if (const auto self = weak.lock()) self->on_resolved(std::move(resolved));
    });
}

void SocketTransport::on_resolved(Resolved resolved) {
    endpoints_ = std::move(resolved.endpoints);
    std::reverse(endpoints_.begin(), endpoints_.end());
    connect_next({LinkReason::dns, std::move(resolved.problem)});
}

void SocketTransport::connect_next(const Trouble& last) {
    if (is_closed()) return;
    if (endpoints_.empty())
        return broken(last.text.empty() ? Trouble{LinkReason::dns, "the name has no address"}
                                        : last);
    const StreamEndpoint endpoint = endpoints_.back();
    endpoints_.pop_back();
    const std::string problem = open_socket(endpoint.protocol().family());
    if (!problem.empty()) return connect_next({LinkReason::disconnected, problem});

    gave_up_ = false;
    if (!endpoints_.empty()) {
        const auto share = config_.connect_timeout / (static_cast<int>(endpoints_.size()) + 1);
        give_up_.expires_after(std::max<std::chrono::milliseconds>(share, one_address_min));
        give_up_.async_wait([self = shared_from_this(), this](const error_code& code) {
            if (code || is_closed()) return;
            gave_up_ = true;
            socket_.cancel();
        });
    }
    socket_.async_connect(endpoint, [self = shared_from_this(), this](const error_code& failure) {
        on_connect(failure);
    });
}

void SocketTransport::on_connect(const error_code& failure) {
    if (is_closed()) return;
    give_up_.cancel();
    if (failure) {
        error_code ignored;
        socket_.close(ignored);
        return connect_next(
            gave_up_ ? Trouble{LinkReason::timed_out, "no answer to the attempt to connect"}
                     : trouble_of(failure));
    }
    endpoints_.clear();
    on_connected();
}

// Close-on-exec from the start: a child process must not hold a connection of ours open.
std::string SocketTransport::open_socket(int family) {
    const int descriptor = ::socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (descriptor < 0) return std::string("no socket: ") + std::strerror(errno);
    error_code failure;
    socket_.assign(asio::generic::stream_protocol(family, 0), descriptor, failure);
    if (failure) {
        ::close(descriptor);
        return "no socket: " + failure.message();
    }
    socket_.non_blocking(true, failure);
    if (family != AF_UNIX) set_tcp_options();
    return {};
}

void SocketTransport::set_tcp_options() {
    const int descriptor = socket_.native_handle();
    const auto idle_s = std::max<long>(1, config_.keep_alive.count() / 1'000);
    set_option(descriptor, IPPROTO_TCP, TCP_NODELAY, 1);
    set_option(descriptor, SOL_SOCKET, SO_KEEPALIVE, 1);
    set_option(descriptor, IPPROTO_TCP, TCP_KEEPIDLE, static_cast<int>(idle_s));
    set_option(descriptor, IPPROTO_TCP, TCP_KEEPINTVL, probe_interval_s);
    set_option(descriptor, IPPROTO_TCP, TCP_KEEPCNT, probes_max);
    set_option(descriptor, IPPROTO_TCP, TCP_USER_TIMEOUT, unacknowledged_max_ms);
}

void SocketTransport::close() {
    listener_.reset();
    give_up_.cancel();
    error_code ignored;
    socket_.close(ignored);
}

std::shared_ptr<Transport> make_transport(Runtime& runtime, const Config& config) {
    if (config.tls) return make_tls_transport(runtime, config);
    return std::make_shared<PlainTransport>(runtime, config);
}

}  // namespace toril::redis
