#include "queue_json.hpp"

#include <toril/job_json.hpp>

namespace toril::cli {

Result<Json> queue_json(const Queue& queue) {
    Result<bool> paused = queue.is_paused();
    if (!paused) return paused.error();
    Result<JobCounts> counts = queue.counts();
    if (!counts) return counts.error();
    return JsonObject()
        .put("name", queue.name())
        .put("paused", *paused)
        .put("counts", to_json(*counts))
        .json();
}

}  // namespace toril::cli
