#include "outage.hpp"

#include <stdexcept>
#include <utility>

namespace toril::testing {
namespace {

using Way = TcpGate::Way;

// An administrator's own user: the default one is locked out in one of the outages.
const std::vector<std::string> administrator{"AUTH", "operator", "operator-password"};

void must(const std::string& answer, const std::string& expected) {
    if (answer != expected) throw std::runtime_error("redis answered " + answer);
}

// So much that it takes seconds to read again, slowly.
void fill(Place& place) {
    must(place.server.command({"DEBUG", "POPULATE", "15000", "ballast", "10"}), "+OK");
    must(place.server.command({"SAVE"}), "+OK");
}

Outage killed() {
    return {.name = "killed",
            .options = {.append_only = true},
            .begin = [](Place& place) { place.server.kill(); },
            .end = [](Place& place) { place.server.start_again(); },
            .reasons = {HealthReason::refused, HealthReason::disconnected}};
}

Outage stopped() {
    return {.name = "stopped",
            .begin = [](Place& place) { place.server.freeze(); },
            .end = [](Place& place) { place.server.thaw(); },
            .reasons = {HealthReason::timed_out}};
}

Outage half_open() {
    return {.name = "half_open",
            .begin =
                [](Place& place) {
                    place.gate.freeze(Way::to_server);
                    place.gate.freeze(Way::to_client);
                },
            .end =
                [](Place& place) {
                    place.gate.thaw(Way::to_server);
                    place.gate.thaw(Way::to_client);
                },
            .reasons = {HealthReason::timed_out}};
}

Outage read_only() {
    return {.name = "read_only",
            .begin =
                [](Place& place) {
                    must(place.server.command({"REPLICAOF", "127.0.0.1", "1"}), "+OK");
                },
            .end =
                [](Place& place) {
                    must(place.server.command({"REPLICAOF", "NO", "ONE"}), "+OK");
                },
            .reasons = {HealthReason::readonly},
            .reads_go_on = true};
}

Outage out_of_memory() {
    return {.name = "out_of_memory",
            .begin =
                [](Place& place) {
                    must(place.server.command({"CONFIG", "SET", "maxmemory", "1"}), "+OK");
                },
            .end =
                [](Place& place) {
                    must(place.server.command({"CONFIG", "SET", "maxmemory", "0"}), "+OK");
                },
            .reasons = {HealthReason::oom},
            .reads_go_on = true};
}

Outage loading() {
    return {.name = "loading",
            .options = {.arguments = {"--key-load-delay",  // microseconds
                                      "300",
                                      "--loading-process-events-interval-bytes",
                                      "1024"}},
            .begin =
                [](Place& place) {
                    fill(place);
                    place.server.start_again(/*wait_loaded=*/false);
                },
            // It ends by itself; a server that answers again has everything.
            .end = [](Place&) {},
            .reasons = {HealthReason::loading,
                        HealthReason::disconnected,
                        HealthReason::refused,
                        HealthReason::timed_out}};
}

Outage locked_out() {
    return {.name = "locked_out",
            .begin =
                [](Place& place) {
                    must(place.server.command({"ACL",
                                               "SETUSER",
                                               "operator",
                                               "on",
                                               ">operator-password",
                                               "~*",
                                               "&*",
                                               "+@all"}),
                         "+OK");
                    must(place.server.command({"CONFIG", "SET", "requirepass", "another"}), "+OK");
                    place.gate.cut();
                },
            .end =
                [](Place& place) {
                    must(place.server.command_after(administrator,
                                                    {"CONFIG", "SET", "requirepass", ""}),
                         "+OK");
                },
            .reasons = {HealthReason::auth}};
}

}  // namespace

std::vector<Outage> outages() {
    return {
        killed(), stopped(), half_open(), read_only(), out_of_memory(), loading(), locked_out()};
}

}  // namespace toril::testing
