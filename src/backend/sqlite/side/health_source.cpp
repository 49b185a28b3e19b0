#include "backend/sqlite/side/health_source.hpp"

#include "backend/sqlite/side/engine.hpp"

#include <sqlite3.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

#include <atomic>
#include <chrono>
#include <utility>
#include <vector>

namespace toril::sqlite_side {
namespace {

using namespace contract;
using SteadyClock = std::chrono::steady_clock;
using Facts = std::vector<std::pair<std::string, std::string>>;

// Any name does: its counts are asked for, which changes nothing.
constexpr const char* probe_queue = "health";

// Calls back once, with the answer or with the end of the time for it.
template <class Answer>
class Once {
public:
    explicit Once(std::function<void(Answer)> done) : done_(std::move(done)) {}

    /// False: it was called before.
    bool operator()(Answer answer) {
        if (called_.exchange(true)) return false;
        done_(std::move(answer));
        return true;
    }

private:
    const std::function<void(Answer)> done_;
    std::atomic<bool> called_{false};
};

std::uint64_t size_of(const std::string& path) {
    struct stat found {};
    return ::stat(path.c_str(), &found) == 0 ? static_cast<std::uint64_t>(found.st_size) : 0;
}

Error late(Millis deadline) {
    return {ErrorCode::timed_out,
            "the store did not answer within " + std::to_string(deadline.count()) + " ms"};
}

class SqliteHealthSource final : public HealthSource {
public:
    SqliteHealthSource(std::shared_ptr<JobStore> jobs, const Stores& side, std::string path)
        : jobs_(std::move(jobs)), side_(side.engine), path_(std::move(path)) {}

    std::string kind() const override { return "sqlite"; }

    std::vector<LinkHealth> links() const override {
        return {link_->health(asking_->load()), side_->health()};
    }
    void listen(std::weak_ptr<void> owner, std::function<void()> listener) override {
        link_->listen(owner, listener);
        side_->link().listen(std::move(owner), std::move(listener));
    }

    void ping(Millis deadline, Done<std::chrono::microseconds> done) override {
        using Answer = Result<std::chrono::microseconds>;
        const auto began = SteadyClock::now();
        const auto once = std::make_shared<Once<Answer>>(std::move(done));
        ++*asking_;
        side_->call_at(began + deadline, [once, deadline, link = link_] {
            if ((*once)(late(deadline)))
                link->failed(HealthReason::timed_out, late(deadline).message());
        });
        jobs_->counts(
            probe_queue,
            [once, began, link = link_, asking = asking_](const Result<JobCounts>& counts) {
                --*asking;
                const auto took = std::chrono::duration_cast<std::chrono::microseconds>(
                    SteadyClock::now() - began);
                if (counts)
                    link->succeeded(took);
                else
                    link->failed(reason_of(counts.error()), counts.error().message());
                (*once)(counts ? Answer(took) : Answer(counts.error()));
            });
    }

    void probe_write(Millis deadline, DoneStatus done) override {
        const auto once = std::make_shared<Once<Status>>(std::move(done));
        side_->call_at(SteadyClock::now() + deadline,
                       [once, deadline] { (*once)(late(deadline)); });
        side_->ask<Status>(
            Part::health,
            deadline,
            {},
            [](Session& session) {
                session.side.probe(session.clock.wall_us());
                return Status();
            },
            [once](Status status) { (*once)(std::move(status)); });
    }

    // On the listener's thread, which also keeps the time: a disk that hangs holds up that, and
    // nobody who asks.
    void facts(Millis, Done<Facts> done) override {
        const auto once = std::make_shared<Once<Result<Facts>>>(std::move(done));
        side_->call_at(SteadyClock::now(),
                       [once, jobs = jobs_, side = side_->path(), path = path_] {
                           (*once)(look(*jobs, path, side));
                       });
    }

private:
    static Facts look(const JobStore& jobs, const std::string& path, const std::string& side) {
        Facts facts{{"sqlite_version", ::sqlite3_libversion()},
                    {"mode", "embedded"},
                    {"journal_mode", "wal"},
                    {"durability", std::string(to_string(jobs.durability()))},
                    {"database_bytes", std::to_string(size_of(path))},
                    {"wal_bytes", std::to_string(size_of(path + "-wal"))},
                    {"side_bytes", std::to_string(size_of(side))},
                    {"side_wal_bytes", std::to_string(size_of(side + "-wal"))}};
        struct statvfs disk {};
        if (::statvfs(path.c_str(), &disk) == 0) {
            facts.emplace_back("disk_bytes", std::to_string(disk.f_blocks * disk.f_frsize));
            facts.emplace_back("disk_free_bytes", std::to_string(disk.f_bavail * disk.f_frsize));
        }
        return facts;
    }

    const std::shared_ptr<JobStore> jobs_;
    const std::shared_ptr<Engine> side_;
    const std::string path_;
    // Shared with answers that come when this is gone.
    const std::shared_ptr<SideLink> link_ = std::make_shared<SideLink>("jobs", "database");
    const std::shared_ptr<std::atomic<std::size_t>> asking_ =
        std::make_shared<std::atomic<std::size_t>>(0);
};

}  // namespace

std::shared_ptr<HealthSource> open_health_source(std::shared_ptr<JobStore> jobs,
                                                 const Stores& side,
                                                 const std::string& path) {
    return std::make_shared<SqliteHealthSource>(std::move(jobs), side, path);
}

}  // namespace toril::sqlite_side
