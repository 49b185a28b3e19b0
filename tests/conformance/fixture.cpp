#include "fixture.hpp"

namespace toril::conformance {

JobStoreConformance::JobStoreConformance()
    : opened(GetParam().open([this] { return now(); })), client(opened.store) {}

JobStoreConformance::~JobStoreConformance() {
    EXPECT_TRUE(done(opened.store->close(5s)));
    opened.clean_up();
}

void JobStoreConformance::pass_time(Millis by) {
    now_ += by.count();
    opened.pass_time(by);
}

JobId JobStoreConformance::add(AddJob job) {
    if (job.name.empty()) job.name = "send";
    if (job.data.empty()) job.data = "{}";
    if (job.opts.empty()) job.opts = job.lifo ? R"({"lifo":true})" : "{}";
    auto added = add_batch({std::move(job)});
    if (!added) {
        ADD_FAILURE() << added.error().message();
        return {};
    }
    if (!added->front()) {
        ADD_FAILURE() << added->front().error().message();
        return {};
    }
    return added->front()->id;
}

Ids JobStoreConformance::add_several(std::size_t count, const AddJob& job) {
    Ids ids;
    for (std::size_t i = 0; i < count; ++i)
        ids.push_back(add(job));
    return ids;
}

Result<std::vector<Result<Added>>> JobStoreConformance::add_batch(std::vector<AddJob> jobs) {
    return client.add({.queue = queue,
                       .jobs = std::move(jobs),
                       .repeat_token = "add-" + std::to_string(++tokens_),
                       .now = now()});
}

Node JobStoreConformance::parent(JobId id, AddJob job) const {
    job.id = std::move(id);
    job.has_children = true;
    return {.queue = queue, .job = std::move(job)};
}

Node JobStoreConformance::child(JobId id, const JobId& of, ParentPolicy policy) const {
    return {.queue = queue,
            .job = {.id = std::move(id),
                    .parent = contract::ParentLink{.queue = queue, .id = of, .policy = policy}}};
}

Result<std::vector<Result<Added>>> JobStoreConformance::add_flow(std::vector<Node> nodes) {
    for (Node& node : nodes) {
        if (node.job.name.empty()) node.job.name = "send";
        if (node.job.data.empty()) node.job.data = "{}";
        if (node.job.opts.empty()) node.job.opts = "{}";
    }
    return client.add_flow({.nodes = std::move(nodes),
                            .repeat_token = "flow-" + std::to_string(++tokens_),
                            .now = now()});
}

void JobStoreConformance::plant(std::vector<Node> nodes) {
    const auto added = add_flow(std::move(nodes));
    ASSERT_TRUE(added) << added.error().message();
    for (const auto& each : *added)
        ASSERT_TRUE(each) << each.error().message();
}

contract::FinishAndTakeParams JobStoreConformance::next_call(std::size_t take) {
    ++sequence_;
    return {.queue = queue,
            .taker = taker,
            .sequence = sequence_,
            .take = take,
            .token = "token-" + std::to_string(sequence_),
            .now = now()};
}

FinishedAndTaken JobStoreConformance::call(const contract::FinishAndTakeParams& params) {
    auto answer = client.finish_and_take(params);
    if (answer) return std::move(*answer);
    ADD_FAILURE() << answer.error().message();
    return {};
}

MaybeTaken JobStoreConformance::take(const std::string& from) {
    auto runs = take_several(1, from);
    if (runs.empty()) return {};
    return std::move(runs.front());
}

std::vector<Taken> JobStoreConformance::take_several(std::size_t count, const std::string& from) {
    auto params = next_call(count);
    if (!from.empty()) params.queue = from;
    std::vector<Taken> runs;
    for (TakenJob& job : call(params).jobs)
        runs.push_back({std::move(job), params.token, params.queue});
    return runs;
}

Status JobStoreConformance::finish(const Outcome& outcome, const std::string& in) {
    auto params = next_call(0);
    if (!in.empty()) params.queue = in;
    params.outcomes = {outcome};
    FinishedAndTaken answer = call(params);
    if (answer.finished.size() != 1)
        return Error(ErrorCode::corrupt,
                     std::to_string(answer.finished.size()) + " answers to one outcome");
    return answer.finished.front();
}

Status JobStoreConformance::complete(const Taken& run, KeepJobs keep) {
    return finish({.id = run.job.id,
                   .token = run.token,
                   .kind = Outcome::Kind::complete,
                   .value = R"("sent")",
                   .keep = keep},
                  run.queue);
}

Status JobStoreConformance::fail(const Taken& run, KeepJobs keep) {
    return finish({.id = run.job.id,
                   .token = run.token,
                   .kind = Outcome::Kind::fail,
                   .value = "no route",
                   .stacktrace = R"(["no route"])",
                   .keep = keep},
                  run.queue);
}

Status JobStoreConformance::retry(const Taken& run, Millis delay) {
    return finish({.id = run.job.id,
                   .token = run.token,
                   .kind = Outcome::Kind::retry,
                   .value = "busy",
                   .stacktrace = R"(["busy"])",
                   .delay = delay,
                   .attempts = 3},
                  run.queue);
}

Status JobStoreConformance::hand_back(const Taken& run) {
    return finish({.id = run.job.id, .token = run.token, .kind = Outcome::Kind::hand_back},
                  run.queue);
}

Status JobStoreConformance::wait_for_children(const Taken& run) {
    return finish({.id = run.job.id, .token = run.token, .kind = Outcome::Kind::wait_children},
                  run.queue);
}

JobId JobStoreConformance::add_completed(KeepJobs keep) {
    const JobId id = add({.lifo = true});
    EXPECT_TRUE(done(complete(*take(), keep)));
    return id;
}

JobId JobStoreConformance::add_failed(KeepJobs keep) {
    const JobId id = add({.lifo = true});
    EXPECT_TRUE(done(fail(*take(), keep)));
    return id;
}

Ids JobStoreConformance::recover_lost_jobs(int stalled_max) {
    const auto check = [&] {
        return client.recover_stalled(
            {.queue = queue, .interval = 1s, .stalled_max = stalled_max, .now = now()});
    };
    pass_time(2s);  // the check before, if there was one, is an interval ago now
    EXPECT_TRUE(check());
    pass_time(lock_duration + 1s);
    auto recovered = check();
    if (recovered) return std::move(*recovered);
    ADD_FAILURE() << recovered.error().message();
    return {};
}

Ids JobStoreConformance::ids(JobState state, bool ascending) {
    auto page = client.page(
        {.queue = queue, .state = state, .start = 0, .end = -1, .ascending = ascending});
    Ids ids;
    if (!page) {
        ADD_FAILURE() << page.error().message();
        return ids;
    }
    for (const Job& job : *page) {
        EXPECT_EQ(job.state, state) << job.id;
        ids.push_back(job.id);
    }
    return ids;
}

JobCounts JobStoreConformance::counts() {
    return client.counts(queue).value();
}

Job JobStoreConformance::job(const JobId& id) {
    return client.job(ref(id)).value();
}

JobState JobStoreConformance::state_of(const JobId& id, const std::string& in) {
    const auto found = client.job({in.empty() ? queue : in, id});
    if (found) return found->state;
    ADD_FAILURE() << id << ": " << found.error().message();
    return JobState::unknown;
}

contract::DependencyCounts JobStoreConformance::dependencies_of(const JobId& id) {
    const auto counted = client.dependency_counts(ref(id));
    if (counted) return *counted;
    ADD_FAILURE() << counted.error().message();
    return {};
}

Lines JobStoreConformance::events(const std::string& of) {
    const std::string& name = of.empty() ? queue : of;
    return logs_.try_emplace(name, opened.store, name).first->second.next();
}

Ids ids_of(const std::vector<Taken>& runs) {
    Ids ids;
    for (const Taken& run : runs)
        ids.push_back(run.job.id);
    return ids;
}

testing::AssertionResult done(const Status& status) {
    if (status) return testing::AssertionSuccess();
    return testing::AssertionFailure()
           << to_string(status.error().code()) << ": " << status.error().message();
}

}  // namespace toril::conformance
