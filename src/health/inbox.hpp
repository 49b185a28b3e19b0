#pragma once

// What reaches the thread of a Health: answers of the store, and that there is something to look
// at. Answers may come after the Health has ended, so they own this.

#include "base/mutex.hpp"
#include "health/server_info.hpp"
#include "health/store_judge.hpp"

#include <toril/error.hpp>

#include <optional>
#include <utility>
#include <vector>

namespace toril::health {

struct Answer {
    enum class To : unsigned char { ping, write, facts };
    To to = To::ping;
    std::optional<Error> error{};
    std::chrono::microseconds rtt{0};  // of a ping
    Facts facts{};
};

/// Threads: one takes, any others put.
class Inbox {
public:
    struct Mail {
        std::vector<Answer> answers{};
        bool links_changed = false;  // a link, or what it is refused
        bool news = false;           // something else
        bool stopping = false;
    };

    void put(Answer answer) {
        base::MutexLock lock(mutex_);
        mail_.answers.push_back(std::move(answer));
        changed_.notify_one();
    }
    void note_links() {
        base::MutexLock lock(mutex_);
        mail_.links_changed = true;
        changed_.notify_one();
    }
    void note_news() {
        base::MutexLock lock(mutex_);
        mail_.news = true;
        changed_.notify_one();
    }
    void stop() {
        base::MutexLock lock(mutex_);
        mail_.stopping = true;
        changed_.notify_one();
    }

    /// All there is, at the latest at `by`.
    Mail take(SteadyTime by) {
        base::MutexLock lock(mutex_);
        while (is_empty() && std::chrono::steady_clock::now() < by)
            changed_.wait_until(mutex_, by);
        Mail mail = std::exchange(mail_, Mail{});
        mail_.stopping = mail.stopping;
        return mail;
    }

private:
    bool is_empty() const TORIL_REQUIRES(mutex_) {
        return mail_.answers.empty() && !mail_.links_changed && !mail_.news && !mail_.stopping;
    }

    base::Mutex mutex_{};
    base::Condition changed_{};
    Mail mail_ TORIL_GUARDED_BY(mutex_){};
};

}  // namespace toril::health
