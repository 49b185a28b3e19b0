#include <toril/health.hpp>

namespace toril {

std::string_view to_string(HealthStatus status) noexcept {
    switch (status) {
        case HealthStatus::healthy: return "healthy";
        case HealthStatus::degraded: return "degraded";
        case HealthStatus::unhealthy: return "unhealthy";
    }
    return "unknown";
}

std::string_view to_string(HealthReason reason) noexcept {
    switch (reason) {
        case HealthReason::none: return "none";
        case HealthReason::starting: return "starting";
        case HealthReason::refused: return "refused";
        case HealthReason::timed_out: return "timed_out";
        case HealthReason::dns: return "dns";
        case HealthReason::tls: return "tls";
        case HealthReason::auth: return "auth";
        case HealthReason::noperm: return "noperm";
        case HealthReason::readonly: return "readonly";
        case HealthReason::loading: return "loading";
        case HealthReason::misconf: return "misconf";
        case HealthReason::oom: return "oom";
        case HealthReason::max_clients: return "max_clients";
        case HealthReason::cluster_down: return "cluster_down";
        case HealthReason::slow: return "slow";
        case HealthReason::protocol: return "protocol";
        case HealthReason::disk: return "disk";
        case HealthReason::corrupt: return "corrupt";
        case HealthReason::closed: return "closed";
        case HealthReason::disconnected: return "disconnected";
    }
    return "unknown";
}

}  // namespace toril
