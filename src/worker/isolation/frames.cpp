#include "worker/isolation/frames.hpp"

#include <sys/socket.h>
#include <sys/uio.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

namespace toril::worker {
namespace {

constexpr std::size_t read_bytes = 64u * 1024;
// Room for what is around the texts.
constexpr std::size_t answer_bytes_max = frame_bytes_max - 1024;
// In place of an error's code, and of a move.
constexpr int fine = -1;
constexpr int none = -1;

class Writer {
public:
    Writer& number(std::int64_t value) {
        char bytes[sizeof value];
        std::memcpy(bytes, &value, sizeof value);
        out_.append(bytes, sizeof bytes);
        return *this;
    }
    Writer& text(std::string_view value) {
        const auto length = static_cast<std::uint32_t>(value.size());
        char bytes[sizeof length];
        std::memcpy(bytes, &length, sizeof length);
        out_.append(bytes, sizeof bytes).append(value);
        return *this;
    }
    Writer& texts(const std::vector<std::string>& values) {
        number(static_cast<std::int64_t>(values.size()));
        for (const std::string& value : values)
            text(value);
        return *this;
    }
    std::string take() { return std::move(out_); }

private:
    std::string out_;
};

// Past the end everything is 0 and empty, and `ok` says so.
class Reader {
public:
    explicit Reader(std::string_view in) : in_(in) {}

    std::int64_t number() {
        std::int64_t value = 0;
        take(sizeof value, &value);
        return value;
    }
    int integer() { return static_cast<int>(number()); }
    Timestamp time() { return Timestamp(Millis(number())); }
    std::string text() {
        std::uint32_t length = 0;
        take(sizeof length, &length);
        if (length > in_.size()) ok_ = false;
        if (!ok_) return {};
        std::string value(in_.substr(0, length));
        in_.remove_prefix(length);
        return value;
    }
    std::vector<std::string> texts() {
        std::vector<std::string> values;
        for (std::int64_t left = number(); left > 0 && ok_; --left)
            values.push_back(text());
        return values;
    }
    bool ok() const { return ok_ && in_.empty(); }

private:
    void take(std::size_t size, void* into) {
        if (in_.size() < size) ok_ = false;
        if (!ok_) return;
        std::memcpy(into, in_.data(), size);
        in_.remove_prefix(size);
    }

