#pragma once

// Reads a queue's events one after another: XREAD on the stream, on a connection of its own that
// bears the name by which BullMQ lists readers.

#include "backend/redis/links.hpp"
#include "contract/event.hpp"

#include <chrono>
#include <memory>
#include <string>
#include <vector>

namespace toril::redis_store {

/// "From now on" is an id that is asked for once, before the first read: `$` would be a new one
/// with each XREAD until something came.
class EventsReader final : public contract::EventReader {
public:
    EventsReader(std::shared_ptr<Links> links,
                 const std::string& base,
                 const std::string& name,
                 std::string after);
    ~EventsReader() override;

    void next(Millis at_most,
              std::size_t count,
              std::function<void(Result<std::vector<contract::Event>>)> done) override;
    void interrupt() override;

private:
    /// Shared with the answer of a call, which may come after this has ended.
    struct Stream {
        base::Mutex mutex{};
        std::string after TORIL_GUARDED_BY(mutex){};  // id of the last event; empty: not known
        std::vector<contract::Event> found TORIL_GUARDED_BY(mutex){};
    };
    struct Call {
        std::uint64_t number = 0;
        std::size_t count = 1;
        std::chrono::steady_clock::time_point deadline{};
    };

    void find_end(const Call& call);
    void read(const Call& call);
    void received(const Call& call, const redis::Value& reply);
    void failed(const Call& call, Error error);
    std::string after();

    const std::shared_ptr<Links> links_;
    const std::string events_key_;
    const std::shared_ptr<Stream> stream_ = std::make_shared<Stream>();
    const std::shared_ptr<Watching> watching_;
};

}  // namespace toril::redis_store
