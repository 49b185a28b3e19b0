#pragma once

#include "base/fallback_board.hpp"
#include "lock/core.hpp"
#include "scripted_lock_store.hpp"

#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>

namespace toril::lock {

using support::Signal;

/// A core on a store of the test's, with locks of the host in a folder of the test's.
class CoreTest : public testing::Test {
protected:
    CoreTest() {
        std::string name = (std::filesystem::temp_directory_path() / "toril-lock-XXXXXX").string();
        folder_ = ::mkdtemp(name.data());
        ::setenv("XDG_RUNTIME_DIR", folder_.c_str(), 1);
        core = open_core();
    }
    ~CoreTest() override {
        core.reset();
        ::unsetenv("XDG_RUNTIME_DIR");
        std::filesystem::remove_all(folder_);
    }

    /// Another process' view of the same store, so to say.
    std::shared_ptr<Core> open_core() {
        return std::make_shared<Core>(Surroundings{
            .store = store,
            .board = board,
            .name = "store",
            .log = [this](const LogRecord& record) { events[std::string(record.event)].raise(); }});
    }

    LockAnswer acquire(const LockOptions& options = {}, const std::string& key = "k") {
        return acquire(*core, options, key);
    }
    static LockAnswer acquire(Core& with,
                              const LockOptions& options,
                              const std::string& key = "k") {
        Result<LockAnswer> answer = with.acquire(key, options);
        if (answer) return std::move(*answer);
        ADD_FAILURE() << answer.error().message();
        return {};
    }

    std::shared_ptr<ScriptedLockStore> store = std::make_shared<ScriptedLockStore>();
    std::shared_ptr<base::FallbackBoard> board = std::make_shared<base::FallbackBoard>();
    // Log records by name; each test knows which there may be.
    std::map<std::string, Signal> events = [] {
        std::map<std::string, Signal> all;
        for (const char* event : {"lock.lost", "lock.store_away", "lock.store_back"})
            all[event];
        return all;
    }();
    std::shared_ptr<Core> core;

private:
    std::filesystem::path folder_;
};

/// Tells when a token is asked to stop.
class Stopped {
public:
    explicit Stopped(const Lock& lock) : Stopped(lock.stop_token()) {}
    explicit Stopped(std::stop_token token)
        : callback_(std::move(token), [this] { signal_.raise(); }) {}

    bool wait() { return signal_.wait(); }
    bool is_asked() const { return signal_.count() > 0; }

private:
    Signal signal_{};
    std::stop_callback<std::function<void()>> callback_;
};

}  // namespace toril::lock
