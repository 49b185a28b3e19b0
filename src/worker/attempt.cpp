#include "worker/attempt.hpp"

#include <exception>

namespace toril::worker {
namespace {

// Nesting is data of the handler's: an endless chain must not become an endless list.
constexpr std::size_t causes_max = 20;

void collect_causes(const std::exception& outer, std::vector<std::string>& causes) {
    if (causes.size() >= causes_max) return;
    try {
        std::rethrow_if_nested(outer);
    } catch (const std::exception& inner) {
        causes.emplace_back(inner.what());
        collect_causes(inner, causes);
    } catch (...) {
        causes.emplace_back("unknown exception");
    }
}

void cut(std::string& text, std::size_t bytes_max) {
    if (text.size() <= bytes_max) return;
    std::size_t end = bytes_max - 3;
    const auto inside_character = [&] {
        return (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80;
    };
    while (end > 0 && inside_character())
        --end;
    text.resize(end);
    text += "...";
}

}  // namespace

Attempt run_handler(const Handler& handler, MovingContext& context) {
    Attempt attempt;
    try {
        attempt.result = handler(context);
        if (!attempt.result) attempt.move = context.move_of(attempt.result.error());
    } catch (const std::exception& e) {
        attempt.result = Error(ErrorCode::failed, e.what());
        collect_causes(e, attempt.causes);
    } catch (...) {
        attempt.result = Error(ErrorCode::failed, "unknown exception");
    }
    bound_attempt(attempt);
    return attempt;
}

void bound_attempt(Attempt& attempt) {
    if (attempt.result) {
        const std::size_t size = attempt.result->text().size();
        if (size > return_value_bytes_max)
            attempt.result =
                Error(ErrorCode::failed,
                      "the return value is " + std::to_string(size) + " bytes of JSON; at most " +
                          std::to_string(return_value_bytes_max) + " are allowed");
        return;
    }
    if (attempt.result.error().message().size() > failed_reason_bytes_max) {
        std::string reason = attempt.result.error().message();
        cut(reason, failed_reason_bytes_max);
        attempt.result = Error(attempt.result.error().code(), std::move(reason));
    }
    for (std::string& cause : attempt.causes)
        cut(cause, failed_reason_bytes_max);
}

}  // namespace toril::worker
