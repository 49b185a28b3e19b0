#include "backend/sqlite/engine.hpp"

#include "backend/sqlite/schema.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <utility>

namespace toril::sqlite {
namespace {

constexpr int writer_cache_kib = 16 * 1024;
constexpr int reader_cache_kib = 2 * 1024;
// Jobs from dead processes that are remembered for a report, per queue.
constexpr std::size_t came_back_max = 10'000;
// Longest wait for other processes while opening.
constexpr Millis open_wait_max{10'000};

SqliteOptions with_clock(SqliteOptions options) {
    if (!options.clock) options.clock = base::wall_now;
    return options;
}

}  // namespace

Engine::Sessions::Sessions(const SqliteOptions& options)
    : write(options.prefix, options.clock),
      read(options.prefix, options.clock),
      wake(options.prefix, options.clock) {}

Engine::Engine(const SqliteOptions& options)
    : options_(with_clock(options)),
      log_(options_.log),
      files_{.reserve = Reserve(options_.path + "-reserve")},
      sessions_(options_),
      writer_(sessions_.write, files_, log_),
      reader_(sessions_.read),
      waker_(sessions_.wake, files_.live, log_),
      wakeups_(std::make_shared<Wakeups>(options_.clock, [this] { waker_.poke(); })) {}

Result<std::shared_ptr<Engine>> Engine::open(const SqliteOptions& options) {
    auto engine = std::make_shared<Engine>(options);
    if (Status prepared = engine->prepare(); !prepared) return prepared.error();
    const std::atomic<bool> never{false};
    if (Status turn = engine->files_.turn.take(open_wait_max, never); !turn) return turn.error();
    Status opened = engine->open_connections();
    if (opened) {
        engine->compare_mark();
        engine->fill_reserve();
        opened = engine->enter();
        if (!opened && opened.error().code() == ErrorCode::limit_reached)
            opened = engine->enter_full_disk();
    }
    engine->files_.turn.end();
    if (!opened) return opened.error();
    engine->start_threads();
    return engine;
}

// The files beside the database.
Status Engine::prepare() {
    const std::string& path = options_.path;
    if (Status folder = prepare_folder(path); !folder) return folder;
    if (Status made = create_database_file(path); !made) return made;
    if (Status turn = files_.turn.open(path + "-lock"); !turn) return turn;
    if (Status live = files_.live.open(path + "-live"); !live) return live;
    if (Status mark = files_.mark.open(path + "-mark"); !mark) return mark;
    auto wake = File::open(path + "-wake");
    if (!wake) return wake.error();
    files_.wake = std::move(*wake);
    return waker_.open(path, options_.use_inotify);
}

// REQUIRES: it is our turn. SQLite recovers what a crash left when it opens.
Status Engine::open_connections() {
    Database::Options options{.path = options_.path,
                              .full_sync = options_.durability == contract::Durability::fsync,
                              .cache_kib = writer_cache_kib};
    if (Status opened = sessions_.write.db.open(options); !opened) return opened;
    if (Status migrated = migrate(sessions_.write.db, options_.path); !migrated) return migrated;
    options.cache_kib = reader_cache_kib;
    if (Status opened = sessions_.read.db.open(options); !opened) return opened;
    return sessions_.wake.db.open(options);
}

// REQUIRES: it is our turn. Our row in `process`, and our byte in the live file.
Status Engine::enter() {
    Session& session = sessions_.write;
    session.db.execute("BEGIN IMMEDIATE");
    session.process = session.records.add_process(::getpid(), session.ms({}));
    const std::int64_t id = session.process;
    sessions_.read.process = id;
    sessions_.wake.process = id;
    session.records.count_commit();
    if (!session.db.failed())
        if (Status alive = files_.live.begin(id); !alive) return alive;
    session.db.execute("COMMIT");
    if (session.db.failed()) return session.db.failure();
    const Ledger ledger = session.records.ledger();
    files_.mark.write({ledger.store_id, ledger.commits});
    const char byte = 0;
    [[maybe_unused]] const auto written = ::pwrite(files_.wake.fd(), &byte, 1, 0);
    return {};
}

void Engine::fill_reserve() {
    if (!files_.reserve.is_full() && !files_.reserve.fill())
        log_(LogLevel::warning,
             "sqlite.no_reserve",
             "the store's disk is nearly full: there is no space for the reserve");
}

// What waits in a full store can still be worked off, with the space of log and reserve.
Status Engine::enter_full_disk() {
    Database& db = sessions_.write.db;
    db.roll_back();
    files_.reserve.release();
    db.checkpoint(Database::Checkpoint::truncate);
    db.reset_failure();
    return enter();
}

// A damaged log loses commits without a word from SQLite: it reads on as if they never were.
void Engine::compare_mark() {
    const Ledger ledger = sessions_.write.records.ledger();
    const auto mark = files_.mark.read();
    if (!mark || mark->store_id != ledger.store_id || mark->commits <= ledger.commits) return;
    log_(LogLevel::error,
         "sqlite.commits_lost",
         "the store \"" + options_.path + "\" has lost its latest " +
             std::to_string(mark->commits - ledger.commits) +
             " transactions: its write-ahead log was damaged or removed, or the power was cut "
             "while it was opened with durability=buffered",
         {{"lost", std::to_string(mark->commits - ledger.commits)},
          {"commits", std::to_string(ledger.commits)}});
}

void Engine::start_threads() {
    auto self = shared_from_this();
    writer_.set_listener([this](const std::vector<News>& news) { wakeups_->tell(news); });
    const auto on_dead = [this](const std::vector<std::int64_t>& dead) {
        writer_.queue().push(std::make_unique<Request<Status>>(
            [this, dead](Session& session) -> Status {
                recover(session, dead);
                return {};
            },
            [](const Status&) {}));
    };
    base::MutexLock lock(mutex_);
    threads_.emplace_back([self] { self->writer_.run(); });
    threads_.emplace_back([self] { self->reader_.run(); });
    threads_.emplace_back([self, on_dead] { self->waker_.run(*self->wakeups_, on_dead); });
}

std::unique_ptr<contract::Watcher> Engine::watch(contract::WatchParams params) {
    return wakeups_->watch(std::move(params));
}

std::vector<JobId> Engine::recover_dead(Session& session, const contract::StalledParams& params) {
    if (QueueRow* queue = session.queues.find(params.queue);
        queue != nullptr && queue->stalled_max != params.stalled_max) {
        session.queues.touch(*queue);
        queue->stalled_max = params.stalled_max;
    }
    recover(session, session.records.other_processes(session.process));
    const auto reported = came_back_.find(params.queue);
    if (reported == came_back_.end()) return {};
    std::vector<JobId> ids = std::move(reported->second);
    came_back_.erase(reported);
    return ids;
}

// Asked again here: only the byte says who is alive, and a process may have ended meanwhile.
void Engine::recover(Session& session, const std::vector<std::int64_t>& processes) {
    for (const std::int64_t process : processes) {
        if (process == session.process || files_.live.is_alive(process)) continue;
        const std::vector<Lost> lost = recover_process(session, process);
        if (lost.empty()) continue;
        log_(
            LogLevel::warning,
            "sqlite.process_died",
            "a process died with " + std::to_string(lost.size()) + " jobs in work; they wait again",
            {{"jobs", std::to_string(lost.size())}});
        for (const Lost& job : lost) {
            std::vector<JobId>& ids = came_back_[job.queue];
            if (ids.size() < came_back_max) ids.push_back(job.id);
        }
    }
}

Status Engine::close(Millis deadline) {
    const auto until = std::chrono::steady_clock::now() + deadline;
    std::vector<std::thread> ending;
    {
        base::MutexLock lock(mutex_);
        ending.swap(threads_);
    }
    writer_.queue().close(until);
    reader_.queue().close(until);
    writer_.stop();
    wakeups_->close();
    waker_.stop();
    for (std::thread& thread : ending) {
        // A Done may have dropped the last handle: its thread cannot wait for itself.
        if (thread.get_id() == std::this_thread::get_id())
            thread.detach();
        else
            thread.join();
    }
    return {};
}

}  // namespace toril::sqlite
