#include "chaos/crash/job_plan.hpp"

#include <poll.h>

#include <functional>

namespace toril::crash {

using namespace std::chrono_literals;

bool is_flaky(const std::string& job) {
    return job.ends_with("flaky");
}

NewJob planned_job(const std::string& prefix, int number) {
    const std::string kind = number % 5 == 0 ? "-flaky" : "-plain";
    return {.name = prefix + "-" + std::to_string(number) + kind,
            .data = Json::unchecked("{\"number\":" + std::to_string(number) + "}"),
            .options = {.attempts = 2}};
}

Handler planned_handler(const LedgerWriter& ledger) {
    return [&ledger](JobContext& context) -> Result<Json> {
        ledger.write(Entry::What::started, context.name());
        // The work: 0 to 4 ms, by the job.
        poll(nullptr, 0, static_cast<int>(std::hash<std::string>{}(context.name()) % 5));
        const bool fails = is_flaky(context.name()) && context.attempt() == 1;
        ledger.write(Entry::What::returned, context.name());
        if (fails) return Error(ErrorCode::failed, "the first attempt");
        return Json{};
    };
}

WorkerOptions planned_worker(const LedgerWriter& ledger) {
    WorkerOptions options{.concurrency = 4,
                          .lock_duration = 1s,
                          .stalled_interval = 300ms,
                          .max_stalled_count = 1000};
    options.hooks.completed = [&ledger](const Job& job, const Json&) {
        ledger.write(Entry::What::recorded, job.name);
    };
    return options;
}

}  // namespace toril::crash
