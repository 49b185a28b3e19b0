#pragma once

#include "contract/flow.hpp"
#include "worker/moving_context.hpp"
#include "worker/running_job.hpp"
#include "worker/store_port.hpp"

#include <toril/worker.hpp>

#include <functional>
#include <map>
#include <string>

namespace toril::worker {

/// The context of a handler that runs in this process.
class StoreJobContext final : public MovingContext {
public:
    StoreJobContext(RunningJob& running, const StorePort& port, Millis lock_duration)
        : running_(running), port_(port), lock_duration_(lock_duration) {}

    const Job& job() const noexcept override { return running_.job; }
    std::stop_token stop_token() const noexcept override { return running_.stop.get_token(); }
    Status progress(const Json& value) override;
    Status log(std::string_view row) override;
    Status update_data(const Json& data) override;
    Status extend_lock() override;
    Result<std::map<std::string, Json>> children_values() override;
    Result<std::map<std::string, std::string>> ignored_children_failures() override;
    Result<std::uint64_t> pending_children() override;

private:
    using TakeChild = std::function<void(contract::Dependency&)>;

    // What a handler says of a job that is no longer its own is not passed on.
    Status check_ours() const;
    // Gives all children in this state, page by page.
    Status each_child(contract::Dependency::State state, const TakeChild& take) const;

    RunningJob& running_;
    const StorePort& port_;
    const Millis lock_duration_;
};

}  // namespace toril::worker
