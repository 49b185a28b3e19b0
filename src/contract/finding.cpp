#include <toril/doctor.hpp>

namespace toril {

std::string_view to_string(Finding::Severity severity) noexcept {
    return severity == Finding::Severity::error ? "error" : "warning";
}

}  // namespace toril
