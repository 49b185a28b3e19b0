#include "worker/job_context.hpp"

#include <utility>

namespace toril::worker {
namespace {

std::string name_of(const contract::Dependency& child) {
    return child.queue + ":" + child.id;
}

}  // namespace

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
    // One that was asked to stop is renewed all the same; the keeper tells the handler so.
    const bool lost = !renewed->empty() && !renewed->front() &&
                      renewed->front().error().code() != ErrorCode::cancelled;
    return lost ? renewed->front() : Status{};
}

Status StoreJobContext::each_child(contract::Dependency::State state, const TakeChild& take) const {
    if (Status s = check_ours(); !s) return s;
    contract::DependencyParams params{
        .queue = port_.queue(), .id = running_.taken.id, .state = state};
    do {
        auto page =
            port_.ask<Result<contract::DependencyPage>>([&](contract::JobStore& store, auto done) {
                store.dependencies(params, std::move(done));
            });
        if (!page) return page.error();
        for (contract::Dependency& child : page->children)
            take(child);
        params.cursor = std::move(page->cursor);
    } while (!params.cursor.empty());
    return {};
}

Result<std::map<std::string, Json>> StoreJobContext::children_values() {
    std::map<std::string, Json> values;
    const Status all =
        each_child(contract::Dependency::State::processed, [&](contract::Dependency& child) {
            values.insert_or_assign(name_of(child), Json::unchecked(std::move(child.value)));
        });
    if (!all) return all.error();
    return values;
}

Result<std::map<std::string, std::string>> StoreJobContext::ignored_children_failures() {
    std::map<std::string, std::string> reasons;
    const Status all =
        each_child(contract::Dependency::State::ignored, [&](contract::Dependency& child) {
            reasons.insert_or_assign(name_of(child), std::move(child.value));
        });
    if (!all) return all.error();
    return reasons;
}

Result<std::uint64_t> StoreJobContext::pending_children() {
    if (Status s = check_ours(); !s) return s.error();
    const auto counts =
        port_.ask<Result<contract::DependencyCounts>>([&](contract::JobStore& store, auto done) {
            store.dependency_counts(port_.ref(running_.taken.id), std::move(done));
        });
    if (!counts) return counts.error();
    return counts->unprocessed;
}

}  // namespace toril::worker
