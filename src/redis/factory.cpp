#include "base/mutex.hpp"
#include "redis/connection_impl.hpp"

#include <toril/redis/connection.hpp>

#include <unistd.h>

#include <algorithm>
#include <optional>
#include <utility>

namespace toril::redis {
namespace {

// Redis refuses spaces, newlines and what is not printable in a connection's name.
std::string clean(std::string name) {
    std::replace_if(
        name.begin(), name.end(), [](char c) { return c <= ' ' || c > '~'; }, '-');
    return name;
}

}  // namespace

class Factory::Impl {
public:
    Impl(Config config, LogSink log)
        : config_(std::make_shared<const Config>(std::move(config))), logger_(std::move(log)) {}

    ~Impl() {
        shared_.reset();
        for (const auto& connection : alive())
            connection->close(Millis{0});
        runtime_->stop();
    }

    Connection open(Profile profile, std::string_view role, std::string_view exact_name) {
        std::string name(exact_name);
        if (name.empty())
            name = config_->application + ":" + std::string(role) + ":" + std::to_string(getpid());
        auto connection =
            std::make_shared<Connection::Impl>(ConnectionSetup{.runtime = runtime_,
                                                               .config = config_,
                                                               .logger = logger_,
                                                               .profile = profile,
                                                               .name = clean(std::move(name)),
                                                               .role = std::string(role),
                                                               .bell = bell_});
        {
            base::MutexLock lock(mutex_);
            std::erase_if(connections_, [](const auto& weak) { return weak.expired(); });
            connections_.push_back(connection);
        }
        connection->start();
        return Connection(std::move(connection));
    }

    Connection& shared() {
        base::MutexLock lock(shared_mutex_);
        if (!shared_) shared_.emplace(open(Profile::shared, "shared", {}));
        return *shared_;
    }

    const Config& config() const noexcept { return *config_; }

    std::size_t connections_approx() {
        const auto connections = alive();
        return static_cast<std::size_t>(
            std::count_if(connections.begin(), connections.end(), [](const auto& connection) {
                const LinkState state =
                    connection->front().figures.state.load(std::memory_order_relaxed);
                return state != LinkState::closed;
            }));
    }

    std::vector<ConnectionReport> connections() {
        std::vector<ConnectionReport> reports;
        for (const auto& connection : alive()) {
            ConnectionReport report = connection->report();
            if (report.state != LinkState::closed) reports.push_back(std::move(report));
        }
        return reports;
    }

    void on_trouble(std::function<void()> listener) { bell_->set_listener(std::move(listener)); }

private:
    std::vector<std::shared_ptr<Connection::Impl>> alive() {
        std::vector<std::shared_ptr<Connection::Impl>> connections;
        base::MutexLock lock(mutex_);
        for (const auto& weak : connections_)
            if (auto connection = weak.lock()) connections.push_back(std::move(connection));
        return connections;
    }

    const std::shared_ptr<const Config> config_;
    const base::Logger logger_;
    const std::shared_ptr<TroubleBell> bell_ = std::make_shared<TroubleBell>();
    const std::shared_ptr<Runtime> runtime_ = std::make_shared<Runtime>();

    base::Mutex mutex_;
    std::vector<std::weak_ptr<Connection::Impl>> connections_ TORIL_GUARDED_BY(mutex_){};

    base::Mutex shared_mutex_;
    std::optional<Connection> shared_{};
};

Factory::Factory(Config config, LogSink log)
    : impl_(std::make_unique<Impl>(std::move(config), std::move(log))) {}
Factory::Factory(Factory&&) noexcept = default;
Factory& Factory::operator=(Factory&&) noexcept = default;
Factory::~Factory() = default;

Connection Factory::open(Profile profile, std::string_view role, std::string_view exact_name) {
    return impl_->open(profile, role, exact_name);
}

Connection& Factory::shared() {
    return impl_->shared();
}

const Config& Factory::config() const noexcept {
    return impl_->config();
}

std::size_t Factory::connections_approx() const {
    return impl_->connections_approx();
}

std::vector<ConnectionReport> Factory::connections() const {
    return impl_->connections();
}

void Factory::on_trouble(std::function<void()> listener) {
    impl_->on_trouble(std::move(listener));
}

}  // namespace toril::redis
