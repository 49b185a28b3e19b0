// In the child process. Two threads: this one runs the handler; another reads what the worker
// says, so that a request to stop reaches a handler that is busy.

#include "worker/isolation/child.hpp"

#include "base/mutex.hpp"
#include "worker/attempt.hpp"
#include "worker/isolation/frames.hpp"
#include "worker/moving_context.hpp"

#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <deque>
#include <map>
#include <optional>
#include <stop_token>
#include <string>
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

class ChildJobContext final : public MovingContext {
public:
    ChildJobContext(Job job, Inbox& inbox, int socket)
        : job_(std::move(job)), inbox_(inbox), socket_(socket), stop_(inbox.stop_token()) {}

    const Job& job() const noexcept override { return job_; }
    std::stop_token stop_token() const noexcept override { return stop_; }
    Status progress(const Json& value) override { return tell(FrameKind::progress, value.text()); }
    Status log(std::string_view row) override { return tell(FrameKind::log, row); }
    Status update_data(const Json& data) override {
        return tell(FrameKind::update_data, data.text());
    }
    Status extend_lock() override { return tell(FrameKind::extend_lock, {}); }

    Result<std::map<std::string, Json>> children_values() override {
        return ask_pairs<Json>(FrameKind::children_values,
                               [](std::string text) { return Json::unchecked(std::move(text)); });
    }
    Result<std::map<std::string, std::string>> ignored_children_failures() override {
        return ask_pairs<std::string>(FrameKind::ignored_children,
                                      [](std::string text) { return text; });
    }
    Result<std::uint64_t> pending_children() override {
        const Answer answer = ask(FrameKind::pending_children, {});
        if (!answer) return answer.error();
        return answer->empty() ? 0 : std::strtoull(answer->front().c_str(), nullptr, 10);
    }

private:
    Answer ask(FrameKind kind, std::string_view body) {
        if (!send_frame(socket_, kind, body))
            return Error(ErrorCode::cancelled, "the worker is gone");
        auto answer = decode_answer(inbox_.wait().body);
        if (!answer) return Error(ErrorCode::corrupt, "the worker's answer cannot be read");
        return std::move(*answer);
    }

    Status tell(FrameKind kind, std::string_view body) {
        const Answer answer = ask(kind, body);
        return answer ? Status{} : Status(answer.error());
    }

    template <class Value, class Read>
    Result<std::map<std::string, Value>> ask_pairs(FrameKind kind, Read read) {
        Answer answer = ask(kind, {});
        if (!answer) return answer.error();
        std::map<std::string, Value> pairs;
        for (std::size_t i = 0; i + 1 < answer->size(); i += 2)
            pairs.emplace(std::move((*answer)[i]), read(std::move((*answer)[i + 1])));
        return pairs;
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
