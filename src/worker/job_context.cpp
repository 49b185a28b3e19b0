#include "worker/job_context.hpp"

namespace toril::worker {

Status StoreJobContext::check_ours() const {
    if (running_.lost)
        return Error(ErrorCode::not_owner,
                     "the lock of job " + running_.taken.id + " is lost; another worker has it");
    if (running_.claimed)
        return Error(
            ErrorCode::cancelled,
            "job " + running_.taken.id + " was given up: it timed out, or was handed back");
    return {};
}

Status StoreJobContext::progress(const Json& value) {
    if (Status s = check_ours(); !s) return s;
    return port_.ask<Status>([&](contract::JobStore& store, auto done) {
        store.update_progress(port_.ref(running_.taken.id), value.text(), std::move(done));
    });
}

Status StoreJobContext::log(std::string_view row) {
    if (Status s = check_ours(); !s) return s;
    const auto rows = port_.ask<Result<std::uint64_t>>([&](contract::JobStore& store, auto done) {
        store.add_log({.job = port_.ref(running_.taken.id),
                       .row = std::string(row),
                       .keep = running_.options->keep_logs},
                      std::move(done));
    });
    if (!rows) return rows.error();
    return {};
}

Status StoreJobContext::update_data(const Json& data) {
    if (Status s = check_ours(); !s) return s;
    return port_.ask<Status>([&](contract::JobStore& store, auto done) {
        store.update_data(port_.ref(running_.taken.id), data.text(), std::move(done));
    });
}

Status StoreJobContext::extend_lock() {
    if (Status s = check_ours(); !s) return s;
    const auto renewed =
        port_.ask<Result<std::vector<Status>>>([&](contract::JobStore& store, auto done) {
            store.renew(port_.queue(),
                        {{running_.taken.id, running_.token}},
                        lock_duration_,
                        {},
                        std::move(done));
        });
    if (!renewed) return renewed.error();
    return renewed->empty() ? Status{} : renewed->front();
}

}  // namespace toril::worker
