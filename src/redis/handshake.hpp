#pragma once

// What is said on a new link before anybody may use it, as a machine: replies in, steps out.
//
//     hello    HELLO 3 [AUTH user password] SETNAME name       alone, and its answer awaited:
//              refused as unknown -> auth                      servers may drop the answer to a
//     auth     AUTH [user] password (RESP2, with a password)   failed AUTH when more is behind it
//     name     CLIENT SETNAME name   (RESP2; a refusal is ignored)
//     id       CLIENT ID             (RESP2; a refusal is ignored)
//     select   SELECT db             (db > 0; a refusal ends the link: never in a wrong database)
//     check    INFO persistence      until the data is loaded; NOPERM skips it
//
// LOADING, BUSY, MASTERDOWN: the same step again after a moment. The whole is bounded by the
// caller's connect timeout.

#include <toril/error.hpp>
#include <toril/redis/config.hpp>
#include <toril/redis/reply.hpp>
#include <toril/time.hpp>

#include <cstdint>
#include <string>
#include <string_view>

namespace toril::redis {

/// What the server said of itself and of us.
struct Greeting {
    int protocol = 2;
    std::int64_t client_id = 0;  ///< 0: it did not say.
    std::string version{};
};

class Handshake {
public:
    struct Step {
        enum class Do : unsigned char {
            send,    // `bytes`
            wait,    // for `wait`, then call `again`; `problem`
            ready,   // see `greeting`
            refuse,  // the credentials are not accepted: `problem`
            fail,    // `problem`
        };
        Do what;
        std::string bytes{};
        Millis wait{0};
        std::string problem{};
    };

    Handshake(const Config& config, std::string_view name);

    Step start();
    Step on_reply(const Value& reply);
    /// After Do::wait.
    Step again();

    const Greeting& greeting() const noexcept { return greeting_; }

private:
    enum class Stage : unsigned char { hello, auth, name, id, select, check, done };

    Step enter(Stage stage);
    Step on_error(std::string_view text);
    Step on_hello(const Value& reply);
    Step on_check(const Value& reply);
    Step pause(std::string_view text);
    Step problem(Step::Do what, std::string_view text) const;

    const Config& config_;
    const std::string name_;
    Stage stage_ = Stage::hello;
    int pauses_ = 0;
    Greeting greeting_{};
};

}  // namespace toril::redis
