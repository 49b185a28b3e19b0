#include "http/client.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/streambuf.hpp>
#include <boost/asio/write.hpp>
#include <gtest/gtest.h>

#include <functional>
#include <future>
#include <thread>

using namespace std::chrono_literals;

namespace toril::http {
namespace {

namespace asio = boost::asio;
using tcp = asio::ip::tcp;

// Accepts one connection on a free port of this host and talks on it as it is told.
class OneShotServer {
public:
    explicit OneShotServer(std::function<void(tcp::socket&)> talk)
        : thread_([this, talk = std::move(talk)] {
              tcp::socket socket(context_);
              boost::system::error_code failure;
              acceptor_.accept(socket, failure);
              if (!failure) talk(socket);
          }) {}
    ~OneShotServer() { thread_.join(); }
    OneShotServer(const OneShotServer&) = delete;
    OneShotServer& operator=(const OneShotServer&) = delete;

    Url url(const std::string& path = "/") const {
        return parse_url("http://127.0.0.1:" + std::to_string(acceptor_.local_endpoint().port()) +
                         path)
            .value();
    }

private:
    asio::io_context context_{};
    tcp::acceptor acceptor_{context_, tcp::endpoint(asio::ip::address_v4::loopback(), 0)};
    std::thread thread_;
};

std::string read_until(tcp::socket& socket, const std::string& end) {
    std::string text;
    boost::system::error_code failure;
    asio::read_until(socket, asio::dynamic_buffer(text), end, failure);
    return text;
}

void send(tcp::socket& socket, const std::string& text) {
    boost::system::error_code ignored;
    asio::write(socket, asio::buffer(text), ignored);
}

void wait_for_end(tcp::socket& socket) {
    read_until(socket, "never comes");
}

TEST(HttpClientTest, PostsTheBodyAndGivesTheAnswer) {
    std::string seen;
    Result<Response> response = Error(ErrorCode::failed, "not run");
    {
        OneShotServer server([&](tcp::socket& socket) {
            seen = read_until(socket, "{\"a\":1}");
            send(socket, "HTTP/1.1 201 Created\r\nContent-Length: 2\r\n\r\nok");
        });
        response = post(server.url("/jobs?x=1"),
                        {.headers = {{"X-Toril-Job-Id", "7"}}, .body = "{\"a\":1}"});
    }

    ASSERT_TRUE(response) << response.error().message();
    EXPECT_EQ(response->status, 201);
    EXPECT_EQ(response->body, "ok");
    EXPECT_TRUE(seen.starts_with("POST /jobs?x=1 HTTP/1.1\r\n")) << seen;
    EXPECT_NE(seen.find("X-Toril-Job-Id: 7\r\n"), std::string::npos) << seen;
    EXPECT_NE(seen.find("Content-Type: application/json\r\n"), std::string::npos) << seen;
}

TEST(HttpClientTest, ReadsABodyThatComesInChunks) {
    OneShotServer server([](tcp::socket& socket) {
        read_until(socket, "\r\n\r\n");
        send(socket,
             "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n");
        send(socket, "0\r\n\r\n");
    });

    EXPECT_EQ(post(server.url(), {}).value().body, "abcde");
}

TEST(HttpClientTest, EncodesHeaderValuesSoThatTheyStayOneLine) {
    std::string seen;
    {
        OneShotServer server([&](tcp::socket& socket) {
            seen = read_until(socket, "\r\n\r\n");
            send(socket, "HTTP/1.1 204 No Content\r\n\r\n");
        });
        EXPECT_TRUE(post(server.url(), {.headers = {{"X-Name", "a\r\nX-Evil: 1\xC3\xA9"}}}));
    }

    EXPECT_NE(seen.find("X-Name: a%0D%0AX-Evil:%201%C3%A9\r\n"), std::string::npos) << seen;
}

TEST(HttpClientTest, SaysThatNothingWasSentWhenNobodyListens) {
    const Result<Response> response = post(parse_url("http://127.0.0.1:1/").value(), {});

    ASSERT_FALSE(response);
    EXPECT_EQ(response.error().code(), ErrorCode::unavailable);
}

TEST(HttpClientTest, SaysThatTheOutcomeIsUnknownWhenTheConnectionBreaks) {
    OneShotServer server([](tcp::socket& socket) { read_until(socket, "\r\n\r\n"); });

    const Result<Response> response = post(server.url(), {});
    ASSERT_FALSE(response);
    EXPECT_EQ(response.error().code(), ErrorCode::outcome_unknown);
}

TEST(HttpClientTest, GivesUpAtTheDeadlineOnAServerThatSaysNothing) {
    OneShotServer server(wait_for_end);

    const Result<Response> response = post(server.url(), {}, {.timeout = 50ms});
    ASSERT_FALSE(response);
    EXPECT_EQ(response.error().code(), ErrorCode::timed_out);
}

TEST(HttpClientTest, StopsAtOnceWhenAsked) {
    std::stop_source stop;
    OneShotServer server([&](tcp::socket& socket) {
        read_until(socket, "\r\n\r\n");
        stop.request_stop();
        wait_for_end(socket);
    });

    const Result<Response> response = post(server.url(), {}, {}, stop.get_token());
    ASSERT_FALSE(response);
    EXPECT_EQ(response.error().code(), ErrorCode::cancelled);
}

TEST(HttpClientTest, RefusesABodyOverTheLimit) {
    OneShotServer server([](tcp::socket& socket) {
        read_until(socket, "\r\n\r\n");
        send(socket, "HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\nhello world");
    });

    const Result<Response> response = post(server.url(), {}, {.body_bytes_max = 10});
    ASSERT_FALSE(response);
    EXPECT_EQ(response.error().code(), ErrorCode::limit_reached);
}

TEST(HttpClientTest, SendsABodyLargerThanTheSocketsBuffers) {
    const std::string body(4u * 1024 * 1024, 'x');
    OneShotServer server([&](tcp::socket& socket) {
        const std::string head = read_until(socket, "\r\n\r\n");
        std::string rest(body.size() + head.find("\r\n\r\n") + 4 - head.size(), '\0');
        asio::read(socket, asio::buffer(rest));
        send(socket, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
    });

    EXPECT_EQ(post(server.url(), {.body = body}).value().status, 200);
}

}  // namespace
}  // namespace toril::http
