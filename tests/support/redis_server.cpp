#include "support/redis_server.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <random>
#include <stdexcept>
#include <utility>

namespace toril::testing {
namespace {

using SteadyClock = std::chrono::steady_clock;
constexpr std::chrono::seconds start_timeout{20};
constexpr int reply_timeout_ms = 10'000;

// A file descriptor that closes itself.
struct Descriptor {
    int fd = -1;
    explicit Descriptor(int descriptor) : fd(descriptor) {}
    ~Descriptor() {
        if (fd >= 0) close(fd);
    }
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
};

sockaddr_in loopback(std::uint16_t port) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return address;
}

bool connect_to(int fd, std::uint16_t port) {
    const sockaddr_in address = loopback(port);
    return connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
}

// Waits for `events` on `fd` (-1: for the time alone). False: the time passed first.
bool wait_for(int fd, short events, int timeout_ms) {
    pollfd entry{fd, events, 0};
    return poll(&entry, 1, timeout_ms) > 0;
}

std::string encoded(const std::vector<std::string>& arguments) {
    std::string bytes = "*" + std::to_string(arguments.size()) + "\r\n";
    for (const std::string& argument : arguments)
        bytes += "$" + std::to_string(argument.size()) + "\r\n" + argument + "\r\n";
    return bytes;
}

// One reply: the first line, and of a bulk string its bytes. Empty: the connection ended.
std::string read_reply(int fd) {
    std::string bytes;
    std::size_t needed = 0;
    for (;;) {
        const std::size_t line = bytes.find("\r\n");
        if (line != std::string::npos && needed == 0) {
            const bool bulk = bytes[0] == '$' && bytes[1] != '-';
            if (!bulk) return bytes.substr(0, line);
            needed = line + 4 + std::stoul(bytes.substr(1, line - 1));
        }
        if (needed != 0 && bytes.size() >= needed) return bytes.substr(line + 2, needed - line - 4);
        char chunk[16 * 1024];
        if (!wait_for(fd, POLLIN, reply_timeout_ms)) return {};
        const ssize_t count = recv(fd, chunk, sizeof chunk, 0);
        if (count <= 0) return {};
        bytes.append(chunk, static_cast<std::size_t>(count));
    }
}

std::string exchange(int fd, const std::vector<std::string>& arguments) {
    const std::string bytes = encoded(arguments);
    if (send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(bytes.size()))
        return {};
    return read_reply(fd);
}

std::filesystem::path make_folder() {
    std::string name = (std::filesystem::temp_directory_path() / "toril-redis-XXXXXX").string();
    if (mkdtemp(name.data()) == nullptr)
        throw std::runtime_error("cannot make a temporary folder " + name);
    return name;
}

// In the child of a fork: only calls that are safe there.
[[noreturn]] void become_server(const std::string& log, char* const* arguments) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    const int output = open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
    dup2(output, STDOUT_FILENO);
    dup2(output, STDERR_FILENO);
    execvp(arguments[0], arguments);
    _exit(127);
}

}  // namespace

std::uint16_t free_port() {
    thread_local std::mt19937 random(std::random_device{}());
    std::uniform_int_distribution<int> ports(12'000, 32'000);
    for (int attempt = 0; attempt < 200; ++attempt) {
        const auto port = static_cast<std::uint16_t>(ports(random));
        const Descriptor listener(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
        const sockaddr_in address = loopback(port);
        if (bind(listener.fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0)
            return port;
    }
    throw std::runtime_error("no free port on 127.0.0.1");
}

RedisServer::RedisServer(RedisServerOptions options)
    : options_(std::move(options)), folder_(make_folder()) {
    // Another test may take the port between the look and the start: then take another.
    for (int attempt = 1;; ++attempt) {
        port_ = free_port();
        launch();
        try {
            wait_until_it_answers(true);
            return;
        } catch (const std::runtime_error&) {
            kill();
            if (attempt == 3) {
                std::filesystem::remove_all(folder_);
                throw;
            }
        }
    }
}

RedisServer::~RedisServer() {
    kill();
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
}

std::string RedisServer::url() const {
    const std::string login = options_.password.empty() ? "" : ":" + options_.password + "@";
    return "redis://" + login + "127.0.0.1:" + std::to_string(port_);
}

void RedisServer::launch() {
    std::vector<std::string> words{"redis-server",
                                   "--port",
                                   std::to_string(port_),
                                   "--bind",
                                   "127.0.0.1",
                                   "--unixsocket",
                                   unix_path(),
                                   "--dir",
                                   folder_.string(),
                                   "--save",
                                   "",
                                   "--daemonize",
                                   "no",
                                   "--enable-debug-command",
                                   "yes"};
    if (options_.append_only)
        words.insert(words.end(), {"--appendonly", "yes", "--appendfsync", "always"});
    if (!options_.password.empty()) words.insert(words.end(), {"--requirepass", options_.password});
    words.insert(words.end(), options_.arguments.begin(), options_.arguments.end());

    std::vector<char*> arguments;
    for (std::string& word : words)
        arguments.push_back(word.data());
    arguments.push_back(nullptr);
    const std::string log = (folder_ / "log").string();
    pid_ = fork();
    if (pid_ == 0) become_server(log, arguments.data());
    if (pid_ < 0) {
        pid_ = 0;
        throw std::runtime_error("cannot fork redis-server");
    }
}

void RedisServer::wait_until_it_answers(bool wait_loaded) {
    const auto deadline = SteadyClock::now() + start_timeout;
    while (SteadyClock::now() < deadline) {
        int status = 0;
        if (waitpid(pid_, &status, WNOHANG) == pid_) {
            pid_ = 0;
            break;
        }
        const Descriptor link(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
        if (connect_to(link.fd, port_)) {
            const std::string answer = exchange(link.fd, {"PING"});
            const bool loading = answer.starts_with("-LOADING");
            if (!answer.empty() && (!loading || !wait_loaded)) return;
        }
        wait_for(-1, 0, 5);
    }
    throw std::runtime_error("redis-server did not start: " + log_tail());
}

std::string RedisServer::log_tail() const {
    std::ifstream file(folder_ / "log");
    const std::string text{std::istreambuf_iterator<char>(file), {}};
    return text.substr(text.size() > 2'000 ? text.size() - 2'000 : 0);
}

void RedisServer::kill() {
    if (pid_ == 0) return;
    ::kill(pid_, SIGKILL);
    while (waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
    }
    pid_ = 0;
}

void RedisServer::start_again(bool wait_loaded) {
    kill();
    launch();
    wait_until_it_answers(wait_loaded);
}

void RedisServer::freeze() {
    if (pid_ != 0) ::kill(pid_, SIGSTOP);
}

void RedisServer::thaw() {
    if (pid_ != 0) ::kill(pid_, SIGCONT);
}

std::string RedisServer::command(const std::vector<std::string>& arguments) const {
    const Descriptor link(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    if (!connect_to(link.fd, port_)) return {};
    if (!options_.password.empty()) exchange(link.fd, {"AUTH", options_.password});
    return exchange(link.fd, arguments);
}

std::string RedisServer::command_after(const std::vector<std::string>& first,
                                       const std::vector<std::string>& arguments) const {
    const Descriptor link(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    if (!connect_to(link.fd, port_)) return {};
    exchange(link.fd, first);
    return exchange(link.fd, arguments);
}

std::string shared_redis_url() {
    static const std::string url = [] {
        const char* given = std::getenv("TORIL_TEST_REDIS_URL");
        if (given != nullptr && *given != '\0') return std::string(given);
        static RedisServer server;
        return server.url();
    }();
    return url;
}

}  // namespace toril::testing
