#pragma once

// What a worker and its child processes say to each other, over a socket pair of their own.
//
//     frame  := length:u32 kind:u8 body       length counts kind and body; host byte order,
//     text   := length:u32 bytes              for both ends run the same program
//
//     to the child     job      a Job                    run the handler on it
//                      stop                              ask the handler to stop
//                      reply    an Answer                to the request before
//     from the child   result   an Attempt               the handler has returned
//                      progress, log, update_data        one text: a request, answered
//                      extend_lock                       by a reply without texts
//                      children_values,                  a request, answered by a reply: key,
//                      ignored_children                  value, key, value ...
//                      pending_children                  a request, answered by one number

#include "worker/attempt.hpp"

#include <toril/job.hpp>
#include <toril/result.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace toril::worker {

enum class FrameKind : unsigned char {
    job,
    stop,
    reply,
    result,
    progress,
    log,
    update_data,
    extend_lock,
    children_values,
    ignored_children,
    pending_children,
};

/// Above every payload and return value that is accepted. A longer one is nonsense.
inline constexpr std::uint32_t frame_bytes_max = 256u * 1024 * 1024;

struct Frame {
    FrameKind kind = FrameKind::stop;
    std::string body{};
};

using Answer = Result<std::vector<std::string>>;

std::string encode_job(const Job& job);
/// Above `frame_bytes_max` it becomes the error `limit_reached`.
std::string encode_answer(const Answer& answer);
std::string encode_attempt(const Attempt& attempt);

// Empty: not what an encoder writes.
std::optional<Job> decode_job(std::string_view body);
std::optional<Answer> decode_answer(std::string_view body);
std::optional<Attempt> decode_attempt(std::string_view body);

/// Writes one frame. Blocks at most as long as the socket's send time-out. False: the other
/// end is gone or does not read.
bool send_frame(int socket, FrameKind kind, std::string_view body);

/// Bytes in, frames out.
class FrameReader {
public:
    enum class Read : unsigned char { some, nothing_yet, end };

    /// Reads once. `wait`: block for the first byte.
    Read read(int socket, bool wait);

    /// The next whole frame, if there is one.
    std::optional<Frame> next();

    /// A length that cannot be: nothing after it makes sense.
    bool is_broken() const noexcept { return broken_; }

private:
    std::string buffer_;
    std::size_t used_ = 0;  // of the buffer's start: taken already
    bool broken_ = false;
};

}  // namespace toril::worker
