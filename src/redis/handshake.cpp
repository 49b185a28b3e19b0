#include "redis/handshake.hpp"

#include "redis/error_reply.hpp"

#include <toril/redis/request.hpp>

#include <algorithm>
#include <charconv>

namespace toril::redis {
namespace {

constexpr Millis pause_step{50};
constexpr Millis pause_max{1'000};

Handshake::Step send(Request request) {
    return {.what = Handshake::Step::Do::send, .bytes = request.take_payload()};
}

// The number after `key:` in the text of INFO; -1: it is not there.
std::int64_t info_number(std::string_view info, std::string_view key) {
    for (std::size_t at = info.find(key); at != std::string_view::npos;
         at = info.find(key, at + 1)) {
        const std::size_t end = at + key.size();
        const bool begins_line = at == 0 || info[at - 1] == '\n';
        if (!begins_line || end >= info.size() || info[end] != ':') continue;
        std::int64_t number = -1;
        std::from_chars(info.data() + end + 1, info.data() + info.size(), number);
        return number;
    }
    return -1;
}

bool is_unknown_command(std::string_view code, std::string_view text) {
    return code == "NOPROTO" || code == "NOPERM" ||
           (code == "ERR" && text.find("unknown command") != std::string_view::npos);
}

// A server without a password says this to one who gives one. It lets everybody in.
bool needs_no_password(std::string_view text) {
    return text.starts_with("ERR AUTH <password> called without any password") ||
           text.starts_with("ERR Client sent AUTH, but no password is set");
}

}  // namespace

Handshake::Handshake(const Config& config, std::string_view name) : config_(config), name_(name) {}

Handshake::Step Handshake::start() {
    return enter(config_.protocol >= 3 ? Stage::hello : Stage::auth);
}

Handshake::Step Handshake::again() {
    return enter(stage_);
}

Handshake::Step Handshake::enter(Stage stage) {
    stage_ = stage;
    switch (stage) {
        case Stage::hello: {
            Request hello("HELLO");
            hello.arg(3);
            if (!config_.password.empty())
                hello.arg("AUTH")
                    .arg(config_.username.empty() ? "default" : config_.username.c_str())
                    .arg(config_.password);
            hello.arg("SETNAME").arg(name_);
            return send(std::move(hello));
        }
        case Stage::auth: {
            if (config_.password.empty()) return enter(Stage::name);
            Request auth("AUTH");
            if (!config_.username.empty()) auth.arg(config_.username);
            auth.arg(config_.password);
            return send(std::move(auth));
        }
        case Stage::name: {
            Request name("CLIENT");
            name.arg("SETNAME").arg(name_);
            return send(std::move(name));
        }
        case Stage::id: {
            Request id("CLIENT");
            id.arg("ID");
            return send(std::move(id));
        }
        case Stage::select: {
            if (config_.database == 0) return enter(Stage::check);
            Request select("SELECT");
            select.arg(config_.database);
            return send(std::move(select));
        }
        case Stage::check: {
            if (!config_.ready_check) return enter(Stage::done);
            Request info("INFO");
            info.arg("persistence");
            return send(std::move(info));
        }
        case Stage::done: break;
    }
    return {.what = Step::Do::ready};
}

// Servers repeat the arguments of a command that they do not know: no secret may get out so.
Handshake::Step Handshake::problem(Step::Do what, std::string_view text) const {
    std::string shown(text.substr(0, text.find(", with args")));
    const std::string& secret = config_.password;
    std::size_t at = secret.empty() ? std::string::npos : shown.find(secret);
    while (at != std::string::npos) {
        shown.replace(at, secret.size(), "***");
        at = shown.find(secret, at + 3);
    }
    return {.what = what, .problem = std::move(shown)};
}

Handshake::Step Handshake::pause(std::string_view text) {
    ++pauses_;
    Step step = problem(Step::Do::wait, text);
    step.wait = std::min(pause_step * pauses_, pause_max);
    return step;
}

Handshake::Step Handshake::on_reply(const Value& reply) {
    if (reply.is_error()) return on_error(reply.text());
    switch (stage_) {
        case Stage::hello: return on_hello(reply);
        case Stage::auth: return enter(Stage::name);
        case Stage::name: return enter(Stage::id);
        case Stage::id: greeting_.client_id = reply.integer(); return enter(Stage::select);
        case Stage::select: return enter(Stage::check);
        case Stage::check: return on_check(reply);
        case Stage::done: break;
    }
    return {.what = Step::Do::fail, .problem = "an answer that nobody asked for"};
}

Handshake::Step Handshake::on_error(std::string_view text) {
    const std::string_view code = error_reply_code(text);
    if (is_transient(code)) return pause(text);
    if (code == "WRONGPASS" || code == "NOAUTH") return problem(Step::Do::refuse, text);
    switch (stage_) {
        case Stage::hello:
            if (is_unknown_command(code, text)) return enter(Stage::auth);
            break;
        case Stage::auth:
            if (needs_no_password(text)) return enter(Stage::name);
            if (code == "ERR" && text.find("max number of clients") == std::string_view::npos)
                return problem(Step::Do::refuse, text);
            break;
        case Stage::name: return enter(Stage::id);
        case Stage::id: return enter(Stage::select);
        case Stage::check:
            if (code == "NOPERM") return enter(Stage::done);
            break;
        case Stage::select:
        case Stage::done: break;
    }
    return problem(Step::Do::fail, text);
}

Handshake::Step Handshake::on_hello(const Value& reply) {
    greeting_.protocol = 3;
    std::string_view key;
    bool is_key = true;
    for (const Value value : reply) {
        if (is_key) {
            key = value.text();
        } else {
            if (key == "id") greeting_.client_id = value.integer();
            if (key == "version") greeting_.version = value.text();
            if (key == "proto") greeting_.protocol = static_cast<int>(value.integer());
        }
        is_key = !is_key;
    }
    return enter(Stage::select);
}

Handshake::Step Handshake::on_check(const Value& reply) {
    const std::string_view info = reply.text();
    if (info_number(info, "loading") != 1) return enter(Stage::done);
    Step step = pause("LOADING its data");
    const std::int64_t eta = info_number(info, "loading_eta_seconds");
    if (eta > 0) step.wait = std::max(step.wait, std::min(pause_max, Millis(eta * 1'000)));
    return step;
}

}  // namespace toril::redis
