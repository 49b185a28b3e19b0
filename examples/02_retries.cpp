// Failures: some pass and are tried again, some never will.
//
//     02_retries [STORE]

#include <toril/toril.hpp>

#include <cstdio>
#include <string>

using namespace std::chrono_literals;
using toril::Backoff;
using toril::Error;
using toril::ErrorCode;
using toril::Job;
using toril::JobContext;
using toril::Json;
using toril::Queue;
using toril::Result;
using toril::Store;
using toril::Worker;

Result<Json> send(JobContext& job) {
    if (job.data().text() == "\"nobody\"")  // no attempt can cure this
        return Error(ErrorCode::unrecoverable, "there is no such address");
    if (job.attempt() < 3)  // the network comes back; an exception would do as well
        return Error(ErrorCode::failed, "no answer from the mail server");
    return Json::string("sent");
}

void show(const Queue& queue, const toril::AddedJob& added) {
    const Job job = queue.wait_until_finished(added.id, 10s).value();
    std::printf("%s: %s after %d of 5 attempts; last failure: %s\n",
                job.data.text().c_str(),
                std::string(to_string(job.state)).c_str(),
                job.attempts_made,
                job.failed_reason.c_str());
}

int main(int argc, char** argv) try {
    Store store = Store::open(argc > 1 ? argv[1] : "memory:").value();
    Queue queue = Queue::open(store, "mail").value();
    Worker worker = Worker::start(store, "mail", send).value();

    // Waits of 10, 20, 40 ms and so on between attempts; in a real program 2 s or more.
    const toril::JobOptions options{.attempts = 5,
                                    .backoff = {.kind = Backoff::Kind::exponential, .delay = 10ms}};
    const toril::AddedJob first = queue.add("send", Json::string("ada"), options).value();
    const toril::AddedJob second = queue.add("send", Json::string("nobody"), options).value();
    show(queue, first);
    show(queue, second);

    // A failed job stays for a look at it, and can be put back when its cause is gone.
    std::printf("%d failed\n", static_cast<int>(queue.counts().value().failed));
    queue.retry(second.id).value();
    show(queue, second);
    worker.close(5s);
    return 0;
} catch (const toril::Exception& failure) {
    std::fprintf(stderr, "%s\n", failure.what());
    return 1;
}
