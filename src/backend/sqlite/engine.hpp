#pragma once

// An open store: its files, its three threads with a connection each, and who waits.
//
//     writer   all changes, in groups            writer.hpp
//     reader   all questions                     reader.hpp
//     waker    other processes, and time         waker.hpp
//
// Each thread keeps the engine alive, so that a Done may drop the last handle to the store.

#include "backend/sqlite/operations.hpp"
#include "backend/sqlite/reader.hpp"
#include "backend/sqlite/sqlite_store.hpp"
#include "backend/sqlite/waker.hpp"
#include "backend/sqlite/writer.hpp"

#include <map>
#include <memory>
#include <thread>
#include <vector>

namespace toril::sqlite {

class Engine : public std::enable_shared_from_this<Engine> {
public:
    static Result<std::shared_ptr<Engine>> open(const SqliteOptions& options);

    explicit Engine(const SqliteOptions& options);

    contract::Durability durability() const { return options_.durability; }
    const std::string& path() const { return options_.path; }
    std::uint64_t commits() const { return writer_.figures().commits.load(); }

    WorkQueue& writer() { return writer_.queue(); }
    WorkQueue& reader() { return reader_.queue(); }
    std::unique_ptr<contract::Watcher> watch(contract::WatchParams params);
    bool is_alive(std::int64_t process) const { return files_.live.is_alive(process); }
    std::unique_ptr<Wakeups::EventWatcher> watch_events(std::string queue) {
        return wakeups_->watch_events(std::move(queue));
    }

    /// Looks for dead processes now, and gives the ids of those jobs of a queue that came back
    /// from the dead since it was last asked. On the writer's thread.
    std::vector<JobId> recover_dead(Session& session, const contract::StalledParams& params);

    /// From any thread, the store's own included. Later calls return at once.
    Status close(Millis deadline);

private:
    Status prepare();
    Status open_connections();
    Status enter();
    Status enter_full_disk();
    void fill_reserve();
    void compare_mark();
    void start_threads();
    void recover(Session& session, const std::vector<std::int64_t>& processes);

    // Sessions and what they work with; each belongs to one thread once the threads run.
    struct Sessions {
        explicit Sessions(const SqliteOptions& options);

        Session write;
        Session read;
        Session wake;
    };

    const SqliteOptions options_;
    const base::Logger log_;
    StoreFiles files_;
    Sessions sessions_;
    Writer writer_;
    Reader reader_;
    Waker waker_;
    std::shared_ptr<Wakeups> wakeups_;
    // The writer's thread only: jobs that came back, by queue, not yet reported.
    std::map<std::string, std::vector<JobId>> came_back_{};

    base::Mutex mutex_;
    std::vector<std::thread> threads_ TORIL_GUARDED_BY(mutex_){};
};

}  // namespace toril::sqlite
