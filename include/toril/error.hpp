#pragma once

#include <exception>
#include <string>
#include <string_view>
#include <utility>

namespace toril {

/// Named for what the caller does next, not for which library complained.
/// Minor releases may add codes: a `switch` over them keeps its `default`.
enum class ErrorCode : unsigned char {
    invalid_argument,  ///< Never acceptable as it stands. Fix the call; do not retry.
    not_found,         ///< No such job, queue or key.
    already_held,      ///< Someone else has the lock; the message says who.
    not_owner,         ///< The token does not, or does no longer, own this job or lock.
    wrong_state,       ///< The job or queue exists, but its state does not allow this move.
    limit_reached,     ///< A rate, size or concurrency limit said no.
    unavailable,       ///< The store cannot be reached. **Nothing was changed.** Retry is safe.
    outcome_unknown,  ///< The link died after the send. **It may have happened.** Retry only by id.
    timed_out,        ///< The deadline passed first. Treat a write as `outcome_unknown`.
    cancelled,        ///< The caller, or shutdown, asked to stop.
    unauthorized,     ///< The store refused our credentials, or our right to do this.
    corrupt,          ///< Stored bytes break the format, or come from a newer version.
    failed,           ///< A handler's own failure: this attempt failed, attempts left may run.
    moved,            ///< A handler's answer that is no failure: see JobContext::move_to_delayed.
    unrecoverable,    ///< A handler's own failure: the job fails for good, whatever is left.
};

/// The code's own spelling, `"not_found"` for instance. For logs and machine output.
std::string_view to_string(ErrorCode code) noexcept;

/// Why something did not happen: a code to act on, and one sentence for a person, with
/// the values in it. The sentence holds no secret and ends without a full stop or newline.
class Error {
public:
    Error(ErrorCode code, std::string message) : code_(code), message_(std::move(message)) {}

    ErrorCode code() const noexcept { return code_; }
    const std::string& message() const noexcept { return message_; }

    friend bool operator==(const Error&, const Error&) = default;

private:
    ErrorCode code_;
    std::string message_;
};

/// What `Result::value()` throws when there is none. Nothing else in toril throws.
class Exception : public std::exception {
public:
    explicit Exception(Error error) : error_(std::move(error)) {}

    const Error& error() const noexcept { return error_; }
    const char* what() const noexcept override { return error_.message().c_str(); }

private:
    Error error_;
};

}  // namespace toril
