// A job's children and its deduplication, as its queue shows them.

#include "base/names.hpp"
#include "queue/children.hpp"
#include "queue/queue_client.hpp"

#include <utility>

namespace toril::queue {
namespace {

using State = contract::Dependency::State;

// What other clients wrote need not be JSON.
Json value_of(contract::Dependency& child) {
    if (child.state == State::unprocessed || child.state == State::failed) return {};
    if (child.state == State::ignored) return Json::string(child.value);
    Result<Json> value = Json::parse(child.value);
    return value ? std::move(*value) : Json::string(child.value);
}

std::vector<JobDependencies::Child>& list_for(State state, JobDependencies& into) {
    switch (state) {
        case State::processed: return into.processed;
        case State::ignored: return into.ignored;
        case State::failed: return into.failed;
        default: return into.unprocessed;
    }
}

}  // namespace

Result<JobDependencies> QueueClient::dependencies(std::string_view id) const {
    if (Status s = base::check_job_id(id); !s) return s.error();
    JobDependencies all;
    for (const State state :
         {State::unprocessed, State::processed, State::ignored, State::failed}) {
        auto& list = list_for(state, all);
        Status read = for_each_child(asker_, ref(id), state, [&](contract::Dependency child) {
            Json value = value_of(child);
            list.push_back({std::move(child.queue), std::move(child.id), std::move(value)});
            return true;
        });
        if (!read) return read.error();
    }
    return all;
}

Result<JobDependencyCounts> QueueClient::dependency_counts(std::string_view id) const {
    auto counts = ask_about<Result<contract::DependencyCounts>>(
        id, Repeat::always, [&](contract::JobStore& store, auto done) {
            store.dependency_counts(ref(id), std::move(done));
        });
    if (!counts) return counts.error();
    return JobDependencyCounts{.unprocessed = counts->unprocessed,
                               .processed = counts->processed,
                               .ignored = counts->ignored,
                               .failed = counts->failed};
}

Result<std::size_t> QueueClient::remove_unprocessed_children(std::string_view id) {
    return ask_about<Result<std::size_t>>(
        id, Repeat::when_unchanged, [&](contract::JobStore& store, auto done) {
            store.remove_unprocessed_children(ref(id), std::move(done));
        });
}

Result<bool> QueueClient::remove_child_dependency(std::string_view id) {
    return ask_about<Result<bool>>(
        id, Repeat::when_unchanged, [&](contract::JobStore& store, auto done) {
            store.remove_child_dependency(ref(id), std::move(done));
        });
}

Result<JobId> QueueClient::deduplication_job_id(std::string_view deduplication_id) const {
    if (Status s = base::check_deduplication_id(deduplication_id); !s) return s.error();
    return ask<Result<JobId>>(Repeat::always, [&](contract::JobStore& store, auto done) {
        store.deduplication_holder(name_, std::string(deduplication_id), std::move(done));
    });
}

Result<bool> QueueClient::remove_deduplication_key(std::string_view deduplication_id,
                                                   std::string_view only_for) {
    if (Status s = base::check_deduplication_id(deduplication_id); !s) return s.error();
    if (!only_for.empty())
        if (Status s = base::check_job_id(only_for); !s) return s.error();
    return ask<Result<bool>>(Repeat::when_unchanged, [&](contract::JobStore& store, auto done) {
        store.remove_deduplication(
            name_, std::string(deduplication_id), JobId(only_for), std::move(done));
    });
}

}  // namespace toril::queue
