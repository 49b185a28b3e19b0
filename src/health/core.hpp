#pragma once

// A Health at work: asks the store on its own time, and keeps a report of what it found.
//
// Threads
//   own        one     sends probes, judges, makes reports; it never waits for the store
//   the store  any     bring answers and changes of links: to the inbox
//   watched    some    checks, queues and listeners, one each (queues together), as they may hang
//   callers    any     copy the last report

#include "base/logger.hpp"
#include "contract/backend.hpp"
#include "health/announcer.hpp"
#include "health/inbox.hpp"
#include "health/report.hpp"
#include "health/snapshot.hpp"
#include "health/store_judge.hpp"
#include "health/watched.hpp"

#include <toril/health.hpp>
#include <toril/store.hpp>

#include <memory>
#include <optional>
#include <thread>

namespace toril::health {

class Core {
public:
    Core(const Store& store, const HealthOptions& options);
    ~Core();
    Core(const Core&) = delete;
    Core& operator=(const Core&) = delete;

    const Snapshot& snapshot() const noexcept { return snapshot_; }
    Watched& watched() noexcept { return watched_; }
    Announcer& announcer() noexcept { return announcer_; }
    const Store& store() const noexcept { return setup_.store; }
    const std::string& kind() const noexcept { return setup_.kind; }
    const std::shared_ptr<Inbox>& inbox() const noexcept { return inbox_; }
    const HealthOptions& options() const noexcept { return setup_.options; }
    /// As last told by the server. Threads: any.
    std::optional<ServerInfo> server() const { return server_.get(); }
    std::uint64_t transitions() const noexcept { return transitions_; }

private:
    struct Setup {
        Store store;
        HealthOptions options{};
        std::shared_ptr<contract::HealthSource> source{};
        std::shared_ptr<base::FallbackBoard> board{};
        std::string kind{};
        base::Logger log{};
    };
    class Server {
    public:
        void set(ServerInfo info) {
            base::MutexLock lock(mutex_);
            info_ = std::move(info);
        }
        std::optional<ServerInfo> get() const {
            base::MutexLock lock(mutex_);
            return info_;
        }

    private:
        mutable base::Mutex mutex_{};
        std::optional<ServerInfo> info_ TORIL_GUARDED_BY(mutex_){};
    };
    // When each probe goes out next. One of a kind is under way at a time.
    struct Probe {
        SteadyTime due{};
        bool under_way = false;
    };
    struct Probes {
        Probe ping{}, write{}, facts{};
    };
    // What was there at the last look, so that each loss counts once.
    struct Seen {
        Millis lost_for{0};
        HealthReason lost_reason = HealthReason::none;
        std::string warning{};
        SteadyTime status_since{};
    };

    void run();
    SteadyTime next_due() const;
    void send_probes(SteadyTime now);
    void send_ping(SteadyTime now);
    void send_write(SteadyTime now);
    void send_facts(SteadyTime now);
    void take(Answer& answer, SteadyTime now);
    void look_at_links(SteadyTime now);
    Trouble trouble_of(const Error& error) const;
    void publish(SteadyTime now);
    void tell(const HealthReport& before, const HealthReport& now);

    const Setup setup_;
    const std::shared_ptr<Inbox> inbox_ = std::make_shared<Inbox>();
    Snapshot snapshot_;
    Watched watched_;
    Announcer announcer_;
    Server server_{};
    std::atomic<std::uint64_t> transitions_{0};
    // The own thread only.
    StoreJudge judge_;
    Probes probes_{};
    Seen seen_{};
    std::uint64_t board_listener_ = 0;
    std::thread thread_;
};

}  // namespace toril::health
