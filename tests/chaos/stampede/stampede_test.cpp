// However many ask for a key that is not there, at the same time and in different processes, it is
// loaded once, and all get what was loaded.

#include "base/uuid.hpp"
#include "support/redis_server.hpp"

#include <toril/cache.hpp>
#include <toril/store.hpp>

#include <gtest/gtest.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <csignal>
#include <filesystem>
#include <string>
#include <thread>
#include <vector>

namespace toril::testing {
namespace {

constexpr int processes = 4;
constexpr int threads = 250;  // in each process

// Two ends that are closed with it.
struct Pipe {
    Pipe() { EXPECT_EQ(::pipe(ends.data()), 0); }
    ~Pipe() {
        close_end(0);
        close_end(1);
    }
    Pipe(const Pipe&) = delete;
    Pipe& operator=(const Pipe&) = delete;

    void close_end(std::size_t end) {
        if (ends[end] >= 0) ::close(ends[end]);
        ends[end] = -1;
    }
    void write_byte() const { EXPECT_EQ(::write(ends[1], "x", 1), 1); }
    /// All bytes until the other end is closed everywhere.
    std::size_t count_to_end() const {
        std::size_t bytes = 0;
        std::array<char, 4096> buffer{};
        for (ssize_t got = 0; (got = ::read(ends[0], buffer.data(), buffer.size())) > 0;)
            bytes += static_cast<std::size_t>(got);
        return bytes;
    }
    bool wait_byte() const {
        pollfd file{ends[0], POLLIN, 0};
        char byte = 0;
        return ::poll(&file, 1, 60'000) == 1 && ::read(ends[0], &byte, 1) == 1;
    }
    void wait_for_close() const {
        char byte = 0;
        [[maybe_unused]] const ssize_t got = ::read(ends[0], &byte, 1);
    }

    std::array<int, 2> ends{-1, -1};
};

struct Meeting {
    Pipe ready{};  // a byte a process that is about to ask
    Pipe go{};     // closed: ask
    Pipe loads{};  // a byte a load
};

// All that a child process does. Its exit code is how many of its threads got something else.
int ask_all_at_once(const std::string& url, const std::string& prefix, const Meeting& meeting) {
    const Result<Store> store = Store::open(url, {.prefix = prefix});
    if (!store) return 255;
    // Patient: on a busy machine a store that is slow is not away.
    Result<Cache> cache = Cache::open(*store, {.store_timeout = Millis{30'000}});
    if (!cache) return 255;
    std::atomic<int> wrong = 0;
    std::atomic<bool> may_ask = false;
    std::vector<std::thread> askers;
    for (int i = 0; i < threads; ++i)
        askers.emplace_back([&] {
            may_ask.wait(false);
            const Result<CacheValue> value = cache->get_or_set("key", [&]() -> Result<Loaded> {
                meeting.loads.write_byte();
                return Loaded("loaded");
            });
            if (!value || value->bytes() != "loaded") ++wrong;
        });
    meeting.ready.write_byte();
    meeting.go.wait_for_close();
    may_ask = true;
    may_ask.notify_all();
    for (std::thread& asker : askers)
        asker.join();
    return wrong > 254 ? 254 : wrong.load();
}

std::size_t loads_of_a_stampede(const std::string& url) {
    const std::string prefix = "stampede-" + base::make_uuid();
    Meeting meeting;
    std::vector<pid_t> children;
    for (int i = 0; i < processes; ++i) {
        const pid_t child = ::fork();
        if (child == 0) {
            meeting.go.close_end(1);
            ::_exit(ask_all_at_once(url, prefix, meeting));
        }
        children.push_back(child);
    }
    for (int i = 0; i < processes; ++i)
        EXPECT_TRUE(meeting.ready.wait_byte()) << "process " << i << " did not start";
    meeting.go.close_end(1);
    for (const pid_t child : children) {
        int status = -1;
        ::waitpid(child, &status, 0);
        EXPECT_TRUE(WIFEXITED(status));
        EXPECT_EQ(WEXITSTATUS(status), 0) << "threads without the value";
    }
    meeting.loads.close_end(1);
    return meeting.loads.count_to_end();
}

TEST(Stampede, OfAThousandThreadsInFourProcessesLoadsOnceOnRedis) {
    const RedisServer server;

    EXPECT_EQ(loads_of_a_stampede(server.url()), 1u);
}

TEST(Stampede, OfAThousandThreadsInFourProcessesLoadsOnceOnSqlite) {
    const std::filesystem::path folder =
        std::filesystem::temp_directory_path() / ("toril-stampede-" + base::make_uuid());
    std::filesystem::create_directories(folder);

    EXPECT_EQ(loads_of_a_stampede("sqlite:" + (folder / "jobs.db").string()), 1u);
    std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace toril::testing
