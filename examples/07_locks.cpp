// Five requests for the same scan: one gets the lock, four learn which job does it. And a payment
// that is made once, although it is asked for twice.
//
//     07_locks [STORE]

#include <toril/toril.hpp>

#include <cstdio>
#include <string>

using namespace toril;

int main(int argc, char** argv) try {
    const Store store = Store::open(argc > 1 ? argv[1] : "memory:").value();
    Locks locks = Locks::open(store).value();

    for (int request = 1; request <= 5; ++request) {
        const std::string job = "job-" + std::to_string(request);
        LockAnswer answer = locks.acquire_job("user-7", "example.com", job).value();
        if (answer.outcome == LockOutcome::busy) {
            std::printf("%s: already running, as %s\n", job.c_str(), answer.holder->owner.c_str());
            continue;
        }
        std::printf("%s: scans\n", job.c_str());
        std::move(*answer.lock).leave();  // the worker releases it, by the job's id
    }
    locks.release_job("user-7", "example.com", "job-1").value();
    std::printf("held: %s\n", locks.job_status("user-7", "example.com").value() ? "yes" : "no");

    Idempotency once = Idempotency::open(store).value();
    for (int request = 1; request <= 2; ++request) {
        IdempotencyAnswer answer = once.begin("payment:7f3a", "100 EUR").value();
        if (answer.kind == IdempotencyAnswer::Kind::run) {
            answer.run->complete("receipt 1").value();
            std::printf("paid\n");
        } else if (answer.kind == IdempotencyAnswer::Kind::replay) {
            std::printf("paid before: %s\n", answer.answer.c_str());
        }
    }
    const IdempotencyAnswer another = once.begin("payment:7f3a", "200 EUR").value();
    std::printf("%s\n", std::string(to_string(another.kind)).c_str());
    return 0;
} catch (const Exception& failure) {
    std::fprintf(stderr, "%s\n", failure.what());
    return 1;
}
