#include "redis/pipeline.hpp"

#include "redis/encode.hpp"
#include "redis/error_reply.hpp"

#include <algorithm>
#include <string_view>
#include <utility>

namespace toril::redis {
namespace {

// Deadlines are looked at in steps of this: they end that much late at most, and a crowd of
// them with slightly different ones is not walked through once for each.
constexpr Millis deadline_step{8};

constexpr std::size_t slots_kept_max = 16'384;

Error not_sent(const Command& command, const std::string& reason) {
    std::string message = "not sent within " + std::to_string(command.timeout.count()) + " ms";
    if (!reason.empty()) message += ": " + reason;
    return {ErrorCode::unavailable, std::move(message)};
}

// Why a command that waits has ended: the truth about one that has been written before.
Error ended(const Command& command, const Error& error) {
    if (!command.maybe_ran) return error;
    return {ErrorCode::outcome_unknown, "sent, but not answered or repeated: " + error.message()};
}

Error not_answered(const Command& command) {
    return {ErrorCode::timed_out,
            "no answer from redis within " + std::to_string(command.timeout.count()) + " ms"};
}

}  // namespace

void Settled::deliver() {
    if (on_reply) {
        on_reply(std::move(answer));
    } else if (batch) {
        if (answer)
            batch->on_replies(std::move(batch->replies));
        else
            batch->on_replies(answer.error());
    }
}

// Tells the caller. The command keeps its place and its bytes, but nobody waits any more.
void Pipeline::settle(Command& command, Result<Reply> answer) {
    if (command.has_caller())
        settled_.push_back(
            {std::move(command.on_reply), std::move(command.batch), std::move(answer)});
    command.on_reply = nullptr;
    command.batch.reset();
}

void Pipeline::note_deadline(const Command& command) noexcept {
    next_deadline_ = std::min(next_deadline_, command.deadline);
}

void Pipeline::submit(Command&& command, SteadyTime now) {
    if (waiting_.size() >= limits_.waiting_max ||
        waiting_bytes_ + command.payload.size() > limits_.waiting_bytes_max) {
        settle(command,
               Error(ErrorCode::limit_reached,
                     std::to_string(waiting_.size()) + " commands of " +
                         std::to_string(waiting_bytes_) + " bytes wait for redis already"));
        return;
    }
    command.deadline = now + command.timeout;
    note_deadline(command);
    waiting_bytes_ += command.payload.size();
    waiting_.push_back(std::move(command));
}

void Pipeline::submit_first(Command&& command) {
    command.deadline = SteadyTime::max();
    wait_first(std::move(command));
}

void Pipeline::wait_first(Command&& command) {
    waiting_bytes_ += command.payload.size();
    waiting_.push_front(std::move(command));
}

void Pipeline::append_script(const Command& command, std::string& out) {
    const bool whole = command.whole_script || !known_.contains(command.script);
    out.append(CountHeader('*', command.script_arguments).view());
    append_bulk(out, whole ? "EVAL" : "EVALSHA");
    append_bulk(out, whole ? command.script->source() : std::string_view(command.script->sha1()));
    // The server runs in order: what follows on this link finds it. If this EVAL is refused
    // before it is remembered, NOSCRIPT says so.
    if (whole) known_.insert(command.script);
}

bool Pipeline::may_fill() const noexcept {
    return !waiting_.empty() && in_flight_.size() < limits_.in_flight_max &&
           in_flight_bytes_ <= limits_.in_flight_bytes_max;
}

void Pipeline::fill(std::string& out, std::size_t bytes_max, SteadyTime now) {
    const std::size_t before = out.size();
    while (may_fill() && out.size() - before < bytes_max) {
        Command& command = in_flight_.push_back(waiting_.pop_front());
        const std::size_t begin = out.size();
        waiting_bytes_ -= command.payload.size();
        in_flight_bytes_ += command.payload.size();
        if (command.script != nullptr) append_script(command, out);
        out += command.payload;
        command.wire_begin = filled_;
        filled_ += out.size() - begin;
        command.wire_end = filled_;
        command.sent_at = now;
    }
    if (waiting_.empty()) waiting_.shrink(slots_kept_max);
}

Command Pipeline::pop_in_flight() {
    Command command = in_flight_.pop_front();
    in_flight_bytes_ -= command.payload.size();
    if (in_flight_.empty()) in_flight_.shrink(slots_kept_max);
    return command;
}

// The server has forgotten the script: nothing ran, so it goes again with its text.
bool Pipeline::retry_whole(Command& command, const Value& answer) {
    if (command.script == nullptr || command.whole_script || !command.has_caller()) return false;
    if (error_reply_code(answer.text()) != "NOSCRIPT") return false;
    known_.erase(command.script);
    command.whole_script = true;
    waiting_bytes_ += command.payload.size();
    waiting_.push_back(std::move(command));  // at the end: several keep their order
    return true;
}

bool Pipeline::on_reply(Reply&& reply) {
    if (in_flight_.empty()) return false;
    Command& oldest = in_flight_.front();
    if (oldest.replies_left > 1 || oldest.batch) {
        if (oldest.batch) oldest.batch->replies.push_back(std::move(reply));
        if (--oldest.replies_left > 0) return true;
        Command command = pop_in_flight();
        settle(command, Reply{});
        return true;
    }
    Command command = pop_in_flight();
    const Value root = reply.root();
    if (!root.is_error()) {
        settle(command, std::move(reply));
    } else if (!retry_whole(command, root)) {
        std::optional<Error> error = error_of_reply(root.text());
        if (error)
            settle(command, std::move(*error));
        else
            settle(command, std::move(reply));
    }
    return true;
}

bool Pipeline::on_confirmation() {
    if (in_flight_.empty() || in_flight_.front().confirmations == 0) return false;
    if (--in_flight_.front().confirmations > 0) return true;
    Command command = pop_in_flight();
    settle(command, Reply{});
    return true;
}

bool Pipeline::goes_back(const Command& command, std::uint64_t written) const noexcept {
    if (!command.has_caller()) return false;
    if (command.batch)
        return command.batch->replies.empty() &&
               (command.wire_begin >= written || command.idempotent);
    return command.wire_end > written || command.idempotent;
}

void Pipeline::on_lost(std::uint64_t written, bool poisoned, const std::string& reason) {
    const Error unknown(ErrorCode::outcome_unknown,
                        "the link was lost before the answer: " + reason);
    std::vector<Command> back;
    while (!in_flight_.empty()) {
        Command command = pop_in_flight();
        if (!poisoned && goes_back(command, written)) {
            command.maybe_ran = command.maybe_ran || command.wire_end <= written;
            back.push_back(std::move(command));
        } else {
            settle(command, unknown);
        }
        poisoned = false;
    }
    for (; !back.empty(); back.pop_back())
        wait_first(std::move(back.back()));
    known_.clear();
    filled_ = 0;
}

std::size_t Pipeline::expire(SteadyTime now, const std::string& reason) {
    if (now < next_deadline_) return 0;
    std::size_t expired = 0;
    next_deadline_ = SteadyTime::max();
    for (std::size_t i = 0; i < in_flight_.size(); ++i) {
        Command& command = in_flight_[i];
        if (!command.has_caller()) continue;
        if (command.deadline > now) {
            note_deadline(command);
            continue;
        }
        settle(command, not_answered(command));
        ++expired;
    }
    for (std::size_t left = waiting_.size(); left > 0; --left) {
        Command command = waiting_.pop_front();
        if (command.deadline > now) {
            note_deadline(command);
            waiting_.push_back(std::move(command));
            continue;
        }
        waiting_bytes_ -= command.payload.size();
        settle(command, ended(command, not_sent(command, reason)));
    }
    if (next_deadline_ != SteadyTime::max())
        next_deadline_ = std::max(next_deadline_, now + deadline_step);
    return expired;
}

void Pipeline::fail_waiting(const Error& error) {
    while (!waiting_.empty()) {
        Command command = waiting_.pop_front();
        settle(command, ended(command, error));
    }
    waiting_bytes_ = 0;
}

void Pipeline::fail_unsent(const Error& error) {
    for (std::size_t left = waiting_.size(); left > 0; --left) {
        Command command = waiting_.pop_front();
        if (command.maybe_ran) {
            waiting_.push_back(std::move(command));
            continue;
        }
        waiting_bytes_ -= command.payload.size();
        settle(command, error);
    }
}

void Pipeline::fail_all(const std::string& reason) {
    while (!in_flight_.empty()) {
        Command command = pop_in_flight();
        settle(command, Error(ErrorCode::outcome_unknown, "sent and not answered: " + reason));
    }
    fail_waiting({ErrorCode::cancelled, "not sent: " + reason});
}

}  // namespace toril::redis
