// toril work --http.

#include "cli_fixture.hpp"

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <charconv>
#include <functional>
#include <mutex>

namespace toril::e2e {
namespace {

struct Answer {
    int status = 200;
    std::string body{};
};

// A server that answers each request with what `answer` makes of its text. Ends with the test.
class HttpServer {
public:
    explicit HttpServer(std::function<Answer(const std::string&)> answer)
        : answer_(std::move(answer)) {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t length = sizeof address;
        ::bind(listener_, reinterpret_cast<sockaddr*>(&address), length);
        ::listen(listener_, 16);
        ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &length);
        port_ = ntohs(address.sin_port);
        thread_ = std::thread([this] { serve(); });
    }
    ~HttpServer() {
        ::shutdown(listener_, SHUT_RDWR);
        thread_.join();
        ::close(listener_);
    }
    HttpServer(const HttpServer&) = delete;
    HttpServer& operator=(const HttpServer&) = delete;

    std::string url() const { return "http://127.0.0.1:" + std::to_string(port_) + "/jobs"; }

    std::vector<std::string> requests() {
        std::lock_guard lock(mutex_);
        return requests_;
    }

private:
    void serve() {
        for (int peer = -1; (peer = ::accept(listener_, nullptr, nullptr)) >= 0;) {
            const std::string request = read_request(peer);
            const Answer answer = answer_(request);
            {
                std::lock_guard lock(mutex_);
                requests_.push_back(request);
            }
            const std::string text =
                "HTTP/1.1 " + std::to_string(answer.status) +
                " Whatever\r\nContent-Length: " + std::to_string(answer.body.size()) + "\r\n\r\n" +
                answer.body;
            ::send(peer, text.data(), text.size(), MSG_NOSIGNAL);
            ::close(peer);
        }
    }

    static std::string read_request(int peer) {
        std::string text;
        char buffer[4096];
        std::size_t wanted = std::string::npos;
        while (text.size() < wanted) {
            const ssize_t count = ::recv(peer, buffer, sizeof buffer, 0);
            if (count <= 0) break;
            text.append(buffer, static_cast<std::size_t>(count));
            const std::size_t head = text.find("\r\n\r\n");
            const std::size_t length = text.find("Content-Length: ");
            if (head == std::string::npos || length == std::string::npos) continue;
            std::size_t body = 0;
            std::from_chars(text.data() + length + 16, text.data() + text.size(), body);
            wanted = head + 4 + body;
        }
        return text;
    }

    std::function<Answer(const std::string&)> answer_;
    int listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    int port_ = 0;
    std::mutex mutex_{};
    std::vector<std::string> requests_{};
    std::thread thread_{};
};

class WorkHttpTest : public StoreCliTest {
protected:
    void work(const HttpServer& server) {
        const Finished finished = run({"work", "q", "--http", server.url(), "--until-empty"});
        EXPECT_EQ(finished.exit_code, 0) << finished.err;
    }
};
TORIL_ON_EACH_STORE(WorkHttpTest);

TEST_P(WorkHttpTest, PostsTheDataAndTakesTheAnswerAsTheReturnValue) {
    HttpServer server([](const std::string&) { return Answer{200, R"({"ok":true})"}; });
    const std::string id = add({"send", R"({"to":"a"})"});
    work(server);

    EXPECT_EQ(job(id)["returnvalue"].at("ok"), true);
    ASSERT_EQ(server.requests().size(), 1u);
    const std::string request = server.requests().front();
    EXPECT_TRUE(request.starts_with("POST /jobs HTTP/1.1\r\n"));
    EXPECT_TRUE(request.ends_with(R"({"to":"a"})"));
    for (const std::string& header : {"X-Toril-Job-Id: " + id,
                                      std::string("X-Toril-Job-Name: send"),
                                      std::string("X-Toril-Queue: q"),
                                      std::string("X-Toril-Attempt: 1")})
        EXPECT_NE(request.find(header + "\r\n"), std::string::npos) << header;
}

TEST_P(WorkHttpTest, RetriesWhatTheServerMayAcceptLater) {
    int calls = 0;
    HttpServer server([&](const std::string&) {
        ++calls;
        return Answer{calls == 1 ? 503 : calls == 2 ? 429 : 204, ""};
    });
    const std::string id = add({"n", "{}", "--attempts", "5"});
    work(server);

    EXPECT_EQ(job(id)["state"], "completed");
    EXPECT_EQ(job(id)["attemptsMade"], 3);
    EXPECT_TRUE(job(id)["returnvalue"].is_null());
}

TEST_P(WorkHttpTest, FailsForGoodWhatTheServerCallsWrong) {
    HttpServer server([](const std::string&) { return Answer{422, "no such user\n"}; });
    const std::string id = add({"n", "{}", "--attempts", "5"});
    work(server);

    EXPECT_EQ(job(id)["state"], "failed");
    EXPECT_EQ(job(id)["failedReason"], "HTTP 422: no such user");
    EXPECT_EQ(server.requests().size(), 1u);
}

TEST_P(WorkHttpTest, FailsTheAttemptWhenNobodyListens) {
    const std::string id = add({"n"});
    run({"work", "q", "--http", "http://127.0.0.1:1/", "--until-empty"});

    EXPECT_EQ(job(id)["state"], "failed");
    EXPECT_NE(job(id)["failedReason"].as_string().find("127.0.0.1:1"), boost::json::string::npos);
}

}  // namespace
}  // namespace toril::e2e
