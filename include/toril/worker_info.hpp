#pragma once

#include <toril/time.hpp>

#include <string>

namespace toril {

/// A worker that is connected to take jobs, of whatever language.
struct WorkerInfo {
    std::string name{};      ///< Empty: it has none.
    std::string address{};   ///< "host:port" on Redis; "pid 123" on an embedded store.
    Millis age{0};           ///< Since it connected.
    std::string raw_name{};  ///< Its connection's name on Redis; else empty.
};

}  // namespace toril
