// toril health

#include "arguments.hpp"
#include "command.hpp"
#include "commands.hpp"
#include "session.hpp"

#include <toril/health.hpp>

#include <algorithm>
#include <chrono>

namespace toril::cli {
namespace {

constexpr Millis answer_max{5'000};
// One look: the first bad answer counts, and the first good one does. The first ping of a link
// has to make it, so it may take longer than later ones.
constexpr HealthOptions one_look{.ping_every = Millis{500},
                                 .ping_timeout = Millis{2'000},
                                 .bad_max = 1,
                                 .good_min = 1,
                                 .slow = Millis{1'000}};

std::string kind_of(std::string_view url) {
    return std::string(url.substr(0, url.find(':')));
}

const ServiceHealth& store_of(const HealthReport& report) {
    return *std::find_if(report.services.begin(),
                         report.services.end(),
                         [](const ServiceHealth& service) { return service.name == "store"; });
}

// A store that cannot even be opened is down, whatever it is.
HealthReport report_of(const Error& error, const std::string& url) {
    HealthReport report{.status = HealthStatus::unhealthy, .store = url};
    report.at = std::chrono::floor<Millis>(std::chrono::system_clock::now());
    report.cause = "store is away: " + error.message();
    ServiceHealth store{.name = "store", .status = "down"};
    store.reason = error.code() == ErrorCode::corrupt ? HealthReason::corrupt : HealthReason::disk;
    store.error = error.message();
    report.services = {std::move(store)};
    return report;
}

class HealthCommand final : public Command {
public:
    void declare(Arguments& arguments) override { arguments.output(); }

    Result<Exit> run(Session& session) override {
        std::optional<Error> failure;
        HealthReport report = look(session, failure);
        if (!session.settings().disabled_redis().empty()) note_disabled(session, report);
        print(session, report);
        const ServiceHealth& store = store_of(report);
        if (store.connected) return Exit::ok;
        const bool is_refused =
            store.reason == HealthReason::auth || store.reason == HealthReason::noperm;
        if (!failure)
            failure.emplace(is_refused ? ErrorCode::unauthorized : ErrorCode::unavailable,
                            store.error);
        // Whatever the reason: a required store that cannot be used is away. A script that
        // wants to know more has `reason` and `error`.
        session.report(*failure);
        return failure->code() == ErrorCode::unauthorized       ? Exit::unauthorized
               : failure->code() == ErrorCode::invalid_argument ? Exit::usage
                                                                : Exit::unreachable;
    }

private:
    static HealthReport look(Session& session, std::optional<Error>& failure) {
        const std::string& url = session.settings().text("store");
        Result<Store> store = session.store(answer_max);
        if (!store) {
            failure = store.error();
            return report_of(*failure, url);
        }
        Result<Health> health = Health::open(*store, one_look);
        if (!health) {
            failure = health.error();
            return report_of(*failure, url);
        }
        return *health->first_report(answer_max);
    }

    static void note_disabled(Session& session, HealthReport& report) {
        report.services.push_back({.name = "redis",
                                   .status = "disabled",
                                   .optional = true,
                                   .fallback = kind_of(session.settings().store_url())});
        if (report.status == HealthStatus::healthy) report.status = HealthStatus::degraded;
        if (report.cause.empty()) report.cause = "redis is disabled";
    }

    static void print(Session& session, const HealthReport& report) {
        Output& out = session.out();
        if (!out.is_text()) return out.json(to_json(report));
        out.line(std::string(to_string(report.status)) + "  " + report.store);
        if (!report.cause.empty()) out.line(report.cause);
        for (const ServiceHealth& each : report.services)
            out.line(each.name + ": " + each.status +
                     (each.error.empty() ? "" : ", " + each.error) +
                     (each.fallback.empty() ? "" : ", in its place " + each.fallback));
    }
};

}  // namespace

std::unique_ptr<Command> make_health() {
    return std::make_unique<HealthCommand>();
}

}  // namespace toril::cli
