#include "worker/isolation/process_executor.hpp"

#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <map>
#include <stop_token>
#include <string>
#include <utility>

namespace toril::worker {
namespace {

// A child that does not read for this long is stuck below its reader thread: stopped, perhaps.
constexpr timeval send_timeout{.tv_sec = 10, .tv_usec = 0};

void wake(int eventfd) {
    ::eventfd_write(eventfd, 1);
}

Attempt failure(std::string reason) {
    return {Error(ErrorCode::failed, std::move(reason)), {}};
}

std::string signal_name(int number) {
    const char* name = ::sigabbrev_np(number);
    return name ? std::string("SIG") + name : "signal " + std::to_string(number);
}

std::string death(int status) {
    if (WIFSIGNALED(status)) return "handler died: " + signal_name(WTERMSIG(status));
    return "handler died: it ended its process with exit code " +
           std::to_string(WEXITSTATUS(status));
}

Answer without_texts(const Status& status) {
    return status ? Answer(std::vector<std::string>{}) : Answer(status.error());
}

const std::string& text_of(const std::string& text) {
    return text;
}

const std::string& text_of(const Json& json) {
    return json.text();
}

template <class Value>
Answer pairs(const Result<std::map<std::string, Value>>& map) {
    if (!map) return map.error();
    std::vector<std::string> texts;
    texts.reserve(2 * map->size());
    for (const auto& [key, value] : *map) {
        texts.push_back(key);
        texts.push_back(text_of(value));
    }
    return texts;
}

Answer number(const Result<std::uint64_t>& count) {
    if (!count) return count.error();
    return std::vector<std::string>{std::to_string(*count)};
}

// Empty: no request.
std::optional<Answer> answer_of(const Frame& request, JobContext& context) {
    const std::string& body = request.body;
    switch (request.kind) {
        case FrameKind::progress: return without_texts(context.progress(Json::unchecked(body)));
        case FrameKind::log: return without_texts(context.log(body));
        case FrameKind::update_data:
            return without_texts(context.update_data(Json::unchecked(body)));
        case FrameKind::extend_lock: return without_texts(context.extend_lock());
        case FrameKind::children_values: return pairs(context.children_values());
        case FrameKind::ignored_children: return pairs(context.ignored_children_failures());
        case FrameKind::pending_children: return number(context.pending_children());
        default: return std::nullopt;
    }
}

}  // namespace

Result<std::shared_ptr<ProcessExecutor>> ProcessExecutor::start(const Handler& handler,
                                                                Millis kill_after) {
    auto zygote = Zygote::start(handler);
    if (!zygote) return zygote.error();
    std::shared_ptr<ProcessExecutor> executor(new ProcessExecutor(kill_after));
    base::MutexLock lock(executor->mutex_);
    executor->zygote_ = std::move(*zygote);
    return executor;
}

Attempt ProcessExecutor::run(RunningJob& job, MovingContext& context) {
    auto slot = begin(encode_job(context.job()));
    if (!slot) return {slot.error(), {}};
    const int eventfd = (*slot)->wake.get();
    {
        base::MutexLock lock(mutex_);
        waiting_.insert(eventfd);
    }
    Attempt attempt;
    {
        const std::stop_callback on_stop(job.stop.get_token(), [eventfd] { wake(eventfd); });
        attempt = follow(**slot, job, context);
    }
    base::MutexLock lock(mutex_);
    waiting_.erase(eventfd);
    if (!(*slot)->ended && zygote_) idle_.push_back(std::move(*slot));
    return attempt;
}

// A child that has been given the job. An idle one may have died meanwhile: then another.
Result<ProcessExecutor::SlotPtr> ProcessExecutor::begin(const std::string& job) {
    for (;;) {
        SlotPtr slot = take_idle();
        const bool fresh = !slot;
        if (fresh) {
            auto made = make_slot();
            if (!made) return made.error();
            slot = std::move(*made);
        }
        if (send_frame(slot->socket.get(), FrameKind::job, job)) return slot;
        const int status = end(*slot);
        if (fresh) return Error(ErrorCode::failed, death(status));
    }
}

ProcessExecutor::SlotPtr ProcessExecutor::take_idle() {
    base::MutexLock lock(mutex_);
    if (idle_.empty()) return nullptr;
    SlotPtr slot = std::move(idle_.back());
    idle_.pop_back();
    return slot;
}

Result<ProcessExecutor::SlotPtr> ProcessExecutor::make_slot() {
    std::shared_ptr<Zygote> zygote;
    {
        base::MutexLock lock(mutex_);
        zygote = zygote_;
    }
    if (!zygote) return Error(ErrorCode::cancelled, "the worker is closed");
    auto slot = std::make_unique<Slot>();
    slot->wake = Fd(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
    if (slot->wake.get() < 0)
        return Error(ErrorCode::failed, "no file descriptor is left for an isolated handler");
    auto child = zygote->make_child();
    if (!child) return child.error();
    slot->pid = child->pid;
    slot->socket = std::move(child->socket);
    ::setsockopt(slot->socket.get(), SOL_SOCKET, SO_SNDTIMEO, &send_timeout, sizeof send_timeout);
    return slot;
}

// Relays what the handler says until it has returned, or its process has ended.
Attempt ProcessExecutor::follow(Slot& slot, RunningJob& job, JobContext& context) {
    Patience patience;
    for (;;) {
        if (auto attempt = serve(slot, context)) return std::move(*attempt);
        int timeout = -1;
        if (patience.asked) {
            const auto left =
                std::chrono::ceil<Millis>(patience.kill_at - SteadyClock::now()).count();
            timeout = static_cast<int>(std::clamp<std::int64_t>(left, 0, 60'000));
        }
        std::array<pollfd, 2> ready{pollfd{slot.socket.get(), POLLIN, 0},
                                    pollfd{slot.wake.get(), POLLIN, 0}};
        ::poll(ready.data(), ready.size(), timeout);
        if (ready[1].revents != 0) {
            eventfd_t count = 0;
            ::eventfd_read(slot.wake.get(), &count);
        }
        heed(slot, job, patience);
        const bool over = patience.asked && SteadyClock::now() >= patience.kill_at;
        const bool gone = ready[0].revents != 0 &&
                          slot.reader.read(slot.socket.get(), false) == FrameReader::Read::end;
        if (over || gone || slot.reader.is_broken()) return failure(death(end(slot)));
    }
}

// Passes on that the job is to stop, and notes when its process has to go.
void ProcessExecutor::heed(Slot& slot, const RunningJob& job, Patience& patience) const {
    if (!job.stop.stop_requested()) return;
    const auto now = SteadyClock::now();
    if (!patience.asked) {
        patience = {now + kill_after_, true};
        send_frame(slot.socket.get(), FrameKind::stop, {});
    }
    if (job.claimed) patience.kill_at = now;  // given up: nobody waits for what it returns
}

// Answers the requests that have arrived. The attempt, if the handler has returned.
std::optional<Attempt> ProcessExecutor::serve(Slot& slot, JobContext& context) {
    while (const auto frame = slot.reader.next()) {
        if (frame->kind == FrameKind::result) {
            auto attempt = decode_attempt(frame->body);
            if (!attempt) return failure("the handler's answer cannot be read");
            return attempt;
        }
        const auto answer = answer_of(*frame, context);
        if (answer && !send_frame(slot.socket.get(), FrameKind::reply, encode_answer(*answer)))
            break;
    }
    return std::nullopt;
}

int ProcessExecutor::end(Slot& slot) {
    std::shared_ptr<Zygote> zygote;
    {
        base::MutexLock lock(mutex_);
        zygote = zygote_;
    }
    slot.ended = true;
    return zygote ? zygote->end_child(slot.pid) : SIGKILL;
}

void ProcessExecutor::abandon() {
    base::MutexLock lock(mutex_);
    for (const int eventfd : waiting_)
        wake(eventfd);
}

void ProcessExecutor::close() {
    std::vector<SlotPtr> idle;
    std::shared_ptr<Zygote> zygote;  // ends after the lock, unless a run still uses it
    base::MutexLock lock(mutex_);
    idle.swap(idle_);
    zygote.swap(zygote_);
}

}  // namespace toril::worker
