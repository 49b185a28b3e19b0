#include "redis/resolver.hpp"

#include "redis/runtime.hpp"

#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <netdb.h>

#include <system_error>
#include <thread>
#include <utility>

namespace toril::redis {
namespace {

namespace asio = boost::asio;

Resolved look_up(const std::string& host, std::uint16_t port) {
    addrinfo hints{};
    hints.ai_family = AF_UNSPEC;
    hints.ai_socktype = SOCK_STREAM;
    addrinfo* list = nullptr;
    const int failure = getaddrinfo(host.c_str(), std::to_string(port).c_str(), &hints, &list);
    if (failure != 0) return {.problem = "cannot resolve " + host + ": " + gai_strerror(failure)};
    Resolved resolved;
    for (const addrinfo* entry = list; entry != nullptr; entry = entry->ai_next)
        resolved.endpoints.emplace_back(entry->ai_addr, entry->ai_addrlen);
    freeaddrinfo(list);
    return resolved;
}

}  // namespace

void resolve(Runtime& runtime,
             const std::string& host,
             std::uint16_t port,
             std::function<void(Resolved)> on_done) {
    boost::system::error_code not_an_address;
    const auto address = asio::ip::make_address(host, not_an_address);
    if (!not_an_address) {
        Resolved resolved;
        resolved.endpoints.emplace_back(asio::ip::tcp::endpoint(address, port));
        runtime.post([on_done = std::move(on_done), resolved] { on_done(resolved); });
        return;
    }
    auto work = [weak = runtime.weak_from_this(), host, port, on_done] {
        const Resolved resolved = look_up(host, port);
        const std::shared_ptr<Runtime> alive = weak.lock();
        if (alive) alive->post([on_done, resolved] { on_done(resolved); });
    };
    try {
        std::thread(std::move(work)).detach();
    } catch (const std::system_error& failure) {
        const Resolved resolved{.problem =
                                    std::string("no thread for the look-up: ") + failure.what()};
        runtime.post([on_done, resolved] { on_done(resolved); });
    }
}

StreamEndpoint unix_endpoint(const std::string& path) {
    return asio::local::stream_protocol::endpoint(path);
}

}  // namespace toril::redis
