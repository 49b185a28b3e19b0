#include "handlers.hpp"

#include "child_process.hpp"
#include "http/client.hpp"

#include <array>
#include <condition_variable>
#include <cstring>
#include <mutex>

namespace toril::cli {
namespace {

constexpr int exit_unrecoverable = 65;  // EX_DATAERR: the input is wrong, and stays wrong
constexpr std::size_t reason_bytes_max = 2'000;
constexpr Millis http_timeout_default{600'000};

Error failed(std::string reason) {
    reason.resize(std::min(reason.size(), reason_bytes_max));
    return {ErrorCode::failed, std::move(reason)};
}

std::string how_it_ended(const ChildResult& child) {
    if (child.signal != 0)
        return "the command was ended by signal " + std::to_string(child.signal) + " (" +
               ::strsignal(child.signal) + ")";
    return "the command ended with exit code " + std::to_string(child.exit_code);
}

Result<Json> exec(const std::string& command, JobContext& context) {
    const ChildRequest request{
        .command = command,
        .environment = {{"TORIL_JOB_ID", context.id()},
                        {"TORIL_JOB_NAME", context.name()},
                        {"TORIL_QUEUE", context.job().queue},
                        {"TORIL_ATTEMPT", std::to_string(context.attempt())}},
        .input = context.data().text()};
    Result<ChildResult> child = run_child(request, context.stop_token());
    if (!child) return child.error();
    if (child->was_stopped) return failed("the command was stopped");
    if (child->output_too_large)
        return failed("the command wrote more than " + std::to_string(request.output_bytes_max) +
                      " bytes to its output");
    if (child->signal == 0 && child->exit_code == 0)
        return return_value_from(std::move(child->output));
    const std::string_view said = last_line(child->error_tail);
    const Error error = failed(said.empty() ? how_it_ended(*child) : std::string(said));
    if (child->signal == 0 && child->exit_code == exit_unrecoverable)
        return Error(ErrorCode::unrecoverable, error.message());
    return error;
}

// A request that the server calls wrong stays wrong; these three say "later".
bool is_worth_a_retry(int status) {
    constexpr std::array later{408, 425, 429};
    const bool is_clients_fault = status >= 400 && status < 500;
    return !is_clients_fault || std::find(later.begin(), later.end(), status) != later.end();
}

Result<Json> post(const http::Url& url, Millis timeout, JobContext& context) {
    const http::Request request{.headers = {{"X-Toril-Job-Id", context.id()},
                                            {"X-Toril-Job-Name", context.name()},
                                            {"X-Toril-Queue", context.job().queue},
                                            {"X-Toril-Attempt", std::to_string(context.attempt())}},
                                .body = context.data().text()};
    Result<http::Response> response =
        http::post(url, request, {.timeout = timeout}, context.stop_token());
    if (!response) return failed(response.error().message());
    if (response->status >= 200 && response->status < 300)
        return return_value_from(std::move(response->body));
    std::string reason = "HTTP " + std::to_string(response->status);
    if (const std::string_view said = last_line(response->body); !said.empty())
        reason.append(": ").append(said);
    const Error error = failed(std::move(reason));
    if (is_worth_a_retry(response->status)) return error;
    return Error(ErrorCode::unrecoverable, error.message());
}

}  // namespace

Handler noop_handler() {
    return [](JobContext&) { return Result<Json>(Json{}); };
}

Handler sleep_handler(Millis duration) {
    return [duration](JobContext& context) -> Result<Json> {
        std::mutex mutex;
        std::condition_variable_any never;
        std::unique_lock lock(mutex);
        const std::stop_token stop = context.stop_token();
        never.wait_for(lock, stop, duration, [] { return false; });
        if (stop.stop_requested()) return failed("stopped");
        return Json{};
    };
}

Handler exec_handler(std::string command) {
    return [command = std::move(command)](JobContext& context) { return exec(command, context); };
}

Result<Handler> http_handler(const std::string& url, Millis timeout) {
    Result<http::Url> parsed = http::parse_url(url);
    if (!parsed) return parsed.error();
    if (timeout == Millis{0}) timeout = http_timeout_default;
    return Handler([url = std::move(*parsed), timeout](JobContext& context) {
        return post(url, timeout, context);
    });
}

Json return_value_from(std::string text) {
    while (!text.empty() && (text.back() == '\n' || text.back() == '\r'))
        text.pop_back();
    if (text.empty()) return {};
    if (Result<Json> json = Json::parse(text)) return std::move(*json);
    return Json::string(text);
}

std::string_view last_line(std::string_view text) {
    const std::size_t last = text.find_last_not_of(" \t\r\n");
    if (last == std::string_view::npos) return {};
    text = text.substr(0, last + 1);
    const std::size_t before = text.find_last_of('\n');
    return before == std::string_view::npos ? text : text.substr(before + 1);
}

}  // namespace toril::cli
