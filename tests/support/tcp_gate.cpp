#include "support/tcp_gate.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <limits>
#include <list>
#include <mutex>
#include <stdexcept>
#include <thread>
#include <vector>

namespace toril::testing {
namespace {

constexpr std::size_t never = std::numeric_limits<std::size_t>::max();
constexpr std::size_t held_max = 256u * 1024;  // then the sender has to wait

// What a test has asked for, for one way.
struct Rule {
    bool frozen = false;
    std::size_t cut_after = never;
    std::size_t slice = never;
};

struct Pair {
    std::array<int, 2> sockets{-1, -1};  // client's, server's
    std::array<std::string, 2> held{};   // by way: to the server, to the client
    bool dead = false;
};

int listen_somewhere(std::uint16_t& port) {
    const int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t length = sizeof address;
    auto* generic = reinterpret_cast<sockaddr*>(&address);
    if (bind(listener, generic, length) != 0 || listen(listener, 64) != 0 ||
        getsockname(listener, generic, &length) != 0)
        throw std::runtime_error("the gate cannot listen on 127.0.0.1");
    port = ntohs(address.sin_port);
    return listener;
}

int connect_to(std::uint16_t port) {
    const int descriptor = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (connect(descriptor, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) {
        close(descriptor);
        return -1;
    }
    return descriptor;
}

void no_delay(int descriptor) {
    const int on = 1;
    setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

}  // namespace

class TcpGate::Impl {
public:
    explicit Impl(std::uint16_t server_port)
        : server_port_(server_port),
          listener_(listen_somewhere(port_)),
          wake_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)),
          thread_([this] { run(); }) {}

    ~Impl() {
        change([this] { stopping_ = true; });
        thread_.join();
        for (Pair& pair : pairs_)
            end(pair);
        close(listener_);
        close(wake_);
    }

    /// Changes what the thread does, and has it look at once.
    template <class What>
    void change(What&& what) {
        {
            const std::lock_guard lock(mutex_);
            what();
        }
        const std::uint64_t one = 1;
        [[maybe_unused]] const ssize_t written = write(wake_, &one, sizeof one);
    }

    void end_all() {
        for (Pair& pair : pairs_)
            pair.dead = true;
    }
    Rule& rule(Way way) { return rules_[static_cast<std::size_t>(way)]; }

    std::uint16_t port_ = 0;
    std::atomic<std::size_t> connections_{0};
    std::array<std::atomic<std::uint64_t>, 2> bytes_{};
    bool refused_ = false;

private:
    static void end(Pair& pair) {
        for (const int descriptor : pair.sockets)
            if (descriptor >= 0) close(descriptor);
        pair.sockets = {-1, -1};
    }

    void run() {
        for (;;) {
            std::vector<pollfd> polled = what_to_poll();
            poll(polled.data(), polled.size(), -1);
            const std::lock_guard lock(mutex_);
            std::uint64_t count = 0;
            [[maybe_unused]] const ssize_t got = read(wake_, &count, sizeof count);
            if (stopping_) return;
            let_in();
            for (Pair& pair : pairs_)
                for (const Way way : {Way::to_server, Way::to_client})
                    move(pair, way);
            pairs_.remove_if([](Pair& pair) {
                if (pair.dead) end(pair);
                return pair.dead;
            });
        }
    }

    std::vector<pollfd> what_to_poll() {
        const std::lock_guard lock(mutex_);
        std::vector<pollfd> polled{{listener_, POLLIN, 0}, {wake_, POLLIN, 0}};
        for (const Pair& pair : pairs_)
            for (std::size_t way = 0; way < 2; ++way) {
                const std::size_t held = pair.held[way].size();
                if (held < held_max) polled.push_back({pair.sockets[way], POLLIN, 0});
                if (held > 0 && !rules_[way].frozen)
                    polled.push_back({pair.sockets[1 - way], POLLOUT, 0});
            }
        return polled;
    }

    void let_in() {
        for (;;) {
            const int client = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
            if (client < 0) return;
            const int server = refused_ ? -1 : connect_to(server_port_);
            if (server < 0) {
                close(client);
                continue;
            }
            no_delay(client);
            no_delay(server);
            pairs_.push_back({.sockets = {client, server}});
            ++connections_;
        }
    }

    void move(Pair& pair, Way way) {
        if (pair.dead) return;
        const auto from = static_cast<std::size_t>(way);
        Rule& rule = rules_[from];
        std::string& held = pair.held[from];
        bool ended = false;
        char chunk[64 * 1024];
        if (held.size() < held_max) {
            const ssize_t got = recv(pair.sockets[from], chunk, sizeof chunk, MSG_DONTWAIT);
            if (got > 0) held.append(chunk, static_cast<std::size_t>(got));
            ended = got == 0;
        }
        while (!rule.frozen && !held.empty()) {
            const std::size_t piece = std::min({held.size(), rule.slice, rule.cut_after});
            const ssize_t sent =
                send(pair.sockets[1 - from], held.data(), piece, MSG_DONTWAIT | MSG_NOSIGNAL);
            if (sent < 0) break;
            held.erase(0, static_cast<std::size_t>(sent));
            bytes_[from] += static_cast<std::uint64_t>(sent);
            if (rule.cut_after == never) continue;
            rule.cut_after -= static_cast<std::size_t>(sent);
            if (rule.cut_after > 0) continue;
            rule.cut_after = never;
            pair.dead = true;
            return;
        }
        if (ended && !rule.frozen) pair.dead = true;
    }

    const std::uint16_t server_port_;
    const int listener_;
    const int wake_;
    std::mutex mutex_;  // for all below, and refused_
    bool stopping_ = false;
    std::array<Rule, 2> rules_{};
    std::list<Pair> pairs_{};
    std::thread thread_;
};

TcpGate::TcpGate(std::uint16_t server_port) : impl_(std::make_unique<Impl>(server_port)) {}
TcpGate::~TcpGate() = default;

std::uint16_t TcpGate::port() const noexcept {
    return impl_->port_;
}

void TcpGate::cut() {
    impl_->change([this] { impl_->end_all(); });
}

void TcpGate::cut_after(Way way, std::size_t bytes) {
    impl_->change([=, this] { impl_->rule(way).cut_after = bytes; });
}

void TcpGate::freeze(Way way) {
    impl_->change([=, this] { impl_->rule(way).frozen = true; });
}

void TcpGate::thaw(Way way) {
    impl_->change([=, this] { impl_->rule(way).frozen = false; });
}

void TcpGate::slice(Way way, std::size_t bytes) {
    impl_->change([=, this] { impl_->rule(way).slice = bytes == 0 ? never : bytes; });
}

void TcpGate::refuse(bool refused) {
    impl_->change([=, this] { impl_->refused_ = refused; });
}

std::size_t TcpGate::connections() const noexcept {
    return impl_->connections_;
}

std::uint64_t TcpGate::bytes(Way way) const noexcept {
    return impl_->bytes_[static_cast<std::size_t>(way)];
}

}  // namespace toril::testing
