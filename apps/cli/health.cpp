// toril health

#include "arguments.hpp"
#include "command.hpp"
#include "commands.hpp"
#include "json_object.hpp"
#include "session.hpp"

#include <chrono>

namespace toril::cli {
namespace {

constexpr Millis answer_max{5'000};
// Any name does: its counts are asked for, which changes nothing and costs the same on all stores.
constexpr std::string_view probe_queue = "health";

struct Service {
    std::string name{};
    std::string status{};  // up, down, disabled
    bool connected = false;
    std::optional<double> response_millis{};
    std::string error{};
    bool optional = false;
    std::string fallback{};

    Json json() const {
        JsonObject object;
        object.put("status", status).put("connected", connected);
        if (response_millis)
            object.put("responseTime", *response_millis);
        else
            object.put("responseTime", Json{});
        return object.put_or_null("error", error)
            .put("optional", optional)
            .put_or_null("fallbackMode", fallback)
            .json();
    }
};

std::string kind_of(std::string_view url) {
    return std::string(url.substr(0, url.find(':')));
}

class Health final : public Command {
public:
    void declare(Arguments& arguments) override { arguments.output(); }

    Result<Exit> run(Session& session) override {
        std::optional<Error> failure;
        std::vector<Service> services{check_store(session, failure)};
        if (!session.settings().disabled_redis().empty())
            services.push_back({.name = "redis",
                                .status = "disabled",
                                .optional = true,
                                .fallback = kind_of(session.settings().store_url())});
        const char* const status = failure               ? "unhealthy"
                                   : services.size() > 1 ? "degraded"
                                                         : "healthy";
        print(session, status, services);
        if (!failure) return Exit::ok;
        // Whatever the reason: a required store that cannot be used is away. A script that
        // wants to know more has `error`.
        session.report(*failure);
        return failure->code() == ErrorCode::unauthorized       ? Exit::unauthorized
               : failure->code() == ErrorCode::invalid_argument ? Exit::usage
                                                                : Exit::unreachable;
    }

private:
    static Service check_store(Session& session, std::optional<Error>& failure) {
        Service service{.name = "store"};
        const auto from = std::chrono::steady_clock::now();
        Result<JobCounts> counts = ask(session);
        if (counts) {
            const std::chrono::duration<double, std::milli> taken =
                std::chrono::steady_clock::now() - from;
            service.response_millis = taken.count();
        } else {
            failure = counts.error();
            service.error = failure->message();
        }
        service.connected = !failure;
        service.status = failure ? "down" : "up";
        return service;
    }

    static Result<JobCounts> ask(Session& session) {
        Result<Store> store = session.store(answer_max);
        if (!store) return store.error();
        Result<Queue> queue = Queue::open(*store, probe_queue);
        if (!queue) return queue.error();
        return queue->counts();
    }

    static void print(Session& session, const char* status, const std::vector<Service>& services) {
        Output& out = session.out();
        const std::string& store = session.settings().text("store");
        if (out.is_text()) {
            out.line(std::string(status) + "  " + store);
            for (const Service& each : services)
                out.line(each.name + ": " + each.status +
                         (each.error.empty() ? "" : ", " + each.error) +
                         (each.fallback.empty() ? "" : ", in its place " + each.fallback));
            return;
        }
        JsonObject all;
        for (const Service& each : services)
            all.put(each.name, each.json());
        const Timestamp now = std::chrono::floor<Millis>(std::chrono::system_clock::now());
        out.json(JsonObject()
                     .put("status", status)
                     .put("timestamp", iso_time(now))
                     .put("store", store)
                     .put("services", all.json())
                     .json());
    }
};

}  // namespace

std::unique_ptr<Command> make_health() {
    return std::make_unique<Health>();
}

}  // namespace toril::cli