    std::string_view in_;
    bool ok_ = true;
};

}  // namespace

std::string encode_job(const Job& job) {
    return Writer()
        .text(job.id)
        .text(job.queue)
        .text(job.name)
        .text(job.data.text())
        .text(job.opts.text())
        .text(job.progress.text())
        .number(job.attempts_made)
        .number(job.attempts_started)
        .number(job.stalled_counter)
        .number(job.timestamp.time_since_epoch().count())
        .number(job.processed_on.time_since_epoch().count())
        .number(job.delay.count())
        .number(job.priority)
        .texts(job.stacktrace)
        .text(job.processed_by)
        .text(job.parent_key)
        .text(job.parent.text())
        .text(job.deduplication_id)
        .text(job.repeat_job_key)
        .text(job.deferred_failure)
        .take();
}

std::optional<Job> decode_job(std::string_view body) {
    Reader in(body);
    Job job;
    job.id = in.text();
    job.queue = in.text();
    job.name = in.text();
    job.data = Json::unchecked(in.text());
    job.opts = Json::unchecked(in.text());
    job.progress = Json::unchecked(in.text());
    job.state = JobState::active;
    job.attempts_made = in.integer();
    job.attempts_started = in.integer();
    job.stalled_counter = in.integer();
    job.timestamp = in.time();
    job.processed_on = in.time();
    job.delay = Millis(in.number());
    job.priority = in.integer();
    job.stacktrace = in.texts();
    job.processed_by = in.text();
    job.parent_key = in.text();
    job.parent = Json::unchecked(in.text());
    job.deduplication_id = in.text();
    job.repeat_job_key = in.text();
    job.deferred_failure = in.text();
    if (!in.ok()) return std::nullopt;
    return job;
}

std::string encode_answer(const Answer& answer) {
    if (!answer)
        return Writer()
            .number(static_cast<int>(answer.error().code()))
            .text(answer.error().message())
            .texts({})
            .take();
    std::size_t bytes = 0;
    for (const std::string& text : *answer)
        bytes += text.size() + sizeof(std::uint32_t);
    if (bytes > answer_bytes_max)
        return encode_answer(Error(ErrorCode::limit_reached,
                                   "the answer is " + std::to_string(bytes) +
                                       " bytes; an isolated handler can be given " +
                                       std::to_string(answer_bytes_max)));
    return Writer().number(fine).text("").texts(*answer).take();
}

std::optional<Answer> decode_answer(std::string_view body) {
    Reader in(body);
    const int code = in.integer();
    std::string message = in.text();
    std::vector<std::string> texts = in.texts();
    if (!in.ok()) return std::nullopt;
    if (code == fine) return Answer(std::move(texts));
    return Answer(Error(static_cast<ErrorCode>(code), std::move(message)));
}

std::string encode_attempt(const Attempt& attempt) {
    const bool good = static_cast<bool>(attempt.result);
    const Move move = attempt.move.value_or(Move{});
    return Writer()
        .number(good ? fine : static_cast<int>(attempt.result.error().code()))
        .text(good ? attempt.result->text() : attempt.result.error().message())
        .texts(attempt.causes)
        .number(attempt.move ? static_cast<int>(move.kind) : none)
        .number(move.delay.count())
        .take();
}

std::optional<Attempt> decode_attempt(std::string_view body) {
    Reader in(body);
    const int code = in.integer();
    std::string text = in.text();
    Attempt attempt;
    attempt.causes = in.texts();
    const int move = in.integer();
    const Millis delay(in.number());
    if (!in.ok()) return std::nullopt;
    if (code == fine)
        attempt.result = Json::unchecked(std::move(text));
    else
        attempt.result = Error(static_cast<ErrorCode>(code), std::move(text));
    if (move != none) attempt.move = Move{static_cast<Move::Kind>(move), delay};
    return attempt;
}

bool send_frame(int socket, FrameKind kind, std::string_view body) {
    const auto length = static_cast<std::uint32_t>(body.size() + 1);
    std::array<char, 5> head{};
    std::memcpy(head.data(), &length, sizeof length);
    head[4] = static_cast<char>(kind);
    std::string_view parts[2]{{head.data(), head.size()}, body};
    while (!parts[0].empty() || !parts[1].empty()) {
        iovec vectors[2]{{const_cast<char*>(parts[0].data()), parts[0].size()},
                         {const_cast<char*>(parts[1].data()), parts[1].size()}};
        msghdr message{};
        message.msg_iov = vectors;
        message.msg_iovlen = 2;
        const ssize_t sent = ::sendmsg(socket, &message, MSG_NOSIGNAL);
        if (sent < 0 && errno == EINTR) continue;
        if (sent <= 0) return false;
        std::size_t left = static_cast<std::size_t>(sent);
        for (std::string_view& part : parts) {
            const std::size_t gone = std::min(left, part.size());
            part.remove_prefix(gone);
            left -= gone;
        }
    }
    return true;
}

FrameReader::Read FrameReader::read(int socket, bool wait) {
    if (used_ > 0) {
        buffer_.erase(0, used_);
        used_ = 0;
    }
    const std::size_t before = buffer_.size();
    buffer_.resize(before + read_bytes);
    ssize_t got = 0;
    do {
        got = ::recv(socket, buffer_.data() + before, read_bytes, wait ? 0 : MSG_DONTWAIT);
    } while (got < 0 && errno == EINTR);
    const int failure = errno;
    buffer_.resize(before + static_cast<std::size_t>(got > 0 ? got : 0));
    if (got > 0) return Read::some;
    return got < 0 && (failure == EAGAIN || failure == EWOULDBLOCK) ? Read::nothing_yet : Read::end;
}

std::optional<Frame> FrameReader::next() {
    const std::string_view rest = std::string_view(buffer_).substr(used_);
    std::uint32_t length = 0;
    if (broken_ || rest.size() < sizeof length) return std::nullopt;
    std::memcpy(&length, rest.data(), sizeof length);
    if (length == 0 || length > frame_bytes_max) {
        broken_ = true;
        return std::nullopt;
    }
    if (rest.size() < sizeof length + length) return std::nullopt;
    used_ += sizeof length + length;
    return Frame{static_cast<FrameKind>(rest[sizeof length]),
                 std::string(rest.substr(sizeof length + 1, length - 1))};
}

}  // namespace toril::worker
