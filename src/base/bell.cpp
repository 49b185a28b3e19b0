#include "base/bell.hpp"

#include <utility>

namespace toril::base {
namespace {

Error interrupted() {
    return {ErrorCode::cancelled, "the wait was interrupted"};
}

}  // namespace

std::uint64_t Bell::wait(Done done) {
    bool is_interrupted = false;
    {
        MutexLock lock(mutex_);
        is_interrupted = interrupted_;
        if (!is_interrupted && !rung_) {
            done_ = std::move(done);
            return ++number_;
        }
        rung_ = false;
    }
    if (is_interrupted)
        done(interrupted());
    else
        done({});
    return 0;
}

void Bell::ring() {
    Done done;
    {
        MutexLock lock(mutex_);
        done = std::exchange(done_, nullptr);
        if (!done) rung_ = true;
    }
    if (done) done({});
}

void Bell::expire(std::uint64_t number) {
    Done done;
    {
        MutexLock lock(mutex_);
        if (number == number_) done = std::exchange(done_, nullptr);
    }
    if (done) done({});
}

void Bell::interrupt() {
    Done done;
    {
        MutexLock lock(mutex_);
        interrupted_ = true;
        done = std::exchange(done_, nullptr);
    }
    if (done) done(interrupted());
}

}  // namespace toril::base
