// spool_peer FILE append COUNT|send|hold: another process on a spool, until it is killed.
//
//     append N   appends jobs p1 ... pN one by one, says "N" after each, then stands still
//     send       takes the turn and the batch at the front, says "TOKEN/SEQUENCE", stands still

#include "backend/sqlite/spool/sqlite_spool.hpp"

#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>

namespace {

[[noreturn]] void stand_still() {
    for (;;)
        ::pause();
}

int fail(const toril::Error& error) {
    std::fprintf(stderr, "%s\n", error.message().c_str());
    return 1;
}

void say(const std::string& text) {
    std::printf("%s\n", text.c_str());
    std::fflush(stdout);
}

}  // namespace

int main(int argc, char** argv) {
    if (argc < 3) return 2;
    auto log = toril::sqlite_spool::open_spool({.path = argv[1], .queue = "q"});
    if (!log) return fail(log.error());
    if (argv[2] == std::string("append")) {
        const int count = argc > 3 ? std::atoi(argv[3]) : 1;
        for (int i = 1; i <= count; ++i) {
            const toril::contract::AddJob job{
                .id = "p" + std::to_string(i), .name = "n", .data = "{}", .opts = "{}"};
            const auto now = std::chrono::floor<toril::Millis>(std::chrono::system_clock::now());
            const auto appended =
                (*log)->append({&job, 1}, now, {.jobs_max = 100'000, .bytes_max = 1u << 30});
            if (!appended) return fail(appended.error());
            say(std::to_string(i));
        }
        stand_still();
    }
    if (!(*log)->take_turn()) return 3;
    auto batch = (*log)->next({"peer", 1}, 500, 1u << 20);
    if (!batch) return fail(batch.error());
    if (!*batch) return 4;
    say((*batch)->attempt.token + "/" + std::to_string((*batch)->attempt.sequence));
    stand_still();
}
