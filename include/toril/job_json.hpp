#pragma once

/// @file
/// Jobs as JSON documents, for programs that show or take them: with BullMQ's own field names,
/// as `Job.toJSON` gives them in Node, and `queue` and `state` beside them.

#include <toril/fwd.hpp>
#include <toril/job.hpp>
#include <toril/json.hpp>
#include <toril/result.hpp>
#include <toril/worker_info.hpp>

namespace toril {

/// `{"id","queue","state","name","data","opts","progress","attemptsMade",...}`. Times are
/// integer milliseconds. What a job does not have (`finishedOn` before it is finished, a
/// parent) is left out; `returnvalue` is `null` then.
Json to_json(const Job& job);

/// `{"waiting","active","delayed","prioritized","waiting-children","completed","failed","paused"}`.
Json to_json(const JobCounts& counts);

/// `{"name","address","ageMs","rawName"}`; the last is left out where there is none.
Json to_json(const WorkerInfo& worker);

/// Job options with BullMQ's public names: `{"delay":5000,"attempts":3}`. `null`: the defaults.
///
/// Errors: `invalid_argument` that names the member with a wrong type or value. Members that
/// toril does not know are kept in `JobOptions::other`.
Result<JobOptions> job_options_from_json(const Json& json);

/// A job to add, as BullMQ's `addBulk` takes it: `{"name","data","opts"}`. `data` (`{}` when
/// left out) keeps every byte. Errors: `invalid_argument` that names the member.
Result<NewJob> new_job_from_json(const Json& json);

}  // namespace toril
