// Something to do at intervals, a limited number of times; and a look at when a pattern runs.
//
//     05_schedule [STORE]

#include <toril/toril.hpp>

#include <atomic>
#include <cstdio>

using namespace toril;

int main(int argc, char** argv) try {
    const Store store = Store::open(argc > 1 ? argv[1] : "memory:").value();

    // Half past two each night in Berlin, over the night when clocks go forward.
    const Timestamp march_28(Millis{1'774'656'000'000});
    for (const Timestamp run :
         next_runs({.pattern = "30 2 * * *", .tz = "Europe/Berlin"}, 3, march_28).value())
        std::printf("%lld\n", static_cast<long long>(run.time_since_epoch().count()));

    JobSchedulers schedulers = JobSchedulers::open(store, "clean-up").value();
    schedulers.upsert("sweep", {.every = Millis{10}, .limit = 3}, {.name = "sweep"}).value();

    std::atomic<int> runs = 0;
    Worker worker = Worker::start(store, "clean-up", [&](JobContext&) -> Result<Json> {
                        ++runs;
                        return Json{};
                    }).value();
    worker.wait_until_idle(Millis{1'000}).value();
    std::printf("%d runs\n", runs.load());
    return 0;
} catch (const Exception& failure) {
    std::fprintf(stderr, "%s\n", failure.what());
    return 1;
}
