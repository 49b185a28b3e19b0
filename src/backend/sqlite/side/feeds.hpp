#pragma once

// What is told to those who listen: changes of caches by others, and locks that were taken.
//
// News are numbered rows. `tick` says whether rows are to be read; `tell` hands them over. When the
// number of the latest news is that of the last row told, nothing has been missed up to now.

#include "backend/sqlite/side/news_table.hpp"
#include "backend/sqlite/side/task.hpp"
#include "base/mutex.hpp"
#include "contract/cache_store.hpp"
#include "contract/lock_store.hpp"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace toril::sqlite_side {

/// One look at the news.
struct NewsPage {
    SteadyTime at{};            // everything before it is in the file
    std::string incarnation{};  // of the file
    std::int64_t oldest = 0;
    std::int64_t latest = 0;
    std::vector<NewsRow> rows{};
};

/// Threads: `listen` and `hear_of_taken` from any; the others from the listener's thread.
/// Listeners are called with no lock held.
class Feeds {
public:
    explicit Feeds(std::string prefix) : prefix_(std::move(prefix)) {}

    void listen(std::string cache, std::weak_ptr<contract::CacheListener> listener);
    void hear_of_taken(std::weak_ptr<contract::OnTaken> listener);
    /// Nobody listens any more.
    void close();

    /// Whether somebody listens. Forgets those who are gone.
    bool is_empty();

    /// `latest`: the number of the latest news at `now`, as far as it is known without a look at
    /// the file. True: a look is needed, at what comes after `told()`.
    bool tick(std::int64_t latest, SteadyTime now);
    std::int64_t told() const { return told_; }
    /// True: there is more to be read.
    bool tell(const NewsPage& page);
    /// Of this process, on any thread; empty: some may have been.
    void tell_of_taken(const std::string& key);
    /// Whether caches are listened for, whose listeners count on being told in time.
    bool is_urgent();

private:
    struct Feed {
        std::string cache{};
        std::weak_ptr<contract::CacheListener> listener{};
        SteadyTime since{};
        bool began = false;
    };
    struct Heard {
        std::shared_ptr<contract::CacheListener> listener{};
        std::string cache{};
    };

    std::vector<Heard> hearers();
    bool begin_new(SteadyTime read_at);
    void tell_row(const NewsRow& row, const std::vector<Heard>& to);

    const std::string prefix_;

    mutable base::Mutex mutex_;
    std::vector<Feed> feeds_ TORIL_GUARDED_BY(mutex_){};
    std::vector<std::weak_ptr<contract::OnTaken>> on_taken_ TORIL_GUARDED_BY(mutex_){};
    bool has_new_ TORIL_GUARDED_BY(mutex_) = false;  // somebody waits for the first look

    // The listener's thread only.
    std::string incarnation_{};  // of the file that was read; empty: none
    std::int64_t told_ = 0;      // the last row
};

}  // namespace toril::sqlite_side
