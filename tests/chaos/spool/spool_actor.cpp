// A producer to be killed: spool_actor STORE QUEUE SPOOL LEDGER RATE
//
// Adds RATE jobs a second and writes the name of each into the ledger when it is acknowledged. On
// SIGTERM it adds no more, waits until its spool is empty, and ends with 0.

#include "chaos/crash/ledger.hpp"

#include <toril/queue.hpp>
#include <toril/store.hpp>

#include <poll.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <iostream>
#include <string>

namespace toril::crash {
namespace {

using namespace std::chrono_literals;

volatile std::sig_atomic_t told_to_end = 0;

void end(int) {
    told_to_end = 1;
}

int produce(Queue& queue, const LedgerWriter& ledger, int rate) {
    const std::string prefix = std::to_string(getpid()) + "-";
    const auto began = std::chrono::steady_clock::now();
    for (std::int64_t number = 0; told_to_end == 0; ::poll(nullptr, 0, 1)) {
        const auto passed = std::chrono::steady_clock::now() - began;
        const std::int64_t due =
            rate * std::chrono::floor<std::chrono::milliseconds>(passed).count() / 1000;
        for (; number < due; ++number) {
            const std::string name = prefix + std::to_string(number);
            queue.add_async({.name = name, .data = Json::unchecked(std::to_string(number))},
                            [&ledger, name](Result<AddedJob> added) {
                                if (added)
                                    ledger.write(Entry::What::acknowledged, name);
                                else
                                    std::cerr << name << ": " << added.error().message() << '\n';
                            });
        }
    }
    const Status flushed = queue.flush_spool(60s);
    if (!flushed) std::cerr << flushed.error().message() << '\n';
    return flushed ? 0 : 1;
}

}  // namespace
}  // namespace toril::crash

int main(int argc, char** argv) {
    using namespace toril;
    if (argc < 6) return 2;
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);  // nobody is left behind by a test that crashes
    std::signal(SIGTERM, crash::end);
    Result<Store> store = Store::open(argv[1]);
    if (!store) return 3;
    Result<Queue> queue = Queue::open(*store, argv[2], {.spool = SpoolOptions{.path = argv[3]}});
    if (!queue) {
        std::cerr << queue.error().message() << '\n';
        return 4;
    }
    const crash::LedgerWriter ledger(argv[4]);
    return crash::produce(*queue, ledger, std::stoi(argv[5]));
}
