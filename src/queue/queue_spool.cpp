#include "queue/queue_spool.hpp"

#include "contract/backend.hpp"

namespace toril::queue {
namespace {

constexpr Millis patience_max{3'600'000};

Error refused(std::string message) {
    return {ErrorCode::invalid_argument, std::move(message)};
}

Status check(const SpoolOptions& options) {
    if (options.jobs_max == 0 || options.bytes_max == 0)
        return refused("jobs_max and bytes_max of a spool must be more than 0");
    if (options.patience < Millis{0} || options.patience > patience_max)
        return refused("the patience of a spool must be from 0 to 1 hour");
    return {};
}

}  // namespace

Result<std::unique_ptr<spool::SpooledAdds>> open_spool(const Store& store,
                                                       const std::string& queue,
                                                       const SpoolOptions& options) {
    if (Status s = check(options); !s) return s.error();
    const contract::Backend& backend = store.backend();
    auto log = backend.open_spool(
        {.path = options.path, .prefix = store.options().prefix, .queue = queue});
    if (!log) return log.error();
    spool::LineOptions line{.queue = queue,
                            .timing = {.patience = options.patience},
                            .closing_max = store.options().command_timeout,
                            .bounds = {.jobs_max = options.jobs_max,
                                       .bytes_max = options.bytes_max,
                                       .drop_oldest = options.when_full == WhenFull::drop_oldest}};
    return std::make_unique<spool::SpooledAdds>(
        backend.jobs,
        std::move(*log),
        std::move(line),
        spool::SpoolReport(queue, base::Logger(store.options().log), backend.fallbacks));
}

}  // namespace toril::queue
