// The first job: add it, work on it, look at what came of it. Needs no server.
//
//     01_first_job [STORE]       memory: (the default), sqlite:FILE, redis://HOST

#include <toril/toril.hpp>

#include <cstdio>
#include <string>

using namespace std::chrono_literals;
using toril::Job;
using toril::JobContext;
using toril::Json;
using toril::Queue;
using toril::Result;
using toril::Store;
using toril::Worker;

// What the worker runs, on a thread of its pool. A return value is kept with the job.
Result<Json> greet(JobContext& job) {
    job.log("greeting " + job.data().text()).value();
    job.progress(Json::unchecked("100")).value();
    return Json::string("hello");
}

int main(int argc, char** argv) try {
    // One line decides where jobs are kept; the rest is the same for all of them.
    Store store = Store::open(argc > 1 ? argv[1] : "memory:").value();
    Queue queue = Queue::open(store, "greetings").value();

    // Once `add` returns, the store has the job: a crash cannot lose it (but for `memory:`).
    const toril::AddedJob added = queue.add("greet", Json::string("Ada")).value();
    std::printf("%d job waits\n", static_cast<int>(queue.counts().value().waiting));

    // Usually another program. It takes jobs as long as it lives.
    Worker worker = Worker::start(store, "greetings", greet, {.concurrency = 2}).value();

    // Any program may wait for a job to finish, and look at it then.
    const Job job = queue.wait_until_finished(added.id, 10s).value();
    std::printf("%s is %s and returned %s\n",
                job.name.c_str(),
                std::string(to_string(job.state)).c_str(),
                job.return_value.value_or(Json{}).text().c_str());
    const toril::JobLogs logs = queue.logs(added.id).value();
    for (const std::string& row : logs.rows)
        std::printf("log: %s\n", row.c_str());
    worker.close(5s);
    return 0;
} catch (const toril::Exception& failure) {
    // Results are values; `value()` throws the error of those that have none.
    std::fprintf(stderr, "%s\n", failure.what());
    return 1;
}
