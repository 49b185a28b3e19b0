#include "base/names.hpp"
#include "base/sync.hpp"
#include "contract/backend.hpp"
#include "store/open.hpp"

#include <toril/store.hpp>

#include <algorithm>

namespace toril {

// A backend answers by its own deadline; this much later we stop waiting for it.
constexpr Millis answer_margin{1'000};

struct Store::State {
    contract::Backend backend;
    StoreOptions options;
};

Store::Store(std::shared_ptr<State> state) noexcept : state_(std::move(state)) {}

Result<Store> Store::open(std::string_view url, const StoreOptions& options) {
    if (Status s = base::check_prefix(options.prefix); !s) return s.error();
    if (options.command_timeout <= Millis{0})
        return Error(ErrorCode::invalid_argument, "the command timeout must be more than 0");
    Result<contract::Backend> backend = store::open_backend(url, options);
    if (!backend) return backend.error();
    return Store(std::make_shared<State>(State{std::move(*backend), options}));
}

const std::string& Store::url() const noexcept {
    return state_->backend.url;
}

std::string_view Store::durability() const noexcept {
    return contract::to_string(state_->backend.jobs->durability());
}

Result<std::vector<std::string>> Store::queues() const {
    using Names = Result<std::vector<std::string>>;
    Names names = base::wait_for_answer<Names>(
        state_->options.command_timeout + answer_margin,
        [&](auto done) { state_->backend.jobs->queues(std::move(done)); });
    if (names) std::sort(names->begin(), names->end());
    return names;
}

Status Store::close(Millis deadline) {
    // One deadline for each: they end at the same time, as nothing new comes in.
    const contract::Backend& backend = state_->backend;
    if (backend.cache) backend.cache->close(deadline);
    if (backend.locks) backend.locks->close(deadline);
    if (backend.limits) backend.limits->close(deadline);
    return backend.jobs->close(deadline);
}

const contract::Backend& Store::backend() const noexcept {
    return state_->backend;
}

const StoreOptions& Store::options() const noexcept {
    return state_->options;
}

}  // namespace toril
