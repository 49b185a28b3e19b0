#include "backend/redis/durability_probe.hpp"

#include <string_view>

namespace toril::redis_store {
namespace {

using contract::Durability;

// RDB snapshots alone lose all since the last one: that is no promise about a write.
Durability from_settings(std::string_view append_only, std::string_view fsync) {
    if (append_only != "yes") return Durability::in_process;
    return fsync == "always" ? Durability::fsync : Durability::buffered;
}

}  // namespace

void DurabilityProbe::start() {
    connection_.on_state([this](redis::LinkState state, const std::string&) {
        if (state == redis::LinkState::ready) ask_settings();
    });
    ask_settings();
}

void DurabilityProbe::ask_settings() {
    redis::Request request;
    request.command("CONFIG").arg("GET").arg("append*");
    connection_.send(std::move(request), [this](const Result<redis::Reply>& reply) {
        if (!reply || reply->root().is_error()) return ask_persistence();
        std::string_view append_only, fsync, name;
        for (const redis::Value value : reply->root()) {
            if (name.empty()) {
                name = value.text();
                continue;
            }
            if (name == "appendonly") append_only = value.text();
            if (name == "appendfsync") fsync = value.text();
            name = {};
        }
        if (append_only.empty()) return ask_persistence();
        durability_.store(from_settings(append_only, fsync), std::memory_order_relaxed);
    });
}

// CONFIG is refused on many hosted servers. INFO says whether there is an append-only file, but
// not how often it is synced.
void DurabilityProbe::ask_persistence() {
    redis::Request request;
    request.command("INFO").arg("persistence");
    connection_.send(std::move(request), [this](const Result<redis::Reply>& reply) {
        if (!reply || reply->root().is_error()) return;
        const std::string_view text = reply->root().text();
        Durability found = Durability::unknown;
        if (text.find("aof_enabled:0") != text.npos) found = Durability::in_process;
        if (text.find("aof_enabled:1") != text.npos) found = Durability::buffered;
        durability_.store(found, std::memory_order_relaxed);
    });
}

}  // namespace toril::redis_store
