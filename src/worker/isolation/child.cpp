// In the child process. Two threads: this one runs the handler; another reads what the worker
// says, so that a request to stop reaches a handler that is busy.

#include "worker/isolation/child.hpp"

#include "base/mutex.hpp"
#include "worker/attempt.hpp"
#include "worker/isolation/frames.hpp"

#include <unistd.h>

#include <cstdio>
#include <deque>
#include <optional>
#include <stop_token>
#include <thread>
#include <utility>

namespace toril::worker {
namespace {

// What the worker said, in order, but for `stop`, which goes to the run at once.
class Inbox {
public:
    explicit Inbox(int socket) : socket_(socket) {}

    // Of its own thread. Ends the process with the connection.
    [[noreturn]] void read_all() {
        FrameReader reader;
        while (reader.read(socket_, true) == FrameReader::Read::some) {
            while (auto frame = reader.next())
                receive(std::move(*frame));
            if (reader.is_broken()) break;
        }
        std::fflush(nullptr);
        ::_exit(0);
    }

    Frame wait() {
        std::unique_lock lock(mutex_);
        received_.wait(lock, [this] { return !frames_.empty(); });
        Frame frame = std::move(frames_.front());
        frames_.pop_front();
        return frame;
    }

    std::stop_token stop_token() const {
        base::MutexLock lock(mutex_);
        return stop_.get_token();
    }

private:
    void receive(Frame frame) {
        std::stop_source stop(std::nostopstate);
        {
            base::MutexLock lock(mutex_);
            if (frame.kind == FrameKind::stop) {
                stop = stop_;
            } else {
                if (frame.kind == FrameKind::job) stop_ = std::stop_source();
                frames_.push_back(std::move(frame));
                received_.notify_one();
            }
        }
        stop.request_stop();  // calls the handler's own code
    }

    const int socket_;
    mutable base::Mutex mutex_;
    base::Condition received_;
    std::deque<Frame> frames_ TORIL_GUARDED_BY(mutex_);
    std::stop_source stop_ TORIL_GUARDED_BY(mutex_);
};

class ChildJobContext final : public JobContext {
public:
    ChildJobContext(Job job, Inbox& inbox, int socket)
        : job_(std::move(job)), inbox_(inbox), socket_(socket), stop_(inbox.stop_token()) {}

    const Job& job() const noexcept override { return job_; }
    std::stop_token stop_token() const noexcept override { return stop_; }
    Status progress(const Json& value) override {
        return request(FrameKind::progress, value.text());
    }
    Status log(std::string_view row) override { return request(FrameKind::log, row); }
    Status update_data(const Json& data) override {
        return request(FrameKind::update_data, data.text());
    }
    Status extend_lock() override { return request(FrameKind::extend_lock, {}); }

private:
    Status request(FrameKind kind, std::string_view body) {
        if (!send_frame(socket_, kind, body))
            return Error(ErrorCode::cancelled, "the worker is gone");
        auto status = decode_status(inbox_.wait().body);
        if (!status) return Error(ErrorCode::corrupt, "the worker's answer cannot be read");
        return std::move(*status);
    }

    const Job job_;
    Inbox& inbox_;
    const int socket_;
    const std::stop_token stop_;
};

}  // namespace

void run_child(int socket, const Handler& handler) {
    Inbox inbox(socket);
    std::thread([&inbox] { inbox.read_all(); }).detach();
    for (;;) {
        std::optional<Job> job = decode_job(inbox.wait().body);
        if (!job) ::_exit(1);
        Attempt attempt;
        {
            ChildJobContext context(std::move(*job), inbox, socket);
            attempt = run_handler(handler, context);
        }
        std::fflush(nullptr);  // what the handler printed is out before its job is done
        if (!send_frame(socket, FrameKind::result, encode_attempt(attempt))) ::_exit(1);
    }
}

}  // namespace toril::worker
