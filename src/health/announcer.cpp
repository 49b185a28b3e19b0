#include "health/announcer.hpp"

#include <exception>
#include <string>

namespace toril::health {

void Announcer::State::tell() {
    std::vector<std::shared_ptr<const Listener>> ears;
    std::vector<Pointer> reports;
    {
        base::MutexLock lock(mutex);
        ears = listeners;
        reports.swap(waiting);
    }
    for (const Pointer& report : reports)
        for (const auto& listener : ears) {
            try {
                (*listener)(*report);
            } catch (const std::exception& thrown) {
                log(LogLevel::error,
                    "health.listener_threw",
                    std::string("a listener of health threw: ") + thrown.what());
            }
        }
}

}  // namespace toril::health
