#include "redis/socket_transport.hpp"

#include <boost/asio/ip/address.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/error.hpp>
#include <boost/asio/ssl/host_name_verification.hpp>
#include <boost/asio/ssl/stream.hpp>

#include <utility>

namespace toril::redis {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;

// The server must show a certificate for the host of the URL that the system's authorities
// (SSL_CERT_FILE, SSL_CERT_DIR) vouch for.
asio::ssl::context make_context() {
    asio::ssl::context context(asio::ssl::context::tls_client);
    error_code ignored;  // without authorities the handshake fails and says so
    context.set_default_verify_paths(ignored);
    context.set_verify_mode(asio::ssl::verify_peer, ignored);
    SSL_CTX_set_min_proto_version(context.native_handle(), TLS1_2_VERSION);
    SSL_CTX_set_mode(context.native_handle(), SSL_MODE_RELEASE_BUFFERS);
    return context;
}

class TlsTransport final : public SocketTransport {
public:
    TlsTransport(Runtime& runtime, const Config& config)
        : SocketTransport(runtime, config), context_(make_context()), stream_(socket(), context_) {}

    void read(std::span<char> room) override {
        stream_.async_read_some(
            asio::buffer(room.data(), room.size()),
            [self = shared_from_this(), this, keep = listener()](error_code failure,
                                                                 std::size_t bytes) {
                if (failure) return broken(trouble(failure));
                tell([&](TransportListener& listener) { listener.on_read(bytes); });
            });
    }

    // OpenSSL wants the same bytes again until they have gone, so one write is under way at a
    // time, and how much of it went is answered at the next call.
    Written write(std::span<const char> bytes) override {
        const std::size_t gone = std::exchange(gone_, 0);
        const std::span<const char> rest = bytes.subspan(gone);
        if (rest.empty()) return {gone, false};
        if (in_doubt_) return {gone, true};
        in_doubt_ = true;
        stream_.async_write_some(
            asio::buffer(rest.data(), rest.size()),
            [self = shared_from_this(), this, keep = listener()](error_code failure,
                                                                 std::size_t count) {
                if (failure) return;  // reading reports it
                in_doubt_ = false;
                gone_ = count;
                tell([](TransportListener& listener) { listener.on_writable(); });
            });
        return {gone, true};
    }

    bool is_write_in_doubt() const noexcept override { return in_doubt_ || gone_ > 0; }

private:
    void on_connected() override {
        const std::string& host = config().host;
        error_code not_an_address;
        asio::ip::make_address(host, not_an_address);
        if (not_an_address) SSL_set_tlsext_host_name(stream_.native_handle(), host.c_str());
        error_code failure;
        stream_.set_verify_callback(asio::ssl::host_name_verification(host), failure);
        if (failure) return broken(trouble(failure));
        stream_.async_handshake(
            asio::ssl::stream_base::client,
            [self = shared_from_this(), this, keep = listener()](error_code code) {
                if (code) return broken({LinkReason::tls, "TLS: " + trouble(code).text});
                tell([](TransportListener& listener) { listener.on_open(); });
            });
    }

    static Trouble trouble(const error_code& failure) {
        if (failure == asio::ssl::error::stream_truncated) return trouble_of(asio::error::eof);
        return trouble_of(failure);
    }

    asio::ssl::context context_;
    asio::ssl::stream<Socket&> stream_;
    bool in_doubt_ = false;
    std::size_t gone_ = 0;  // written, and not yet answered by `write`
};

}  // namespace

std::shared_ptr<Transport> make_tls_transport(Runtime& runtime, const Config& config) {
    return std::make_shared<TlsTransport>(runtime, config);
}

}  // namespace toril::redis
