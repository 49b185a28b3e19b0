#include "backend/memory/event_reader.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>

namespace toril::memory {
namespace {

using SteadyTime = std::chrono::steady_clock::time_point;
using Events = Result<std::vector<contract::Event>>;

constexpr Millis wait_max{24LL * 3'600'000};

// Outlives its reader while a wait is under way, which the reader's end interrupts.
class Reading : public std::enable_shared_from_this<Reading> {
public:
    Reading(LookForEvents look, std::unique_ptr<contract::Watcher> changes, EventId after)
        : look_(std::move(look)), changes_(std::move(changes)), after_(after) {}

    struct Call {
        SteadyTime until{};
        std::size_t count = 0;
        std::function<void(Events)> done{};
    };

    // The watcher remembers which changes it has seen: one between the look and the wait ends
    // the wait at once.
    void go_on(Call call) {
        if (interrupted_) {
            call.done(Error(ErrorCode::cancelled, "the reader was interrupted"));
            return;
        }
        Events events = look_(after_, call.count);
        const SteadyTime now = std::chrono::steady_clock::now();
        if (!events || !events->empty() || now >= call.until) {
            if (events && !events->empty()) after_ = event_id_from(events->back().id);
            call.done(std::move(events));
            return;
        }
        const auto left = std::chrono::ceil<Millis>(call.until - now);
        changes_->wait(
            left, [self = shared_from_this(), call = std::move(call)](Result<Timestamp> woken) {
                if (woken)
                    self->go_on(call);
                else
                    call.done(woken.error());
            });
    }

    void interrupt() {
        interrupted_ = true;
        changes_->interrupt();
    }

private:
    const LookForEvents look_;
    const std::unique_ptr<contract::Watcher> changes_;
    EventId after_;  // of one call at a time
    std::atomic<bool> interrupted_{false};
};

class MemoryEventReader final : public contract::EventReader {
public:
    explicit MemoryEventReader(std::shared_ptr<Reading> reading) : reading_(std::move(reading)) {}
    ~MemoryEventReader() override { reading_->interrupt(); }

    void next(Millis at_most, std::size_t count, std::function<void(Events)> done) override {
        const auto until =
            std::chrono::steady_clock::now() + std::clamp(at_most, Millis{0}, wait_max);
        reading_->go_on({until, count, std::move(done)});
    }

    void interrupt() override { reading_->interrupt(); }

private:
    const std::shared_ptr<Reading> reading_;
};

}  // namespace

std::unique_ptr<contract::EventReader> make_event_reader(LookForEvents look,
                                                         std::unique_ptr<contract::Watcher> changes,
                                                         EventId after) {
    return std::make_unique<MemoryEventReader>(
        std::make_shared<Reading>(std::move(look), std::move(changes), after));
}

}  // namespace toril::memory
