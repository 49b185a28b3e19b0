// Redis is away, and no job is lost: it is kept in a file, and forwarded when the store is back.
//
//     09_spool [STORE]

#include <toril/toril.hpp>

#include <cstdio>

using namespace toril;

namespace {

AddedJob add_while_redis_is_away(const Json& data) {
    // Nobody listens there, as after a crash.
    const Store store = Store::open("redis://127.0.0.1:1").value();
    Queue queue = Queue::open(store, "mail", {.spool = SpoolOptions{.path = "spool.db"}}).value();
    Result<AddedJob> added = queue.add("welcome", data);  // added->spooled while Redis is away
    return added.value();
}

}  // namespace

int main(int argc, char** argv) try {
    const AddedJob added = add_while_redis_is_away(Json::parse(R"({"to":"ada"})").value());
    std::printf("spooled: %s\n", added.spooled ? "yes" : "no");
    for (const SpoolLine& line : read_spool("spool.db").value())
        std::printf(
            "jobs of %s in the spool: %d\n", line.queue.c_str(), static_cast<int>(line.jobs));

    // Another run of the program, and the store is there.
    const Store store = Store::open(argc > 1 ? argv[1] : "memory:").value();
    Queue queue = Queue::open(store, "mail", {.spool = SpoolOptions{.path = "spool.db"}}).value();
    if (!queue.flush_spool(Millis{10'000})) return 1;
    std::printf("forwarded: %d\n", static_cast<int>(queue.spool_stats().forwarded));
    std::printf("the job is %s\n", queue.job(added.id).value().name.c_str());
    return 0;
} catch (const Exception& failure) {
    std::fprintf(stderr, "%s\n", failure.what());
    return 1;
}
