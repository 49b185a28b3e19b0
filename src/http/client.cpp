#include "http/client.hpp"

#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/ssl/host_name_verification.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>

#include <chrono>
#include <optional>

namespace toril::http {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
using tcp = asio::ip::tcp;
using Code = boost::system::error_code;

std::string header_value(std::string_view text) {
    constexpr std::string_view digits = "0123456789ABCDEF";
    std::string encoded;
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (byte > 0x20 && byte < 0x7F && c != '%')
            encoded += c;
        else
            encoded.append({'%', digits[byte >> 4], digits[byte & 15u]});
    }
    return encoded;
}

beast::http::request<beast::http::string_body> to_message(const Url& url, const Request& request) {
    beast::http::request<beast::http::string_body> message;
    message.version(11);
    message.method(beast::http::verb::post);
    message.target(url.target);
    message.set(beast::http::field::host, url.authority);
    message.set(beast::http::field::user_agent, "toril");
    message.set(beast::http::field::content_type, request.content_type);
    message.keep_alive(false);
    for (const auto& [name, value] : request.headers)
        message.set(name, header_value(value));
    message.body() = request.body;
    message.prepare_payload();
    return message;
}

// One request on one connection. Runs its own event loop on the caller's thread, so that every
// step has the same deadline and can be stopped.
class Exchange {
public:
    Exchange(const Url& url, const Limits& limits, const std::stop_token& stop)
        : url_(url),
          limits_(limits),
          deadline_(std::chrono::steady_clock::now() + limits.timeout),
          stop_(stop),
          on_stop_(stop, Stopper{this}) {}

    Result<Response> run(const Request& request) {
        if (Status s = connect(); !s) return s.error();
        if (!url_.tls) return talk(socket_, request);

        asio::ssl::context tls(asio::ssl::context::tls_client);
        tls.set_default_verify_paths();
        asio::ssl::stream<tcp::socket&> stream(socket_, tls);
        stream.set_verify_mode(asio::ssl::verify_peer);
        stream.set_verify_callback(asio::ssl::host_name_verification(url_.host));
        SSL_set_tlsext_host_name(stream.native_handle(), url_.host.c_str());
        const Code failure = step([&](auto done) {
            stream.async_handshake(asio::ssl::stream_base::client, std::move(done));
        });
        if (failure) return failed(ErrorCode::unavailable, "TLS with ", failure);
        return talk(stream, request);
    }

private:
    struct Stopper {
        Exchange* exchange;
        void operator()() const {
            asio::post(exchange->context_, [self = exchange] { self->abandon(); });
        }
    };

    void abandon() {
        Code ignored;
        resolver_.cancel();
        socket_.close(ignored);
    }

    // Starts one asynchronous step and waits for it, until the deadline.
    template <class Start>
    Code step(Start start) {
        std::optional<Code> result;
        start([&result](Code code, auto&&...) { result = code; });
        context_.restart();
        context_.run_until(deadline_);
        if (!result) {
            is_late_ = true;
            abandon();
            context_.restart();
            context_.run();
        }
        return result.value_or(asio::error::operation_aborted);
    }

    Error failed(ErrorCode code, const char* doing, const Code& failure) const {
        const std::string where = url_.authority;
        if (stop_.stop_requested())
            return {ErrorCode::cancelled, "stopped while talking to " + where};
        if (is_late_)
            return {ErrorCode::timed_out,
                    "no answer from " + where + " within " +
                        std::to_string(limits_.timeout.count()) + " ms"};
        if (failure == beast::http::error::body_limit)
            return {ErrorCode::limit_reached,
                    "the answer of " + where + " is larger than " +
                        std::to_string(limits_.body_bytes_max) + " bytes"};
        return {code, doing + where + " failed: " + failure.message()};
    }

    Status connect() {
        tcp::resolver::results_type addresses;
        Code failure = step([&](auto done) {
            resolver_.async_resolve(
                url_.host, url_.port, [&addresses, done](Code code, auto results) mutable {
                    addresses = std::move(results);
                    done(code);
                });
        });
        if (failure) return failed(ErrorCode::unavailable, "finding ", failure);
        failure =
            step([&](auto done) { asio::async_connect(socket_, addresses, std::move(done)); });
        if (failure) return failed(ErrorCode::unavailable, "connecting to ", failure);
        return {};
    }

    template <class Stream>
    Result<Response> talk(Stream& stream, const Request& request) {
        const auto message = to_message(url_, request);
        Code failure =
            step([&](auto done) { beast::http::async_write(stream, message, std::move(done)); });
        // A server may answer before it has read everything: its answer says more than our EPIPE.
        const bool is_broken =
            failure == asio::error::broken_pipe || failure == asio::error::connection_reset;
        if (failure && !is_broken)
            return failed(ErrorCode::outcome_unknown, "sending to ", failure);

        beast::flat_buffer buffer;
        beast::http::response_parser<beast::http::string_body> parser;
        parser.body_limit(limits_.body_bytes_max);
        failure = step(
            [&](auto done) { beast::http::async_read(stream, buffer, parser, std::move(done)); });
        if (failure) return failed(ErrorCode::outcome_unknown, "the answer of ", failure);
        auto answer = parser.release();
        return Response{static_cast<int>(answer.result_int()), std::move(answer.body())};
    }

    const Url& url_;
    const Limits& limits_;
    const std::chrono::steady_clock::time_point deadline_;
    const std::stop_token& stop_;
    asio::io_context context_{1};
    tcp::resolver resolver_{context_};
    tcp::socket socket_{context_};
    bool is_late_ = false;
    std::stop_callback<Stopper> on_stop_;  // last: gone before what it touches
};

}  // namespace

Result<Response> post(const Url& url,
                      const Request& request,
                      const Limits& limits,
                      std::stop_token stop) {
    return Exchange(url, limits, stop).run(request);
}

}  // namespace toril::http
