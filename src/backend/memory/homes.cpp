#include "backend/memory/homes.hpp"

namespace toril::memory {

void Homes::to_prioritized(JobRecord& job) {
    const auto counter = static_cast<Score>(++priority_counter_ % priority_factor);
    put(job, JobState::prioritized, job.spec.priority * priority_factor + counter);
}

void Homes::to_front_of_priority(JobRecord& job) {
    put(job, JobState::prioritized, job.spec.priority * priority_factor);
}

void Homes::to_delayed(JobRecord& job, Timestamp due) {
    take_out(job);
    const Score low = due.time_since_epoch().count() * delay_factor;
    const Score high = low + delay_factor - 1;
    const Home& delayed = (*this)[JobState::delayed];
    const auto after = delayed.upper_bound(high);
    Score score = low;
    if (after != delayed.begin()) {
        const Score last = (*std::prev(after))->score;
        if (last >= low) score = std::min(last + 1, high);
    }
    put(job, JobState::delayed, score);
}

void Homes::to_delayed_as_first(JobRecord& job, Timestamp due) {
    put(job, JobState::delayed, due.time_since_epoch().count() * delay_factor);
}

void Homes::to_waiting_children(JobRecord& job, Timestamp since) {
    put(job, JobState::waiting_children, since.time_since_epoch().count());
}

void Homes::to_finished(JobRecord& job, JobState state) {
    put(job, state, job.run.finished_on.time_since_epoch().count());
}

void Homes::take_out(JobRecord& job) {
    if (job.home == JobState::unknown) return;
    homes_[index(job.home)].erase(&job);
    job.home = JobState::unknown;
}

// Moves the set's node along, so that a job's life after `add` allocates none.
void Homes::put(JobRecord& job, JobState state, Score score) {
    if (job.home == JobState::unknown) {
        job.score = score;
        homes_[index(state)].insert(&job);
    } else {
        auto node = homes_[index(job.home)].extract(&job);
        job.score = score;
        homes_[index(state)].insert(std::move(node));
    }
    job.home = state;
    if (state == JobState::waiting || state == JobState::prioritized) ++arrivals_;
}

}  // namespace toril::memory
