// Searching: job after job, a bounded number of them in a step.
//
// A cursor is a state and how many of its jobs, counted from the oldest (of those that wait, from
// the next to run), are still to be looked at. So what is found may be moved or removed between
// two steps, and nothing that was there at the first is passed over; a job may come twice.

#include "backend/redis/decode.hpp"
#include "backend/redis/redis_store_impl.hpp"
#include "backend/redis/scripts.hpp"
#include "base/job_matcher.hpp"

#include <algorithm>
#include <charconv>
#include <memory>
#include <optional>
#include <utility>

namespace toril::redis_store {
namespace {

// Most jobs that one script reads, as for a page.
constexpr std::int64_t chunk_jobs_max = 200;

const std::vector<JobState> all_states{JobState::waiting,
                                       JobState::active,
                                       JobState::delayed,
                                       JobState::prioritized,
                                       JobState::waiting_children,
                                       JobState::completed,
                                       JobState::failed};

struct Place {
    std::size_t state = 0;   // index in the states that are searched
    std::int64_t left = -1;  // jobs of it to be looked at; -1: all
};

std::string text_of(const Place& place, const std::vector<JobState>& states) {
    std::string text(to_string(states[place.state]));
    if (place.left >= 0) text += ":" + std::to_string(place.left);
    return text;
}

// Empty: no cursor of ours.
std::optional<Place> place_from(std::string_view cursor, const std::vector<JobState>& states) {
    if (cursor.empty()) return Place{};
    const std::size_t colon = std::min(cursor.find(':'), cursor.size());
    const auto state =
        std::find(states.begin(),
                  states.end(),
                  job_state_from(cursor.substr(0, colon)).value_or(JobState::unknown));
    if (state == states.end()) return std::nullopt;
    Place place{.state = static_cast<std::size_t>(state - states.begin())};
    if (colon == cursor.size()) return place;
    const char* const end = cursor.data() + cursor.size();
    const auto read = std::from_chars(cursor.data() + colon + 1, end, place.left);
    if (read.ec != std::errc{} || read.ptr != end || place.left <= 0) return std::nullopt;
    return place;
}

std::vector<JobState> states_of(const JobFilter& filter) {
    if (filter.states.empty()) return all_states;
    std::vector<JobState> states;
    for (const JobState state : all_states)
        if (std::find(filter.states.begin(), filter.states.end(), state) != filter.states.end())
            states.push_back(state);
    return states;
}

}  // namespace

struct RedisStore::FindCall {
    std::string queue;
    base::JobMatcher matcher;
    std::vector<JobState> states;
    std::int64_t looks;
    contract::Done<contract::Found> done;
    Place place{};
    contract::Found found{};

    /// Counts what one step of page.lua brought: positions up to `last` there are.
    void add(const redis::Value& page, std::int64_t asked);
    bool is_over() const noexcept { return place.state == states.size(); }
};

void RedisStore::find(contract::FindParams params, contract::Done<contract::Found> done) {
    std::vector<JobState> states = states_of(params.filter);
    if (states.empty()) return done(contract::Found{});
    const auto place = place_from(params.cursor, states);
    if (!place)
        return done(Error(ErrorCode::invalid_argument,
                          "\"" + params.cursor + "\" is no cursor of this search"));
    find_next(std::shared_ptr<FindCall>(
        new FindCall{.queue = std::move(params.queue),
                     .matcher = base::JobMatcher(params.filter),
                     .states = std::move(states),
                     .looks = static_cast<std::int64_t>(std::max<std::size_t>(params.looks, 1)),
                     .done = std::move(done),
                     .place = *place}));
}

void RedisStore::find_next(std::shared_ptr<FindCall> call) {
    const Place& place = call->place;
    const std::int64_t room = call->looks - static_cast<std::int64_t>(call->found.looked);
    std::int64_t asked = std::min(chunk_jobs_max, room);
    if (place.left >= 0) asked = std::min(asked, place.left);
    ScriptArgs args;
    args.text(suffix_of(call->states[place.state]));
    if (place.left < 0)
        args.number(-asked).number(-1);
    else
        args.number(place.left - asked).number(place.left - 1);
    args.flag(true).number(asked);
    const std::string_view queue = call->queue;
    runner_.run(scripts().page,
                queue,
                args,
                [this, call, asked](const Result<redis::Reply>& reply) mutable {
                    if (!reply) return call->done(reply.error());
                    call->add(reply->root(), asked);
                    if (call->is_over()) return call->done(std::move(call->found));
                    if (static_cast<std::int64_t>(call->found.looked) < call->looks)
                        return find_next(std::move(call));
                    call->found.cursor = text_of(call->place, call->states);
                    call->done(std::move(call->found));
                });
}

void RedisStore::FindCall::add(const redis::Value& page, std::int64_t asked) {
    auto at = page.begin();
    const std::int64_t last = (*++at).integer();
    std::vector<Job> jobs;
    for (++at; at != page.end(); ++at) {
        auto field = (*at).begin();
        JobId id((*field).text());
        Job job = decode_job(queue, std::move(id), ++field, (*at).end());
        job.state = states[place.state];
        jobs.push_back(std::move(job));
    }
    for (auto job = jobs.rbegin(); job != jobs.rend(); ++job)
        if (matcher.matches(*job)) found.jobs.push_back(std::move(*job));
    const std::int64_t first =
        place.left < 0 ? std::max<std::int64_t>(0, last + 1 - asked) : place.left - asked;
    found.looked += static_cast<std::uint64_t>(std::max<std::int64_t>(0, last + 1 - first));
    place.left = first;
    if (place.left <= 0) place = {.state = place.state + 1};
}

}  // namespace toril::redis_store
