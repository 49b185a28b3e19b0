#pragma once

// What a backend says of itself. Looking costs nothing; asking goes to the store and answers later.

#include "contract/job_store.hpp"

#include <toril/health.hpp>
#include <toril/result.hpp>
#include <toril/time.hpp>

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace toril::contract {

class HealthSource {
public:
    virtual ~HealthSource() = default;

    /// `redis`, `sqlite`, `memory`.
    virtual std::string kind() const = 0;
    /// As last known: no I/O, no lock that is held across any.
    virtual std::vector<LinkHealth> links() const = 0;
    /// Calls back, on a thread of the store, when `links` has something new to tell: so that
    /// nobody has to look again and again. Several may listen; each as long as `owner` lives.
    virtual void listen(std::weak_ptr<void> /*owner*/, std::function<void()> /*listener*/) {}

    /// A round trip on the connection in use. Answers how long it took.
    virtual void ping(Millis deadline, Done<std::chrono::microseconds> done) = 0;
    /// Writes something that expires by itself: a replica or a full server answers PING too.
    virtual void probe_write(Millis deadline, DoneStatus done) = 0;
    /// Facts as the store names them, `used_memory` for instance, by section.
    virtual void facts(Millis deadline,
                       Done<std::vector<std::pair<std::string, std::string>>> done) = 0;
};

}  // namespace toril::contract
