// A process to be killed:
//   crash_actor producer STORE QUEUE LEDGER    adds jobs, singly and in bulks, for ever
//   crash_actor worker   STORE QUEUE LEDGER    does jobs for ever
//   crash_actor hang     STORE QUEUE LEDGER    takes a job, with the default options, and keeps it
//   crash_actor default  STORE QUEUE LEDGER    does jobs for ever, with the default options

#include "chaos/crash/job_plan.hpp"
#include "chaos/crash/ledger.hpp"

#include <toril/queue.hpp>
#include <toril/store.hpp>
#include <toril/worker.hpp>

#include <poll.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <csignal>
#include <iostream>
#include <string>
#include <vector>

namespace toril::crash {
namespace {

void note(const LedgerWriter& ledger, const std::string& job, const Result<AddedJob>& added) {
    if (added) {
        ledger.write(Entry::What::acknowledged, job);
    } else {
        std::cerr << "add of " << job << ": " << added.error().message() << '\n';
    }
}

[[noreturn]] void produce(const Store& store, const char* queue_name, const LedgerWriter& ledger) {
    Queue queue = Queue::open(store, queue_name).value();
    const std::string prefix = std::to_string(getpid());
    for (int number = 0;; poll(nullptr, 0, 4)) {
        if (number % 3 != 0) {
            const NewJob job = planned_job(prefix, number++);
            note(ledger, job.name, queue.add(job.name, job.data, job.options));
            continue;
        }
        std::vector<NewJob> jobs;
        for (int i = 0; i < 8; ++i)
            jobs.push_back(planned_job(prefix, number++));
        const auto added = queue.add_bulk(jobs);
        for (std::size_t i = 0; i < jobs.size(); ++i)
            note(ledger, jobs[i].name, added[i]);
    }
}

[[noreturn]] void work(const Store& store, const char* queue, const LedgerWriter& ledger) {
    const Worker worker =
        Worker::start(store, queue, planned_handler(ledger), planned_worker(ledger)).value();
    for (;;)
        pause();
}

// With the default options, as most programs have them, but one job at a time.
[[noreturn]] void work_by_default(const Store& store,
                                  const char* queue,
                                  const LedgerWriter& ledger,
                                  bool hangs) {
    const auto handler = [&ledger, hangs](JobContext& context) -> Result<Json> {
        ledger.write(Entry::What::started, context.name());
        while (hangs)
            pause();
        return Json{};
    };
    const Worker worker = Worker::start(store, queue, handler, {.concurrency = 1}).value();
    for (;;)
        pause();
}

void run(const std::string& role, const char* url, const char* queue, const char* ledger_path) {
    const LedgerWriter ledger(ledger_path);
    const Store store = Store::open(url).value();
    if (role == "producer") produce(store, queue, ledger);
    if (role == "worker") work(store, queue, ledger);
    if (role == "hang") work_by_default(store, queue, ledger, true);
    if (role == "default") work_by_default(store, queue, ledger, false);
    std::cerr << "there is no role " << role << '\n';
}

}  // namespace
}  // namespace toril::crash

int main(int argc, char** argv) {
    // It must not outlive the test.
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (argc != 5) return 2;
    try {
        toril::crash::run(argv[1], argv[2], argv[3], argv[4]);
    } catch (const std::exception& error) {
        std::cerr << "crash_actor: " << error.what() << '\n';
    }
    return 1;
}
